import { stringify } from 'yaml'
import { labelOf } from '../../model/names.ts'
import type { ModelFile } from '../../model/load-model.ts'
import type { SemanticModel } from '../../model/types.ts'
import { linksTable, peopleTable, placeOf } from './types.ts'
import type { IdentityRule, IdentityTable } from './types.ts'

/** How problems call the piece of model. */
export const IDENTITY_FILE = 'identity (kpiql.config.yml)'

/**
 * The piece of model that lets users of one tool stand for those of another: a table of each identity, and for each of its tools
 * one that leads from the tool's own users to it. Where two identities have a table in common, the first leads there with fewer
 * joins, so that it is the one by which cohorts are carried over.
 *
 * @param semanticModels as the other files have them, read where they landed.
 * @param landed the source that holds what was synced.
 * @returns Null where there is no identity. A table that no semantic model reads by its key links nothing that could be asked.
 */
export function identityModel(rules: readonly IdentityRule[], semanticModels: readonly SemanticModel[], landed: string): ModelFile | null {
  if (rules.length === 0) return null
  const before = new Set<string>()
  const parts = rules.flatMap((rule) => {
    const links = rule.tables.map((table) => linksModel(rule, table, semanticModels, landed, before.has(placeOf(table)), isSharedLater(rules, rule, table)))
    for (const table of rule.tables) before.add(placeOf(table))
    return [peopleModel(rule, landed), ...links]
  })
  return { name: IDENTITY_FILE, text: stringify({ semantic_models: parts }) }
}

function isSharedLater(rules: readonly IdentityRule[], rule: IdentityRule, table: IdentityTable): boolean {
  return rules.slice(rules.indexOf(rule) + 1).some((other) => other.tables.some((one) => placeOf(one) === placeOf(table)))
}

function peopleModel({ entity, tables }: IdentityRule, source: string): object {
  const label = labelOf(entity)
  return {
    name: peopleTable(entity),
    label,
    description: `One row a ${entity}, as found by what ${tables.map(placeOf).join(', ')} have in common.`,
    source,
    table: peopleTable(entity),
    entities: [{ name: entity, type: 'primary', expr: `${entity}_id` }],
    dimensions: [
      { name: 'tools', type: 'categorical', value_type: 'integer', public_name: `${entity}_tools`, label: `${label}: number of tools`, description: 'In how many tools it was found.' },
      { name: 'sources', type: 'categorical', public_name: `${entity}_sources`, label: `${label}: tools`, description: 'In which tools it was found, by the names of the configuration, in the order of the alphabet.' },
    ],
  }
}

function linksModel(rule: IdentityRule, table: IdentityTable, semanticModels: readonly SemanticModel[], source: string, isBehind: boolean, leadsOn: boolean): object {
  const name = linksTable(rule.entity, table)
  const row = `identity_row_${table.source}_${table.table}`
  const entities = [
    ...(isBehind ? [] : entitiesOf(table, semanticModels).map((entity) => ({ name: entity, type: 'unique', expr: 'row_key' }))),
    ...(isBehind || leadsOn ? [{ name: row, type: isBehind ? 'unique' : 'primary', expr: 'row_key' }] : []),
    { name: rule.entity, type: 'foreign', expr: `${rule.entity}_id` },
  ]
  return { name, description: `Which ${rule.entity} each row of ${placeOf(table)} is.`, source, table: name, entities }
}

/** What the rows of a table are, by its key, in the semantic models that read it. */
function entitiesOf({ source, table, key }: IdentityTable, semanticModels: readonly SemanticModel[]): readonly string[] {
  const readers = semanticModels.filter(({ relation }) => 'table' in relation && relation.table === `${source}_${table}`)
  return [...new Set(readers.flatMap(({ entities }) => entities.filter(({ type, expr }) => type !== 'foreign' && expr === key).map(({ entity }) => entity)))]
}
