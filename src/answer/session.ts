import DataLoader from 'dataloader'
import type { Calendar } from '../base/grain.ts'
import { KpiqlError } from '../base/errors.ts'
import { predicateText } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import type { MetricAsk } from '../plan/ask.ts'
import type { CompileContext } from '../plan/compile-metric.ts'
import { momentAt } from '../plan/membership.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import { breakdownOf } from './breakdown.ts'
import { dimensionValuesOf } from './dimension-values.ts'
import { drillOf } from './drill.ts'
import { explanationOf } from './explain.ts'
import { funnelOf } from './funnel.ts'
import { membersOf } from './members.ts'
import { metricQuestion } from './metric-question.ts'
import { needsPending, planQuestions } from './plan-questions.ts'
import type { Planned } from './plan-questions.ts'
import type { Answered, Asking, Question } from './question.ts'
import type { LastAnswers } from './last-answers.ts'
import type { MemberLists } from './member-lists.ts'
import type { ReadRunner } from './read-runner.ts'
import { retentionOf } from './retention.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import { runReads } from './run-reads.ts'
import { sizeQuestion } from './size.ts'
import type { SourceAccess } from './source-access.ts'
import { withPatience } from './source-set.ts'
import type { Looking, SourceSet, Sources } from './source-set.ts'
import { sourcesOfRead } from './sources-behind.ts'
import { tableOf } from './table.ts'
import type {
  AnalyticsSession,
  BreakdownAnswer,
  BreakdownAsk,
  DimensionValuesAnswer,
  DimensionValuesAsk,
  DrillAnswer,
  DrillAsk,
  Explanation,
  Freshness,
  FunnelAnswer,
  FunnelAsk,
  MembersAnswer,
  MembersAsk,
  MetricAnswer,
  Provenance,
  RequestStats,
  RetentionAnswer,
  RetentionAsk,
  SizeAnswer,
  SizeAsk,
  TableAnswer,
  TableAsk,
} from './types.ts'

export interface SessionParts {
  readonly model: Model
  readonly calendar: Calendar
  readonly sources: SourceSet
  readonly runner: ReadRunner
  readonly lists: MemberLists
  readonly nowUtcMs: number
  readonly freshness: Freshness
  /** How old an answer may be where a source is down; null takes none. */
  readonly maxStaleMs: number | null
  readonly lastAnswers: LastAnswers
  readonly signal: AbortSignal
}

