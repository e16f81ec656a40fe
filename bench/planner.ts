import { readFile } from 'node:fs/promises'
import duckdb from '../connectors/duckdb/index.ts'
import type { QuerySource } from '../connectors/contract.ts'
import { createAnalytics } from '../src/answer/analytics.ts'
import { ScanHistory } from '../src/answer/scan-history.ts'
import type { Analytics, AnalyticsSession, MetricAnswer } from '../src/answer/types.ts'
import { fixedClock } from '../src/base/clock.ts'
import { resolvePeriod } from '../src/base/period.ts'
import { loadModel } from '../src/model/load-model.ts'
import { and } from '../src/model/predicate.ts'
import type { Atom, Predicate } from '../src/model/predicate.ts'
import type { Model } from '../src/model/types.ts'
import type { Scan, ScanForm } from '../src/plan/scan.ts'
import { answerKey } from './answer.ts'
import type { Answer } from './answer.ts'
import type { BenchAsk, BenchCohort, BenchMetric, BenchSlice, SliceCondition } from './slices.ts'

export const BENCH_NOW = Date.UTC(2026, 0, 1)

/** The gateway over the bench's database: the same engine, file and threads as the hand-written statements, without their text. */
export interface BenchGateway {
  readonly model: Model
  readonly analytics: Analytics
  /** Keeps no read; versions of the data are trusted as ever. */
  readonly forgetful: Analytics
  readonly source: QuerySource
  /** Forms of the statements since this was last asked, each once. */
  takeForms(): readonly ScanForm[]
  /** Asks all slices and metrics at once. `cached: false` keeps nothing, so that every answer is planned and scanned anew. */
  ask(ask: BenchAsk, cached: boolean): Promise<{ readonly answer: Answer; readonly session: AnalyticsSession }>
  close(): Promise<void>
}

export function openBenchGateway(path: string): Promise<BenchGateway> {
  const log = { debug: () => {}, info: () => {}, warn: (data: object, message: string) => console.error(message, data) }
  const options = duckdb.options.parse({ database: path, tables: [], threads: 2, memoryLimit: '4GB' })
  return openGatewayOver(duckdb.open('bench', options, { log, stateFolder: '' }), 'duckdb')
}

/** The model of the bench's tables, with more of a model file where that is wanted. */
export async function benchModel(more = ''): Promise<Model> {
  const text = await readFile(new URL('./model.yml', import.meta.url), 'utf8')
  const loaded = loadModel([{ name: 'bench/model.yml', text: `${text}${more}` }])
  if (loaded.model === null) throw new Error(`The bench's model has faults: ${JSON.stringify(loaded)}`)
  return loaded.model
}

/** @param source holds the bench's tables. */
export async function openGatewayOver(source: QuerySource, connector: string): Promise<BenchGateway> {
  const model = await benchModel()
  const sources = new Map([['bench', { source, connector, nowUtcMs: BENCH_NOW }]])
  const history = new FormsSeen()
  const over = { model, sources, clock: fixedClock(BENCH_NOW), maxGroups: 500_000, history }
  const analytics = createAnalytics({ ...over, cacheBytes: 100_000_000 })
  const forgetful = createAnalytics({ ...over, cacheBytes: 0 })
  return {
    model,
    analytics,
    forgetful,
    source,
    takeForms: () => history.take(),
    ask: async (ask, cached) => {
      const session = (cached ? analytics : forgetful).session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
      return { answer: await askAll(session, model, ask), session }
    },
    close: () => source.close(),
  }
}

/** What a gateway remembers of its statements, and which forms they had. */
class FormsSeen extends ScanHistory {
  readonly #seen = new Set<ScanForm>()

  override note(scan: Scan, columns: Parameters<ScanHistory['note']>[1], rowCount: number, ms: number): void {
    this.#seen.add(scan.form)
    super.note(scan, columns, rowCount, ms)
  }

  take(): readonly ScanForm[] {
    const seen = [...this.#seen].toSorted()
    this.#seen.clear()
    return seen
  }
}

export async function askAll(session: AnalyticsSession, model: Model, ask: BenchAsk): Promise<Answer> {
  const answers = await Promise.all(
    ask.slices.map((slice) => Promise.all(ask.metrics.map((metric) => session.metric({ metric: metricName(metric), predicate: predicateOf(ask, slice), period: periodOf(model, slice), grain: ask.grain, by: [] })))),
  )
  const found = new Map<string, readonly (number | null)[]>()
  answers.forEach((metrics, slice) => {
    const [first] = metrics
    first?.buckets.forEach((bucket, index) => found.set(answerKey(slice, bucket.startUtcMs), metrics.map((answer) => valueAt(answer, index))))
  })
  return found
}

function valueAt(answer: MetricAnswer, bucket: number): number | null {
  return answer.groups[0]?.cells[bucket]?.value ?? null
}

export function metricName(metric: BenchMetric): string {
  switch (metric.agg) {
    case 'count_distinct':
      return 'users'
    case 'median':
      return 'median_duration'
    case 'live_sum':
      return 'live_mrr'
    default:
      return metric.name
  }
}

function periodOf(model: Model, slice: BenchSlice) {
  return resolvePeriod({ between: { start: slice.start, end: slice.end } }, { nowUtcMs: BENCH_NOW, zone: 'UTC', calendar: model.calendar })
}

function predicateOf(ask: BenchAsk, slice: BenchSlice): Predicate {
  return and([...slice.where.map((condition) => atomOf(ask, condition)), ...(slice.cohort === undefined ? [] : [memberOf(slice.cohort)])])
}

function memberOf({ minScore, atLeast }: BenchCohort): Predicate {
  const filter: Atom = { kind: 'atom', dimension: 'score', test: { op: 'range', from: { value: minScore, inclusive: true }, to: null } }
  const activity = { metric: 'events', semanticModel: 'events', filter, time: { kind: 'event', dimension: 'ts' } } as const
  return { kind: 'member', of: { kind: 'behavior', entity: 'user', activity, atLeast, atMost: null, window: { kind: 'trailing', interval: { count: 28, unit: 'day' } } } }
}

function atomOf(ask: BenchAsk, condition: SliceCondition): Atom {
  const dimension = ask.table === 'subscriptions' ? `subscription_${condition.dimension}` : condition.dimension
  if ('in' in condition) return { kind: 'atom', dimension, test: { op: 'in', values: condition.in, caseInsensitive: false } }
  return { kind: 'atom', dimension, test: { op: 'range', from: { value: condition.gte, inclusive: true }, to: { value: condition.lt, inclusive: false } } }
}
