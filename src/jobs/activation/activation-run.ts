import { KpiqlError } from '../../base/errors.ts'
import { describeError } from '../../base/log.ts'
import { newId } from '../../store/new-id.ts'
import type { ActivationMember, ActivationRecords, Audience, KeptRun } from '../../store/activation-records.ts'
import type { ActivationAsk, ActivationReport } from '../types.ts'
import { changeId } from './change-id.ts'
import { findChanges } from './find-changes.ts'
import { readMembership } from './read-membership.ts'
import type { Membership } from './read-membership.ts'
import { ALIVE_MS, OWNER } from './run-owner.ts'
import { acknowledged } from './settle-member.ts'
import type { ActivationLimits, ActivationsDeps, Destination } from './types.ts'

const LISTED = 100
const LONGEST_REASON = 300
/** Batches of which nothing was taken, from the first one on, after which the run is given up. */
const MOST_IN_VAIN = 20
const HEARTBEAT_MS = 20_000

type Progress = { -readonly [Field in keyof ActivationReport]: ActivationReport[Field] } & { refusals: { readonly member: string; readonly reason: string }[] }

/** One run of one cohort to one destination. */
export class ActivationRun {
  readonly #deps: ActivationsDeps
  readonly #ask: ActivationAsk
  readonly #destination: Destination
  readonly #limits: ActivationLimits
  readonly #signal: AbortSignal
  readonly #progress: Progress

  constructor(deps: ActivationsDeps, ask: ActivationAsk, destination: Destination, limits: ActivationLimits, signal: AbortSignal) {
    const nowMs = deps.clock.nowMs()
    this.#deps = deps
    this.#ask = ask
    this.#destination = destination
    this.#limits = limits
    this.#signal = signal
    this.#progress = {
      id: newId(nowMs), cohort: ask.cohort.name, destination: ask.destination, dryRun: ask.dryRun, state: 'running', members: 0, entered: 0, left: 0, sent: 0,
      refused: 0, refusals: [], unaddressed: 0, startedUtcMs: nowMs, endedUtcMs: null, error: null,
    }
  }

  /** As it stands. */
  get report(): ActivationReport {
    return { ...this.#progress, refusals: [...this.#progress.refusals] }
  }

  /** As it stands, to be kept. */
  get kept(): KeptRun {
    const { id, destination, cohort, state } = this.#progress
    return { id, destination, cohort, state, owner: OWNER, aliveUntilMs: this.#deps.clock.nowMs() + ALIVE_MS, report: JSON.stringify(this.report) }
  }

  /** Runs to the end, whatever happens; failures are in the report. A dry run writes nothing. @param records null for a dry run where nothing was ever kept. */
  async run(records: ActivationRecords | null): Promise<ActivationReport> {
    const { log } = this.#deps
    const heartbeat = setInterval(() => {
      if (records !== null && !this.#ask.dryRun) records.keep(this.kept).catch((error: unknown) => log.warn({ error: describeError(error) }, 'How a cohort is being sent could not be noted'))
    }, HEARTBEAT_MS)
    heartbeat.unref()
    try {
      if (this.#ask.dryRun) await this.#look(records)
      else if (records !== null) await this.#send(records)
      this.#progress.state = 'done'
    } catch (error) {
      this.#fail(error)
    } finally {
      clearInterval(heartbeat)
    }
    this.#progress.endedUtcMs = this.#deps.clock.nowMs()
    const { id, destination, dryRun, state, members, entered, left, sent, refused, unaddressed, error } = this.#progress
    log[state === 'failed' ? 'error' : 'info']({ run: id, destination, dryRun, state, members, entered, left, sent, refused, unaddressed, code: error?.code ?? null }, state === 'done' ? 'A cohort was sent' : 'A cohort was not sent to its end')
    if (records !== null && !this.#ask.dryRun) await records.keep(this.kept).catch((error: unknown) => log.error({ error: describeError(error) }, 'How a cohort was sent could not be noted'))
    return this.report
  }

  #fail(error: unknown): void {
    const isStopped = this.#signal.aborted
    const known = error instanceof KpiqlError ? error : null
    if (known === null && !isStopped) this.#deps.log.error({ error: describeError(error) }, 'Sending a cohort failed within the gateway')
    this.#progress.state = isStopped ? 'interrupted' : 'failed'
    this.#progress.error = isStopped ? null : { code: known?.code ?? 'INTERNAL', message: known?.message ?? 'Sending the cohort failed within the gateway.' }
  }

  get #audience(): Audience {
    const { cohort, destination } = this.#ask
    return { destination, cohort: cohort.name, entity: cohort.entity }
  }

  async #membership(): Promise<Membership> {
    const found = await readMembership(this.#deps.analytics(), this.#ask.cohort, this.#destination.identify, this.#limits, this.#signal)
    this.#progress.members = found.members
    this.#progress.unaddressed = found.unaddressed
    return found
  }

  async #look(records: ActivationRecords | null): Promise<void> {
    const membership = await this.#membership()
    const audienceId = (await records?.find(this.#audience)) ?? null
    const told = async (after: string, first: number): Promise<readonly ActivationMember[]> => (audienceId === null ? [] : ((await records?.members(audienceId, after, first, 'all')) ?? []))
    Object.assign(this.#progress, await findChanges(told, 0, membership, () => Promise.resolve(), this.#signal))
  }

  async #send(records: ActivationRecords): Promise<void> {
    const membership = await this.#membership()
    const { id, number } = await records.countRun(this.#audience)
    // All changes are written before the first is sent, so that a run that is killed is completed by the next one.
    const { entered, left } = await findChanges((after, first) => records.members(id, after, first, 'all'), number, membership, (changed) => (changed.length === 0 ? Promise.resolve() : records.put(id, changed, null)), this.#signal)
    Object.assign(this.#progress, { entered, left })
    if (entered + left === 0) return
    const { target } = this.#destination
    await target.prepare(this.#ask.cohort.name, this.#signal)
    for (let after = '', batches = 0; ; batches++) {
      this.#signal.throwIfAborted()
      if (batches >= MOST_IN_VAIN && this.#progress.sent === 0) throw new KpiqlError('SOURCE_FAILED', { message: `The destination took nothing of ${batches} batches: ${this.#progress.refusals[0]?.reason ?? 'it gave no reason'}` })
      const batch = await records.members(id, after, target.batchSize, 'pending')
      if (batch.length === 0) return
      await this.#sendBatch(records, { id, number }, batch, membership.asOfUtcMs)
      after = batch.at(-1)?.member ?? ''
    }
  }

  async #sendBatch(records: ActivationRecords, run: { readonly id: string; readonly number: number }, batch: readonly ActivationMember[], asOfUtcMs: number): Promise<void> {
    const changes = batch.map(({ member, pending, number }) => {
      const change = pending ?? 'entered'
      return { member, change, id: changeId(this.#audience, member, change, number ?? 0) }
    })
    const outcomes = await this.#destination.target.send({ cohort: this.#ask.cohort.name, changes, asOfUtcMs }, this.#signal)
    const answered = batch.map((record, index) => {
      const outcome = outcomes[index] ?? { ok: false, reason: 'The destination did not say what became of it.' }
      return { record, reason: outcome.ok ? null : outcome.reason.slice(0, LONGEST_REASON) }
    })
    for (const { record: { member }, reason } of answered) {
      if (reason === null) this.#progress.sent++
      else if (++this.#progress.refused <= LISTED) this.#progress.refusals.push({ member, reason })
    }
    await records.put(run.id, answered.map(({ record, reason }) => acknowledged(record, reason, run.number)), this.kept)
  }
}
