import { answerKey } from './answer.ts'
import type { Answer } from './answer.ts'
import { metricName } from './planner.ts'
import type { BenchAsk, BenchCohort, BenchSlice } from './slices.ts'

/** A question of the bench as a client would send it: one document whatever the slices, which are a variable. */
export interface GraphqlAsk {
  readonly query: string
  readonly variables: { readonly inputs: readonly object[]; readonly freshness: 'CACHED_OK' | 'NO_CACHE' }
}

/** What comes back for it. */
export interface SlicesData {
  readonly slices: readonly { readonly metrics: readonly { readonly series: readonly { readonly start: string; readonly value: number | null }[] }[] }[]
}

/** @param ask its slices may be fewer or others than those of the case; metrics and grain are the document's. */
export function graphqlAsk(ask: BenchAsk, freshness: GraphqlAsk['variables']['freshness']): GraphqlAsk {
  const names = ask.metrics.map((metric) => metricName(metric).toUpperCase()).join(', ')
  const query = `query Slices($inputs: [SliceInput!]!, $freshness: Freshness) {
  slices(inputs: $inputs, freshness: $freshness) {
    key
    metrics(names: [${names}]) {
      name
      series(grain: ${ask.grain.toUpperCase()}) { start value quality }
    }
  }
}`
  return { query, variables: { inputs: ask.slices.map((slice, index) => sliceInput(ask, slice, index)), freshness } }
}

function sliceInput(ask: BenchAsk, { where, start, end, cohort }: BenchSlice, index: number): object {
  const prefix = ask.table === 'subscriptions' ? 'subscription_' : ''
  const conditions = where.map((condition) => ({
    [`${prefix}${condition.dimension}`]: 'in' in condition ? { in: condition.in } : { gte: condition.gte, lt: condition.lt },
  }))
  return { key: String(index), period: { between: { start, end } }, where: { and: [...conditions, ...(cohort === undefined ? [] : [memberOf(cohort)])] } }
}

function memberOf({ minScore, atLeast }: BenchCohort): object {
  const behavior = { entity: 'USER', activity: { metric: 'EVENTS', where: { score: { gte: minScore } } }, atLeast, window: { last: { count: 28, unit: 'DAY' } } }
  return { cohort: { is: { behavior } } }
}

/** Puts a response into the form of the answers given by hand. */
export function answerOfSlices({ slices }: SlicesData): Answer {
  const answer = new Map<string, readonly (number | null)[]>()
  slices.forEach(({ metrics }, slice) =>
    metrics[0]?.series.forEach(({ start }, bucket) => answer.set(answerKey(slice, Date.parse(start)), metrics.map(({ series }) => series[bucket]?.value ?? null))),
  )
  return answer
}
