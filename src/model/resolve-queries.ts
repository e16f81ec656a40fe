import { GRAINS } from '../base/grain.ts'
import type { Grain } from '../base/grain.ts'
import { leavesOf } from './check-metrics.ts'
import { resolveCondition } from './condition.ts'
import type { JoinableModel } from './join-path.ts'
import type { ModelTestData, SavedQueryData } from './model-file.ts'
import { namedOf, unique } from './named-sections.ts'
import { suggest } from './problem.ts'
import { blameUnreachable, faultOfReach } from './reach.ts'
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

/** Saved queries by name. Time is grouped by as `PERIOD`; dbt's `metric_time` is the same. Faults go to the sections. */
export function resolveSavedQueries(sections: readonly Section<SavedQueryData>[], around: QuerySurroundings): ReadonlyMap<string, SavedQuery> {
  const queries = new Map<string, SavedQuery>()
  const lookup = dimensionLookup(around.dimensions, around.semanticModels, null)
  for (const section of unique(sections, 'saved queries')) {
    const { data } = section
    data.metrics.forEach((metric, index) => {
      checkMetric(section, ['metrics', index], metric, around)
      if (around.metrics.get(metric)?.hidden === true) section.blame(['metrics', index], `"${metric}" is hidden, and a saved query would show it.`, 'Show the metric, or take it out.')
    })
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
