import DataLoader from 'dataloader'
import type { Calendar } from '../base/grain.ts'
import { hasMoved, KpiqlError } from '../base/errors.ts'
import { nextStep } from '../base/own-turn.ts'
import type { ErrorCode } from '../base/errors.ts'
import { cancellation, unlessAborted } from '../cache/shared-flight.ts'
import { predicateText } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import type { MetricAsk } from '../plan/ask.ts'
import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'
import { breakdownOf } from './breakdown.ts'
import type { BucketReads } from './bucket-reads.ts'
import { dimensionValuesOf, sourcesOfValues } from './dimension-values.ts'
import { drillOf } from './drill.ts'
import { explanationOf, sourcesExplained } from './explain.ts'
import { funnelOf } from './funnel.ts'
import { membersOf, sourcesOfMembers } from './members.ts'
import { metricQuestion } from './metric-question.ts'
import { pendingFor, planQuestions } from './plan-questions.ts'
import type { Planned } from './plan-questions.ts'
import type { Answered, Asking, Question } from './question.ts'
import type { LastAnswers } from './last-answers.ts'
import type { MemberLists } from './member-lists.ts'
import { retentionOf } from './retention.ts'
import { runReads } from './run-reads.ts'
import { sizeQuestion } from './size.ts'
import type { SourceAccess } from './source-access.ts'
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
  readonly runner: BucketReads
  readonly lists: MemberLists
  readonly nowUtcMs: number
  readonly freshness: Freshness
  /** How old an answer may be where a source is down; null takes none. */
  readonly maxStaleMs: number | null
  readonly lastAnswers: LastAnswers
  readonly signal: AbortSignal
  readonly caller: string
  readonly sharesLook: boolean
}

