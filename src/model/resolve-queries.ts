import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'
import { blameUnreachable, faultOfReach, leavesOf } from './check-metrics.ts'
import { conditionText, resolveCondition } from './condition.ts'
import type { JoinableModel } from './join-path.ts'
import type { CohortData, ModelTestData, SavedQueryData } from './model-file.ts'
import { enumNameOf, faultOfName, labelOf } from './names.ts'
import { suggest } from './problem.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import type { Section } from './section.ts'
import { parseDateLiteral } from './time-literal.ts'
import type { Cohort, Entity, Metric, ModelTest, SavedQuery } from './types.ts'

export interface QuerySurroundings extends JoinableModel {
  readonly entities: ReadonlyMap<string, Entity>
  readonly metrics: ReadonlyMap<string, Metric>
  /** Joins of metrics are only looked at where metrics are whole: without cycles. */
  readonly metricsAreSound: boolean
  readonly brokenMetrics: ReadonlySet<string>
  readonly brokenCohorts: ReadonlySet<string>
}

/** Cohorts by name. A condition is tested on rows of the entity's own semantic model. Faults go to the sections. */
export function resolveCohorts(sections: readonly Section<CohortData>[], around: QuerySurroundings): ReadonlyMap<string, Cohort> {
  const cohorts = new Map<string, Cohort>()
  for (const section of unique(sections, 'cohorts')) {
    const { data } = section
    const entity = around.entities.get(data.entity)
    if (!entity) section.blame(['entity'], `There is no entity "${data.entity}".`, suggest(data.entity, around.entities.keys()))
    else if (entity.primaryModel === null) section.blame(['entity'], `"${data.entity}" is primary in no semantic model, so nothing lists its members.`, `Add a semantic model with the entity { name: ${data.entity}, type: primary }.`)
    const home = around.semanticModels.get(entity?.primaryModel ?? '') ?? null
    const where = resolveCondition(section, ['where'], data.where, dimensionLookup(around.dimensions, around.semanticModels, home))
    if (home) blameUnreachable(section, ['where'], where, [[home.name]], around)
    cohorts.set(data.name, { ...namedOf(data), entity: data.entity, match: 'any', where, definition: conditionText(data.where) })
  }
  return cohorts
}

/** Saved queries by name. Time is grouped by as `PERIOD`; dbt's `metric_time` is the same. Faults go to the sections. */
export function resolveSavedQueries(sections: readonly Section<SavedQueryData>[], around: QuerySurroundings): ReadonlyMap<string, SavedQuery> {
  const queries = new Map<string, SavedQuery>()
  const lookup = dimensionLookup(around.dimensions, around.semanticModels, null)
  for (const section of unique(sections, 'saved queries')) {
    const { data } = section
    data.metrics.forEach((metric, index) => checkMetric(section, ['metrics', index], metric, around))
    const groupBy = (data.group_by ?? []).flatMap((written, index) => {
      const at = ['group_by', index]
      const { dimension, grain } = typeof written === 'string' ? readGroup(written) : { dimension: written.dimension, grain: written.grain ?? null }
      if (/^(period|metric_time)$/i.test(dimension)) {
        if (grain === null) section.blame(at, 'PERIOD is grouped by at a grain.', 'Write { dimension: PERIOD, grain: month }.')
        return [{ dimension: 'PERIOD', grain }]
      }
      const found = lookup(dimension)
      if ('message' in found) {
        section.blame(at, found.message, found.hint)
        return []
      }
      if (grain !== null && found.granularity === null) section.blame(at, `"${dimension}" is no time dimension and has no grain.`, 'Remove the grain.')
      for (const metric of around.metricsAreSound ? data.metrics : []) {
        const faults = leavesOf(metric, around.metrics).map((leaves) => leaves.map((leaf) => faultOfReach(around, leaf, found.publicName)).find((fault) => fault !== null) ?? null)
        const [fault] = faults
        if (fault && faults.every((other) => other !== null)) section.blame(at, `"${metric}" cannot be grouped by it: ${fault.message}`, fault.hint)
      }
      return [{ dimension: found.publicName, grain }]
    })
    const where = resolveCondition(section, ['where'], data.where, lookup)
    if (around.metricsAreSound) for (const metric of data.metrics) blameUnreachable(section, ['where'], where, leavesOf(metric, around.metrics), around)
    queries.set(data.name, { ...namedOf(data), metrics: data.metrics, groupBy, where })
  }
  return queries
}