/** One request's questions. See AnalyticsSession for what is promised. */
export class Session implements AnalyticsSession, Asking {
  readonly nowUtcMs: number
  readonly stats: RequestStats = emptyStats()
  readonly #parts: SessionParts
  readonly #loader: DataLoader<Question<Answered>, Answered, string>
  #looking: Looking | undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.nowUtcMs = parts.nowUtcMs
    this.#loader = new DataLoader((questions) => this.#answer(questions), { cacheKeyFn: ({ key }) => key })
  }

  /** Answers a question with the others of its tick. */
  ask<T extends Answered>(question: Question<T>): Promise<T> {
    // One loader serves questions of every kind; a key belongs to one kind alone.
    return this.#loader.load(question) as unknown as Promise<T>
  }

  metric(ask: MetricAsk): Promise<MetricAnswer> {
    return this.ask(metricQuestion(ask))
  }

  breakdown(ask: BreakdownAsk): Promise<BreakdownAnswer> {
    return breakdownOf(this, this.#parts.model, ask)
  }

  table(ask: TableAsk): Promise<TableAnswer> {
    return tableOf(this, this.#parts.model, ask)
  }

  async size(ask: SizeAsk): Promise<SizeAnswer> {
    const answer = await this.ask(sizeQuestion(ask))
    const cell = answer.groups[0]?.cells[0]
    return { count: cell?.value ?? null, reason: cell?.reason ?? null, remedy: cell?.remedy ?? null }
  }

  async members(ask: MembersAsk): Promise<MembersAnswer> {
    return membersOf(await this.#compileContext(), this.#access(await this.#look()), ask)
  }

  async dimensionValues(ask: DimensionValuesAsk): Promise<DimensionValuesAnswer> {
    const context = await this.#compileContext()
    const predicate = resolveCohorts(context, ask.predicate, momentAt('UTC', this.nowUtcMs))
    return dimensionValuesOf(context, this.#access(await this.#look()), { ...ask, predicate })
  }

  async explain(ask: MetricAsk): Promise<Explanation> {
    return explanationOf(await this.#compileContext(), this.#access(await this.#look()), ask)
  }

  retention(ask: RetentionAsk): Promise<RetentionAnswer> {
    return retentionOf(this, ask)
  }

  funnel(ask: FunnelAsk): Promise<FunnelAnswer> {
    return funnelOf(this, ask)
  }

  drill(ask: DrillAsk): Promise<DrillAnswer> {
    return drillOf(this, this.#parts.model, ask)
  }

  /** Data versions are looked at once a request, so that all its answers speak of one state of each source. */
  #startLook(): Looking {
    this.#looking ??= this.#parts.sources.looking(this.#parts.freshness !== 'CACHED_OK')
    return this.#looking
  }

  async #look(): Promise<Sources> {
    return this.#noted(await this.#startLook().all)
  }

  #noted(sources: Sources): Sources {
    for (const [name, { version }] of sources.states) this.stats.dataVersions[name] ??= version
    return sources
  }

  #access(sources: Sources): SourceAccess {
    const { signal, freshness, lists, sources: set } = this.#parts
    return { set, sources, lists, freshness, signal, stats: this.stats }
  }

  async #compileContext(): Promise<CompileContext> {
    return this.#contextOf(await this.#look())
  }

  #contextOf(sources: Sources): CompileContext {
    const { model, calendar } = this.#parts
    const { facts, coverage } = sources
    return { model, calendar, facts, coverage, nowUtcMs: this.nowUtcMs, memberships: new Map(), missing: (name) => sources.missing(name) }
  }

  #plan(questions: readonly Question<Answered>[], sources: Sources): Planned {
    const planning = performance.now()
    const planned = planQuestions(questions, this.#contextOf(sources), sources)
    this.stats.planningMs += performance.now() - planning
    return planned
  }

  async #answer(questions: readonly Question<Answered>[]): Promise<readonly (Answered | Error)[]> {
    const early = this.#plan(questions, this.#noted(await withPatience(this.#startLook())))
    const { sources, context, planned } = needsPending(early) ? this.#plan(questions, await this.#look()) : early
    this.stats.metrics += questions.length
    this.stats.slices += new Set(questions.map(({ slice: { predicate, period } }) => `${period.startUtcMs}|${period.endUtcMs}|${predicateText(predicate)}`)).size
    const reads = planned.flatMap((one) => (one instanceof Error ? [] : one.reads))
    const { freshness, signal } = this.#parts
    const outcomes = await runReads(this.#parts.runner, this.#parts.lists, reads, { context, sources, freshness, signal, stats: this.stats })

    const folding = performance.now()
    const answers = planned.map((one, index) => {
      if (one instanceof Error) return one
      const key = questions[index]?.key ?? ''
      for (const read of one.reads) {
        const failure = outcomes.get(read.key)
        if (failure instanceof KpiqlError) return this.#staleAnswer(key, context, sources, read, failure) ?? failure
      }
      const answer = one.finish((read) => outcomes.get(read.key) as ReadResult, this.#provenance(context, sources, one.reads))
      if (one.reads.length > 0) this.#parts.lastAnswers.keep(key, answer, this.nowUtcMs)
      return answer
    })
    this.stats.foldMs += performance.now() - folding
    return answers
  }

  /** What was answered before, where the request takes that and the source is down; null for the failure. */
  #staleAnswer(key: string, context: CompileContext, sources: Sources, failed: AnyRead, failure: KpiqlError): Answered | null {
    const { maxStaleMs, lastAnswers, sources: set } = this.#parts
    if (maxStaleMs === null) return null
    const names = sourcesOfRead(context, failed)
    const down = names.filter((name) => sources.failures.has(name))
    if (down.length === 0 && failure.code !== 'SOURCE_UNAVAILABLE' && failure.code !== 'SOURCE_TIMEOUT') return null
    const answer = lastAnswers.find(key, this.nowUtcMs, maxStaleMs, (source, version) => set.lastSeen(source, version))
    if (answer === null) return null
    this.stats.staleSources = [...new Set([...this.stats.staleSources, ...(down.length > 0 ? down : names)])].toSorted()
    Object.assign(this.stats.dataVersions, answer.provenance.dataVersions)
    return answer
  }

  #provenance(context: CompileContext, sources: Sources, reads: readonly AnyRead[]): Provenance {
    const set = this.#parts.sources
    const names = new Set(reads.flatMap((read) => sourcesOfRead(context, read)))
    const used = [...sources.states].filter(([name]) => names.has(name))
    const moments = used.map(([name, state]) => Math.min(set.connected(name)?.nowUtcMs ?? Number.POSITIVE_INFINITY, state.lookedAtUtcMs))
    return {
      asOfUtcMs: moments.length === 0 ? this.nowUtcMs : Math.min(...moments),
      stale: false,
      dataVersions: Object.fromEntries(used.map(([name, { version }]) => [name, version])),
    }
  }
}

export function emptyStats(): RequestStats {
  return {
    slices: 0,
    metrics: 0,
    scans: 0,
    scansBySemanticModel: {},
    rowsRead: 0,
    rowsReadUnknown: false,
    cacheHits: 0,
    cacheMisses: 0,
    rollups: [],
    planningMs: 0,
    engineMs: 0,
    foldMs: 0,
    dataVersions: {},
    staleSources: [],
  }
}
