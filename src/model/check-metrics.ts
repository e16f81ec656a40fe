import { constantCurrency } from './currency.ts'
import type { JoinableModel } from './join-path.ts'
import { degreeOf } from './formula-degree.ts'
import { inputsOf, slicedModelOf } from './metric-inputs.ts'
import { blameUnreachable } from './reach.ts'
import type { DraftMetric } from './resolve-metrics.ts'
import type { Section } from './section.ts'
import type { Aggregation, Metric, MetricInput } from './types.ts'

/** What needs the whole model: cycles, currencies that meet, and whether each condition can be reached. Faults go to the sections. */
export function checkMetrics(drafts: readonly DraftMetric[], model: JoinableModel): { readonly hasCycles: boolean } {
  const metrics = new Map(drafts.map(({ metric }) => [metric.name, metric]))
  const cyclic = blameCycles(drafts, metrics)
  for (const { metric, section, definitionSections } of drafts) {
    metric.implementations.forEach((definition, index) => {
      const part = definitionSections[index]
      if (!part || cyclic.has(metric.name)) return
      if (definition.type === 'simple' || definition.type === 'movement') blameUnreachable(part, ['filter'], definition.filter, [[definition.semanticModel]], model)
      else for (const input of inputsOf(definition)) blameUnreachable(part, ['filter'], input.filter, leavesOf(input.metric, metrics), model)
    })
    if (cyclic.has(metric.name)) continue
    for (const input of metric.estimate?.inputs ?? []) blameUnreachable(section, ['estimate'], input.filter, leavesOf(input.metric, metrics), model)
    blameMixedCurrencies(section, metric, metrics)
    if (metric.recordedEvery !== null && !isSum(metric, metrics)) section.blame(['recorded_every'], `"${metric.name}" is no sum of what is recorded, so its ${metric.recordedEvery}s do not add up.`, 'Write it on the sums that this metric is made from.')
  }
  return { hasCycles: cyclic.size > 0 }
}

/** Ways to compute a metric that are looked at, where inputs have several each. */
const MOST_WAYS = 64

/** Semantic models that a metric reads, one list a way to compute it: an implementation, each of its inputs by any of theirs. Only for models without cycles. */
export function leavesOf(name: string, metrics: ReadonlyMap<string, Metric>): readonly (readonly string[])[] {
  return (metrics.get(name)?.implementations ?? []).flatMap((definition): readonly (readonly string[])[] => {
    const own = slicedModelOf(definition)
    if (own !== null) return [[own]]
    let ways: readonly (readonly string[])[] = [[]]
    for (const input of inputsOf(definition)) {
      const theirs = leavesOf(input.metric, metrics)
      const joined = ways.flatMap((way) => theirs.map((leaves) => [...new Set([...way, ...leaves])]))
      if (theirs.length > 0) ways = [...new Map(joined.map((way) => [way.toSorted().join(), way])).values()].slice(0, MOST_WAYS)
    }
    return ways
  })
}

function blameCycles(drafts: readonly DraftMetric[], metrics: ReadonlyMap<string, Metric>): ReadonlySet<string> {
  const done = new Set<string>()
  const cyclic = new Set<string>()
  const sections = new Map(drafts.map(({ metric, section }) => [metric.name, section]))
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name)
    if (start >= 0) {
      const cycle = [...trail.slice(start), name]
      if (!cycle.some((member) => cyclic.has(member))) sections.get(name)?.blame([], `The metric "${name}" is made from itself: ${cycle.join(' → ')}.`, 'Take one of these steps out.')
      for (const member of cycle) cyclic.add(member)
      return
    }
    if (done.has(name)) return
    for (const input of allInputsOf(metrics.get(name))) {
      visit(input.metric, [...trail, name])
      if (cyclic.has(input.metric)) cyclic.add(name)
    }
    done.add(name)
  }
  for (const name of metrics.keys()) visit(name, [])
  return cyclic
}

const ADDED: ReadonlySet<Aggregation> = new Set<Aggregation>(['sum', 'count', 'sum_boolean'])

function isSum({ ratePeriod, implementations }: Metric, metrics: ReadonlyMap<string, Metric>): boolean {
  return (
    ratePeriod === null &&
    implementations.every((definition) => {
      if (definition.type === 'simple') return ADDED.has(definition.agg) && definition.asOf === null && definition.nonAdditive === null
      if (definition.type !== 'derived' || degreeOf(definition.formula) !== 1) return false
      return definition.inputs.every((input) => {
        const metric = metrics.get(input.metric)
        return metric !== undefined && isSum(metric, metrics)
      })
    })
  )
}

/** Those of its estimate too. */
function allInputsOf(metric: Metric | undefined): readonly MetricInput[] {
  return metric === undefined ? [] : [...metric.implementations.flatMap(inputsOf), ...(metric.estimate?.inputs ?? [])]
}

function blameMixedCurrencies(section: Section<object>, metric: Metric, metrics: ReadonlyMap<string, Metric>): void {
  const inputs = allInputsOf(metric).flatMap((input) => metrics.get(input.metric) ?? [])
  const currencies = new Set(inputs.flatMap((input) => constantCurrency(input) ?? []))
  const own = constantCurrency(metric)
  if (own !== null && inputs.some((input) => constantCurrency(input) !== null)) currencies.add(own)
  if (currencies.size > 1) section.blame([], `"${metric.name}" mixes the currencies ${[...currencies].join(' and ')}.`, 'Combine amounts of one currency only.')
}