/** The model's tests in their order. Faults go to the sections. */
export function resolveTests(sections: readonly Section<ModelTestData>[], around: QuerySurroundings, cohorts: ReadonlyMap<string, Cohort>): readonly ModelTest[] {
  const lookup = dimensionLookup(around.dimensions, around.semanticModels, null)
  return sections.map((section) => {
    const { data } = section
    checkMetric(section, ['metric'], data.metric, around)
    ;(data.cohorts ?? []).forEach((cohort, index) => {
      if (!cohorts.has(cohort) && !around.brokenCohorts.has(cohort)) section.blame(['cohorts', index], `There is no cohort "${cohort}".`, suggest(cohort, cohorts.keys()))
    })
    const start = dateOf(section, 'start')
    const end = dateOf(section, 'end')
    if (start !== null && end !== null && start >= end) section.blame(['period', 'end'], 'The period ends before it starts.', 'The end is the first day after the period.')
    const where = resolveCondition(section, ['where'], data.where, lookup)
    if (around.metricsAreSound) blameUnreachable(section, ['where'], where, leavesOf(data.metric, around.metrics), around)
    return {
      name: data.name,
      metric: data.metric,
      period: { start: start ?? '', end: end ?? '' },
      where,
      cohorts: data.cohorts ?? [],
      expected: data.expected === null ? null : plainNumber(section.written(['expected']) ?? '', data.expected),
      tolerance: data.tolerance ?? 0,
      place: section.place,
    }
  })
}

function unique<Data extends { readonly name: string }>(sections: readonly Section<Data>[], kind: string): readonly Section<Data>[] {
  const owners = new Map<string, Section<Data>>()
  for (const section of sections) {
    const fault = faultOfName(section.data.name)
    if (fault) section.blame(['name'], fault.message, fault.hint)
    const twin = owners.get(enumNameOf(section.data.name))
    if (twin) section.blame(['name'], `Two ${kind} are ${enumNameOf(section.data.name)} to clients; the other is at ${twin.place}.`, 'Rename one of them.')
    else owners.set(enumNameOf(section.data.name), section)
  }
  return [...owners.values()]
}

function namedOf(data: { readonly name: string; readonly label?: string | undefined; readonly description?: string | undefined }): { name: string; enumName: string; label: string; description: string | null } {
  return { name: data.name, enumName: enumNameOf(data.name), label: data.label ?? labelOf(data.name), description: data.description?.trim() ?? null }
}

function checkMetric(section: Section<object>, keys: readonly (string | number)[], name: string, around: QuerySurroundings): void {
  if (!around.metrics.has(name) && !around.brokenMetrics.has(name)) section.blame(keys, `There is no metric "${name}".`, suggest(name, around.metrics.keys()))
}

/** A name, or dbt's `TimeDimension('metric_time', 'month')` and `Dimension('customer__country')`. */
function readGroup(text: string): { readonly dimension: string; readonly grain: Grain | null } {
  const match = /^\s*(?:Time)?Dimension\(\s*'([^']+)'\s*(?:,\s*'([^']+)'\s*)?\)\s*$/.exec(text)
  if (!match) return { dimension: text.trim(), grain: null }
  return { dimension: match[1] ?? '', grain: GRAINS.find((grain) => grain === match[2]?.toLowerCase()) ?? null }
}

function dateOf(section: Section<ModelTestData>, key: 'start' | 'end'): string | null {
  const date = parseDateLiteral(section.data.period[key])
  if (date === null) section.blame(['period', key], `"${section.data.period[key]}" is not a date.`, 'Write a date like 2024-01-31.')
  return date
}

/** Every digit as written, unless the number was written in another notation. */
function plainNumber(written: string, value: number | string): string {
  return /^[+-]?\d+(\.\d+)?$/.test(written) ? written : String(value)
}
