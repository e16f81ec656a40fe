import type { Backfill, ConnectorLog, QuarantineReport, QueryCapabilities, QueryOptions, QueryResult, QuerySource, Statement, TableInfo, TableStatistics, Verdict } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { BreakerState, Telemetry } from '../base/telemetry.ts'
import type { Dialect } from '../sql/dialect.ts'
import { askAgain, pause } from './ask-again.ts'
import { Breaker, TRIAL_MS } from './breaker.ts'
import type { Finding, Pass } from './breaker.ts'
import type { GuardOptions } from './guard-options.ts'
import { WaitingLine } from './waiting-line.ts'

export interface GuardDeps {
  readonly telemetry: Telemetry
  readonly log: Pick<ConnectorLog, 'info' | 'warn'>
  /** Monotonic, in milliseconds. */
  readonly nowMs?: (() => number) | undefined
  /** 0 to 1. */
  readonly random?: (() => number) | undefined
}

/**
 * A source that is left alone while it is down, asked again where that is safe, and never asked for more at once than it takes.
 * Calls beyond what may wait are `SOURCE_BUSY` at once; calls to a source left alone are `SOURCE_UNAVAILABLE` at once, with
 * `retryAfterMs`. What a statement itself does wrong is its own affair. `test` and `quarantine` are passed on as they are.
 */
export function guardSource(source: QuerySource, options: GuardOptions, deps: GuardDeps): QuerySource {
  return new GuardedSource(source, options, deps)
}

class GuardedSource implements QuerySource {
  readonly name: string
  readonly #source: QuerySource
  readonly #options: GuardOptions
  readonly #random: () => number
  readonly #nowMs: () => number
  readonly #breaker: Breaker
  readonly #line: WaitingLine

  constructor(source: QuerySource, options: GuardOptions, { telemetry, log, nowMs = () => performance.now(), random = Math.random }: GuardDeps) {
    this.name = source.name
    this.#source = source
    this.#options = options
    this.#random = random
    this.#nowMs = nowMs
    const onChange = (state: BreakerState, openForMs: number): void => {
      telemetry.sourceState(source.name, state)
      if (openForMs > 0) log.warn({ source: source.name, openForMs: Math.round(openForMs) }, 'the source is down and left alone')
      else if (state === 'closed') log.info({ source: source.name }, 'the source is back')
    }
    this.#breaker = new Breaker(options, { nowMs, random, onChange })
    this.#line = new WaitingLine(source.name, source.can.maxConcurrent, options.maxQueued, (waiting) => telemetry.queueLength(source.name, waiting))
  }

  get dialect(): Dialect {
    return this.#source.dialect
  }

  get can(): QueryCapabilities {
    return this.#source.can
  }

  test(): Promise<Verdict> {
    return this.#source.test()
  }

  get rollups(): QuerySource['rollups'] {
    return this.#source.rollups
  }

  changes(tables: readonly string[], since: string, until: string): ReturnType<NonNullable<QuerySource['changes']>> {
    return this.#source.changes?.(tables, since, until) ?? Promise.resolve(null)
  }

  quarantine(): Promise<QuarantineReport> {
    return this.#source.quarantine()
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  discover(): Promise<readonly TableInfo[]> {
    return this.#guarded(undefined, () => this.#source.discover())
  }

  statistics(table: string): Promise<TableStatistics> {
    return this.#guarded(undefined, () => this.#source.statistics(table))
  }

  watermark(table: string): Promise<number | null> {
    return this.#guarded(undefined, () => this.#source.watermark(table))
  }

  backfill(table: string): Promise<Backfill | null> {
    return this.#guarded(undefined, () => this.#source.backfill?.(table) ?? Promise.resolve(null))
  }

  /** Within its time to live a version is told without looking, which proves nothing: a trial looks. */
  dataVersion(tables: readonly string[], revalidate: boolean): Promise<string> {
    return this.#guarded(undefined, (isTrial) => this.#source.dataVersion(tables, revalidate || isTrial), revalidate ? 'always' : 'trial')
  }

  async query(statement: Statement, options: QueryOptions = {}): Promise<QueryResult> {
    if (this.#breaker.state === 'open' && this.#breaker.refusedForMs > 0) throw this.#leftAlone()
    return this.#line.within(options.caller ?? '', options.signal, () => this.#guarded(options.signal, () => this.#source.query(statement, options), 'always'))
  }

  /** @param proves whether an answer shows that the source is there: `trial` only that of a trial. */
  #guarded<T>(signal: AbortSignal | undefined, call: (isTrial: boolean) => Promise<T>, proves: 'always' | 'trial' | 'never' = 'never'): Promise<T> {
    const once = async (): Promise<T> => {
      const pass = this.#breaker.enter() ?? (await this.#enterAfterTrial(signal))
      if (pass === null) throw this.#leftAlone()
      let finding: Finding = 'nothing'
      const fromMs = this.#nowMs()
      try {
        const answer = await call(pass.isTrial)
        if (proves === 'always' || (proves === 'trial' && pass.isTrial)) finding = 'answered'
        return answer
      } catch (error) {
        finding = isTooSlow(error, signal, this.#nowMs() - fromMs) ? 'down' : findingOf(error)
        throw error
      } finally {
        this.#breaker.leave(pass, finding)
      }
    }
    return askAgain(once, { retries: this.#options.retries, signal, random: this.#random, mayRetry: () => this.#breaker.state === 'closed' })
  }

  /** A trial mostly tells at once, and whoever asks meanwhile shares its luck. */
  async #enterAfterTrial(signal: AbortSignal | undefined): Promise<Pass | null> {
    if (this.#breaker.state !== 'half_open') return null
    const over = new AbortController()
    await Promise.race([this.#breaker.trialOver, pause(TRIAL_MS, signal ? AbortSignal.any([signal, over.signal]) : over.signal)])
    over.abort()
    return this.#breaker.enter()
  }

  #leftAlone(): KpiqlError {
    const retryAfterMs = Math.max(1, this.#breaker.refusedForMs)
    return new KpiqlError('SOURCE_UNAVAILABLE', {
      message: `Source "${this.name}" is down and left alone for the moment.`,
      hint: `It is tried again in ${Math.ceil(retryAfterMs / 1000)} s. Ask with \`maxStale\` for what was read before.`,
      data: { retryAfterMs },
    })
  }
}

const FINDINGS: Partial<Record<ErrorCode, Finding>> = {
  SOURCE_UNAVAILABLE: 'down',
  SOURCE_TIMEOUT: 'down',
  SOURCE_BUSY: 'nothing',
  CANCELLED: 'nothing',
  DEADLINE_EXCEEDED: 'nothing',
}

/** Whoever finds fault with a statement is there. */
function findingOf(error: unknown): Finding {
  return error instanceof KpiqlError ? (FINDINGS[error.code] ?? 'answered') : 'nothing'
}

/** Whether a request's time was up while it waited for the source, most of it. One that came late to the source says nothing of it. */
function isTooSlow(error: unknown, signal: AbortSignal | undefined, waitedMs: number): boolean {
  if (!(error instanceof KpiqlError) || (error.code !== 'CANCELLED' && error.code !== 'DEADLINE_EXCEEDED')) return false
  const reason: unknown = signal?.aborted === true ? signal.reason : null
  if (!(reason instanceof KpiqlError) || reason.code !== 'DEADLINE_EXCEEDED') return false
  const deadlineMs = reason.data?.['deadlineMs']
  return typeof deadlineMs !== 'number' || waitedMs * 2 >= deadlineMs
}
