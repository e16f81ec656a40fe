import { constantCurrency } from './currency.ts'
import { describeSteps, findJoinPath } from './join-path.ts'
import type { JoinableModel } from './join-path.ts'
import { inputsOf, slicedModelOf } from './metric-inputs.ts'
import { dimensionsOf } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import type { DraftMetric } from './resolve-metrics.ts'
import type { Section } from './section.ts'
import type { Metric } from './types.ts'

/** What needs the whole model: cycles, currencies that meet, and whether each condition can be reached. Faults go to the sections. */
export function checkMetrics(drafts: readonly DraftMetric[], model: JoinableModel): { readonly hasCycles: boolean } {
  const metrics = new Map(drafts.map(({ metric }) => [metric.name, metric]))
  const cyclic = blameCycles(drafts, metrics)
  for (const { metric, section, definitionSections } of drafts) {
    metric.implementations.forEach((definition, index) => {
      const part = definitionSections[index]
      if (!part || cyclic.has(metric.name)) return
      if (definition.type === 'simple') blameUnreachable(part, ['filter'], definition.filter, [[definition.semanticModel]], model)
      else for (const input of inputsOf(definition)) blameUnreachable(part, ['filter'], input.filter, leavesOf(input.metric, metrics), model)
    })
    if (!cyclic.has(metric.name)) blameMixedCurrencies(section, metric, metrics)
  }
  return { hasCycles: cyclic.size > 0 }
}

/** Semantic models that a metric reads, one list an implementation. Only for models without cycles. */
export function leavesOf(name: string, metrics: ReadonlyMap<string, Metric>): readonly (readonly string[])[] {
  return (metrics.get(name)?.implementations ?? []).map((definition) => {
    const own = slicedModelOf(definition)
    return own === null ? [...new Set(inputsOf(definition).flatMap((input) => leavesOf(input.metric, metrics)[0] ?? []))] : [own]
  })
}

/**
 * Blames a condition that no implementation reaches, or reaches in two ways.
 *
 * @param leaves Semantic models that must all reach it, one list an implementation; one list that does is enough.
 */
export function blameUnreachable(section: Section<object>, keys: readonly (string | number)[], predicate: Predicate, leaves: readonly (readonly string[])[], model: JoinableModel): void {
  for (const dimension of dimensionsOf(predicate)) {
    const faults = leaves.map((names) => names.map((name) => faultOfReach(model, name, dimension)).find((fault) => fault !== null) ?? null)
    const [first] = faults
    if (first && faults.every((fault) => fault !== null)) section.blame(keys, first.message, first.hint)
  }
}

/** @returns What keeps metrics of a semantic model from being sliced by a dimension; null where nothing does. */
export function faultOfReach(model: JoinableModel, semanticModel: string, dimension: string): { readonly message: string; readonly hint: string | null } | null {
  const result = findJoinPath(model, semanticModel, dimension)
  if (result.kind === 'path') return null
  if (result.kind === 'none') return { message: `"${dimension}" cannot be used here. ${result.reason}`, hint: null }
  const [one, two] = result.paths.map((path) => describeSteps(semanticModel, path.steps))
  return { message: `"${dimension}" can be reached in two ways: ${one}, or ${two}.`, hint: 'Rename an entity on one of the ways, so that one way is left.' }
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
    for (const definition of metrics.get(name)?.implementations ?? []) {
      for (const input of inputsOf(definition)) {
        visit(input.metric, [...trail, name])
        if (cyclic.has(input.metric)) cyclic.add(name)
      }
    }
    done.add(name)
  }
  for (const name of metrics.keys()) visit(name, [])
  return cyclic
}

function blameMixedCurrencies(section: Section<object>, metric: Metric, metrics: ReadonlyMap<string, Metric>): void {
  const inputs = metric.implementations.flatMap(inputsOf).flatMap((input) => metrics.get(input.metric) ?? [])
  const currencies = new Set(inputs.flatMap((input) => constantCurrency(input) ?? []))
  const own = constantCurrency(metric)
  if (own !== null && inputs.some((input) => constantCurrency(input) !== null)) currencies.add(own)
  if (currencies.size > 1) section.blame([], `"${metric.name}" mixes the currencies ${[...currencies].join(' and ')}.`, 'Combine amounts of one currency only.')
}