/** One request's questions. See AnalyticsSession for what is promised. */
export class Session implements AnalyticsSession, Asking {
  readonly nowUtcMs: number
  readonly stats: RequestStats = emptyStats()
  readonly #parts: SessionParts
  readonly #loader: DataLoader<Question<Answered>, Promise<Answered>, string>
  #looking: Looking | undefined
  #hasFailed = false

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.nowUtcMs = parts.nowUtcMs
    this.#loader = new DataLoader((questions) => this.#begin(questions), { cacheKeyFn: ({ key }) => key })
  }

  get hasFailed(): boolean {
    return this.#hasFailed
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

  members(ask: MembersAsk): Promise<MembersAnswer> {
    return this.#directly((context) => sourcesOfMembers(context, ask), (context, access) => membersOf(context, access, ask))
  }

  dimensionValues(ask: DimensionValuesAsk): Promise<DimensionValuesAnswer> {
    return this.#directly((context) => sourcesOfValues(context, ask), (context, access) => dimensionValuesOf(context, access, ask))
  }

  explain(ask: MetricAsk): Promise<Explanation> {
    return this.#directly((context) => sourcesExplained(context, ask), (context, access) => explanationOf(context, access, ask))
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
    const { sources, freshness, sharesLook } = this.#parts
    this.#looking ??= sharesLook && freshness === 'CACHED_OK' ? sources.lookingThisTurn() : sources.looking(freshness !== 'CACHED_OK')
    return this.#looking
  }

  /** The data moved while it was read: what is asked from now on is of the new version. Parts of the answer may be of the one before, so it is not kept whole. */
  #lookAnew(): void {
    this.#hasFailed = true
    this.#looking = this.#parts.sources.looking(true)
    this.stats.dataVersions = {}
  }

  /** What the look has found so far: when those named have answered, or the request's time is up. */
  async #lookedAt(names: readonly string[]): Promise<Sources> {
    const looking = this.#startLook()
    await unlessAborted(looking.answered(names), this.#parts.signal).catch(() => undefined)
    return this.#noted(looking.soFar())
  }

  #noted(sources: Sources): Sources {
    for (const [name, { version }] of sources.states) this.stats.dataVersions[name] ??= version
    if (sources.failures.size > 0) this.#hasFailed = true
    return sources
  }

  /** Asks with statements of its own, once the sources it needs have answered. */
  async #directly<T>(needs: (context: CompileContext) => readonly string[], work: (context: CompileContext, access: SourceAccess) => Promise<T>, triesLeft = MOST_MOVES): Promise<T> {
    try {
      let sources = this.#noted(await this.#startLook().patiently())
      for (let pending = this.#pendingOf(needs, sources); pending.length > 0; pending = this.#pendingOf(needs, sources)) {
        sources = await this.#lookedAt(pending)
        if (this.#parts.signal.aborted) throw cancellation(this.#parts.signal)
      }
      return await work(this.#contextOf(sources), this.#access(sources))
    } catch (error) {
      this.#hasFailed = true
      if (!hasMoved(error) || triesLeft === 0 || this.#parts.signal.aborted) throw error
      this.#lookAnew()
      return await this.#directly(needs, work, triesLeft - 1)
    }
  }

  /** What cannot be planned may be plannable with what has not answered yet. */
  #pendingOf(needs: (context: CompileContext) => readonly string[], sources: Sources): readonly string[] {
    if (sources.pending.size === 0) return []
    try {
      return needs(this.#contextOf(sources)).filter((name) => sources.pending.has(name))
    } catch {
      return [...sources.pending]
    }
  }

  #access(sources: Sources): SourceAccess {
    const { signal, caller, freshness, lists, sources: set } = this.#parts
    return { set, sources, lists, freshness, signal, caller, stats: this.stats }
  }

  #contextOf(sources: Sources): CompileContext {
    const { model, calendar } = this.#parts
    const { facts, coverage, rollups } = sources
    return { model, calendar, facts, coverage, rollups, nowUtcMs: this.nowUtcMs, memberships: new Map(), missing: (name) => sources.missing(name) }
  }

  #plan(questions: readonly Question<Answered>[], sources: Sources): Planned {
    const planning = performance.now()
    const planned = planQuestions(questions, this.#contextOf(sources), sources)
    this.stats.planningMs += performance.now() - planning
    return planned
  }

  /** The questions of one tick, each settled by itself: one that waits for its source keeps no other waiting. */
  async #begin(questions: readonly Question<Answered>[]): Promise<readonly Promise<Answered>[]> {
    this.stats.metrics += questions.length
    this.stats.slices += new Set(questions.map(({ slice: { predicate, period } }) => `${period.startUtcMs}|${period.endUtcMs}|${predicateText(predicate)}`)).size
    const sources = this.#noted(await this.#startLook().patiently())
    await nextStep()
    const standing = this.#standing(sources)
    const known = questions.map(({ key }) => this.#known(key, sources, standing))
    const made = this.#answers(questions.filter((_, index) => known[index] === null), sources)
    let next = 0
    const answers = known.map((answer) => (answer === null ? (made[next++] as Promise<Answered>) : Promise.resolve(answer)))
    // Whoever asked is told in a moment; until then nobody listens.
    for (const answer of answers) answer.catch(() => undefined)
    return answers
  }

  /** All that answers of this moment hang on besides their questions; null where something of it is not known, or nothing kept may be told. */
  #standing({ states, failures, pending }: Sources): string | null {
    const { freshness, signal } = this.#parts
    if (freshness === 'NO_CACHE' || signal.aborted || failures.size + pending.size > 0) return null
    return `${this.nowUtcMs}|${[...states].map(([name, { version }]) => `${name} ${version}`).toSorted().join('|')}`
  }

  /** What was answered already while everything stood as it does. */
  #known(key: string, sources: Sources, standing: string | null): Answered | null {
    const made = standing === null ? null : this.#parts.lastAnswers.same(key, this.nowUtcMs, standing)
    if (made === null) return null
    this.stats.cacheHits += made.reads
    this.#parts.sources.telemetry.cacheLooked('memory', made.reads, 0)
    return { ...made.answer, provenance: this.#provenanceOf(sources, new Set(Object.keys(made.answer.provenance.dataVersions))) }
  }

  /** Those that are ready at once and together; the others when the sources they need have answered, or the request's time is up. */
  #answers(questions: readonly Question<Answered>[], sources: Sources, movesLeft = MOST_MOVES): readonly Promise<Answered>[] {
    const { signal } = this.#parts
    const planned = this.#plan(questions, sources)
    const groups = Map.groupBy(planned.planned, (one) => (signal.aborted ? '' : pendingFor(one, planned).join('\n')))
    const answers = new Map<Question<Answered>, Promise<Answered>>()
    for (const [waitsFor, group] of groups) {
      const told: Promise<readonly Told[]> =
        waitsFor === '' ? this.#unlessMoved({ ...planned, planned: group }, movesLeft) : this.#lookedAt(waitsFor.split('\n')).then((found) => this.#answers(group.map(({ question }) => question), found, movesLeft))
      group.forEach(({ question }, index) => answers.set(question, told.then((list) => this.#orThrown(list[index] as Told))))
    }
    return questions.map((question) => answers.get(question) as Promise<Answered>)
  }

  /** Where the data moved while it was read, all questions are answered together from the new version. */
  async #unlessMoved(planned: Planned, movesLeft: number): Promise<readonly Told[]> {
    const answers = await this.#answered(planned)
    if (movesLeft === 0 || this.#parts.signal.aborted || !answers.some(hasMoved)) return answers
    this.#lookAnew()
    return this.#answers(planned.planned.map(({ question }) => question), this.#noted(await this.#startLook().patiently()), movesLeft - 1)
  }

  #orThrown(told: Told): Answered | Promise<Answered> {
    if (!(told instanceof Error)) return told
    this.#hasFailed = true
    throw told
  }

  async #answered({ sources, context, planned }: Planned): Promise<readonly (Answered | Error)[]> {
    const begunMs = performance.now()
    const reads = planned.flatMap(({ plan }) => (plan instanceof Error ? [] : plan.reads))
    const { freshness, signal, caller } = this.#parts
    const outcomes = await runReads(this.#parts.runner, this.#parts.lists, reads, { context, sources, freshness, signal, caller, stats: this.stats })

    const folding = performance.now()
    const standing = this.#standing(sources)
    const answers = planned.map(({ question: { key }, plan }) => {
      // Its time was up before it could be planned with all it may need.
      if (plan instanceof Error) return signal.aborted && sources.pending.size > 0 ? cancellation(signal) : plan
      for (const read of plan.reads) {
        const failure = outcomes.get(read.key)
        if (failure instanceof KpiqlError) return this.#staleAnswer(key, context, sources, read, failure) ?? failure
      }
      const answer = plan.finish((read) => outcomes.get(read.key) as ReadResult, this.#provenance(context, sources, plan.reads))
      if (plan.reads.length > 0) this.#parts.lastAnswers.keep(key, { answer, reads: plan.reads.length }, this.nowUtcMs, standing, performance.now() - begunMs)
      return answer
    })
    this.stats.foldMs += performance.now() - folding
    return answers
  }

  /** What was answered before, where the request takes that and the source is down or did not answer in time; null for the failure. */
  #staleAnswer(key: string, context: CompileContext, sources: Sources, failed: AnyRead, failure: KpiqlError): Answered | null {
    const { maxStaleMs, lastAnswers, sources: set } = this.#parts
    if (maxStaleMs === null) return null
    const names = sourcesOfRead(context, failed)
    if (!OUT_OF_REACH.has(failure.code) && !names.some((name) => sources.failures.has(name))) return null
    const down = names.filter((name) => sources.failures.has(name) || sources.pending.has(name))
    const answer = lastAnswers.find(key, this.nowUtcMs, maxStaleMs, (source, version) => set.lastSeen(source, version))
    if (answer === null) return null
    this.stats.staleSources = [...new Set([...this.stats.staleSources, ...(down.length > 0 ? down : names)])].toSorted()
    Object.assign(this.stats.dataVersions, answer.provenance.dataVersions)
    return answer
  }

  #provenance(context: CompileContext, sources: Sources, reads: readonly AnyRead[]): Provenance {
    return this.#provenanceOf(sources, new Set(reads.flatMap((read) => sourcesOfRead(context, read))))
  }

  #provenanceOf(sources: Sources, names: ReadonlySet<string>): Provenance {
    const set = this.#parts.sources
    const used = [...sources.states].filter(([name]) => names.has(name))
    const moments = used.map(([name, state]) => Math.min(set.connected(name)?.nowUtcMs ?? Number.POSITIVE_INFINITY, state.lookedAtUtcMs))
    return {
      asOfUtcMs: moments.length === 0 ? this.nowUtcMs : Math.min(...moments),
      stale: false,
      dataVersions: Object.fromEntries(used.map(([name, { version }]) => [name, version])),
    }
  }
}

/** A landing that takes commits all the time lets a question through between two of them. */
const MOST_MOVES = 5

/** What a question came to, or will. */
type Told = Answered | Error | Promise<Answered>

/** What a source that is down, or hangs, makes of a read. */
const OUT_OF_REACH: ReadonlySet<ErrorCode> = new Set(['SOURCE_UNAVAILABLE', 'SOURCE_TIMEOUT', 'DEADLINE_EXCEEDED'])

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
