import type { CohortData } from './cohort-file.ts'
import { resolveCondition } from './condition.ts'
import { describeCohort } from './describe-cohort.ts'
import { namedOf, unique } from './named-sections.ts'
import { and, not, or } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import { suggest } from './problem.ts'
import { blameUnreachable } from './reach.ts'
import type { ActivitySurroundings } from './resolve-activity.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import { resolveMembership } from './resolve-membership.ts'
import type { QuerySurroundings } from './resolve-queries.ts'
import type { Section } from './section.ts'
import type { Cohort, Membership } from './types.ts'

/** What a cohort may be told by; at least one of them. */
const CONDITIONS = ['where', 'behavior', 'sequence', 'acquired', 'lifecycle', 'any_of', 'all_of', 'none_of'] as const
const MEMBERSHIPS = ['behavior', 'sequence', 'acquired', 'lifecycle'] as const
const ALGEBRA = ['any_of', 'all_of', 'none_of'] as const

/** Cohorts by name. A `where` is tested on rows of the entity's own semantic model; conditions on one cohort must all hold. Faults go to the sections. */
export function resolveCohorts(sections: readonly Section<CohortData>[], around: QuerySurroundings): ReadonlyMap<string, Cohort> {
  const byName = new Map(unique(sections, 'cohorts').map((section) => [section.data.name, section]))
  const activities: ActivitySurroundings = {
    model: around,
    metricNames: around.metrics.keys(),
    brokenMetrics: around.brokenMetrics,
    waysOf(name) {
      const ways = around.metrics.get(name)?.implementations
      if (!ways) return null
      const simple = ways.filter((way) => way.type === 'simple')
      return { type: simple.length > 0 ? 'simple' : (ways[0]?.type ?? 'simple'), simple }
    },
  }
  const cohorts = new Map<string, Cohort>()
  for (const section of byName.values()) {
    const { data } = section
    checkEntity(section, around)
    if (CONDITIONS.every((key) => data[key] === undefined && !section.has(key))) section.blame([], 'This cohort says nothing of who belongs.', `Write one or more of ${CONDITIONS.join(', ')}.`)
    const where = and([attributes(section, around), ...(around.entities.has(data.entity) ? memberships(section, activities) : []), algebra(section, byName, around)])
    cohorts.set(data.name, { ...namedOf(data), entity: data.entity, match: data.match ?? 'any', where, definition: describeCohort(data) })
  }
  blameCycles(byName)
  return cohorts
}

function checkEntity(section: Section<CohortData>, around: QuerySurroundings): void {
  const { entity: name } = section.data
  const entity = around.entities.get(name)
  if (!entity) section.blame(['entity'], `There is no entity "${name}".`, suggest(name, around.entities.keys()))
  else if (entity.primaryModel === null) section.blame(['entity'], `"${name}" is primary in no semantic model, so nothing lists its members.`, `Add a semantic model with the entity { name: ${name}, type: primary }.`)
}

function attributes(section: Section<CohortData>, around: QuerySurroundings): Predicate {
  const home = around.semanticModels.get(around.entities.get(section.data.entity)?.primaryModel ?? '') ?? null
  const where = resolveCondition(section, ['where'], section.data.where, dimensionLookup(around.dimensions, around.semanticModels, home))
  if (home) blameUnreachable(section, ['where'], where, [[home.name]], around)
  return where
}

function memberships(section: Section<CohortData>, activities: ActivitySurroundings): readonly Predicate[] {
  const { data } = section
  return MEMBERSHIPS.flatMap((kind) => {
    if (data[kind] === undefined) return []
    const of: Membership | null = resolveMembership(section, kind, activities)
    return of ? [{ kind: 'member', of }] : []
  })
}

function algebra(section: Section<CohortData>, byName: ReadonlyMap<string, Section<CohortData>>, around: QuerySurroundings): Predicate {
  const named = (key: (typeof ALGEBRA)[number]): readonly Predicate[] =>
    (section.data[key] ?? []).flatMap((name, index): readonly Predicate[] => {
      const other = byName.get(name)
      if (!other) {
        if (!around.brokenCohorts.has(name)) section.blame([key, index], `There is no cohort "${name}".`, suggest(name, byName.keys()))
        return []
      }
      if (other.data.entity !== section.data.entity) {
        section.blame([key, index], `"${name}" is a cohort of ${other.data.entity}, and this is one of ${section.data.entity}.`, 'Combine cohorts of one entity; cohorts of several slice a metric together.')
      }
      return [{ kind: 'cohort', cohort: name }]
    })
  const any = named('any_of')
  return and([...(any.length > 0 ? [or(any)] : []), ...named('all_of'), not(or(named('none_of')))])
}

function blameCycles(sections: ReadonlyMap<string, Section<CohortData>>): void {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name)
    const section = sections.get(name)
    if (start >= 0) {
      section?.blame([], `The cohort "${name}" is made from itself: ${[...trail.slice(start), name].join(' → ')}.`, 'Take one of these steps out.')
      return
    }
    if (!section || done.has(name)) return
    for (const key of ALGEBRA) for (const other of section.data[key] ?? []) visit(other, [...trail, name])
    done.add(name)
  }
  for (const name of sections.keys()) visit(name, [])
}
