import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { StoreFiles } from './store-files.ts'
import type { StoreTables, StoreWriter } from './tables.ts'

export type ActivationChange = 'entered' | 'left'

/** What is known of one member at one destination. */
export interface ActivationMember {
  readonly member: string
  readonly told: 'in' | 'out' | 'unknown'
  readonly pending: ActivationChange | null
  readonly number: number | null
  readonly reason: string | null
}

/** What becomes of a member's record: it is put as it is here, or goes. */
export interface MemberRecord {
  readonly member: string
  readonly record: Omit<ActivationMember, 'member'> | null
}

/** A run as it is kept. */
export interface KeptRun {
  readonly id: string
  readonly destination: string
  readonly cohort: string
  readonly state: string
  readonly owner: string
  readonly aliveUntilMs: number
  readonly report: string
}

export interface Audience {
  readonly destination: string
  readonly cohort: string
  readonly entity: string
}

/** Small enough that the process keeps answering between two of them. */
const ROWS_A_STATEMENT = 500
const MOST_RUNS = 1000

/** What destinations were told of the members of cohorts, and how the runs went. Each call of a method is one transaction. */
export class ActivationRecords {
  readonly #files: StoreFiles

  constructor(files: StoreFiles) {
    this.#files = files
  }

  /**
   * Begins a run, unless one of the same cohort goes on at the same destination; of those that ended with their process the state becomes `interrupted`.
   *
   * @returns The run that goes on, or null.
   */
  async begin(run: KeptRun, isAlive: (other: KeptRun) => boolean): Promise<KeptRun | null> {
    return this.#files.write(async (writer) => {
      const others = await writer.selectFrom('activation_reports').selectAll().where('state', '=', 'running').where('destination', '=', run.destination).where('cohort', '=', run.cohort).execute()
      const alive = others.map(toRun).find(isAlive)
      if (alive) return alive
      for (const { id } of others) await writer.updateTable('activation_reports').set({ state: 'interrupted' }).where('id', '=', id).execute()
      await writer.insertInto('activation_reports').values(toRow(run)).execute()
      await forgetOldest(writer)
      return null
    })
  }

  /** Keeps how a run stands, unless it has ended. */
  async keep(run: KeptRun): Promise<void> {
    await this.#files.write((writer) => keepRun(writer, run))
  }

  /** Newest first. */
  async runs(first: number): Promise<readonly KeptRun[]> {
    const rows = await this.#files.read.selectFrom('activation_reports').selectAll().orderBy('id', 'desc').limit(first).execute()
    return rows.map(toRun)
  }

  /** @returns Null where nothing of this cohort was ever sent there. */
  async find({ destination, cohort, entity }: Audience): Promise<string | null> {
    const row = await this.#files.read.selectFrom('activation_audiences').select('id').where('destination', '=', destination).where('cohort', '=', cohort).where('entity', '=', entity).executeTakeFirst()
    return row?.id ?? null
  }

  /** Counts a run that may find changes. @returns The audience, made where there is none, and the run's number in it. */
  async countRun(audience: Audience): Promise<{ readonly id: string; readonly number: number }> {
    return this.#files.write(async (writer) => {
      const { id, runs } = await writer
        .insertInto('activation_audiences')
        .values({ id: randomUUID(), ...audience, runs: 1 })
        .onConflict((conflict) => conflict.columns(['destination', 'cohort', 'entity']).doUpdateSet(({ eb }) => ({ runs: eb('activation_audiences.runs', '+', 1) })))
        .returning(['id', 'runs'])
        .executeTakeFirstOrThrow()
      return { id, number: runs }
    })
  }

  /** A page in the order of the members. @param after a member; empty for the first page. */
  async members(audienceId: string, after: string, first: number, only: 'pending' | 'all'): Promise<readonly ActivationMember[]> {
    const all = this.#files.read.selectFrom('activation_members').select(['member', 'told', 'pending', 'number', 'reason']).where('audience_id', '=', audienceId).where('member', '>', after).orderBy('member').limit(first)
    const rows = await (only === 'all' ? all : all.where('pending', 'is not', null)).execute()
    return rows as readonly ActivationMember[]
  }

  /** All of them or none, with how the run stands where that is given. */
  async put(audienceId: string, records: readonly MemberRecord[], run: KeptRun | null): Promise<void> {
    const kept = records.flatMap(({ member, record }) => (record === null ? [] : [{ audience_id: audienceId, member, ...record }]))
    const gone = records.flatMap(({ member, record }) => (record === null ? [member] : []))
    await this.#files.write(async (writer) => {
      for (let from = 0; from < kept.length; from += ROWS_A_STATEMENT) {
        await writer
          .insertInto('activation_members')
          .values(kept.slice(from, from + ROWS_A_STATEMENT))
          .onConflict((conflict) => conflict.columns(['audience_id', 'member']).doUpdateSet(({ ref }) => ({ told: ref('excluded.told'), pending: ref('excluded.pending'), number: ref('excluded.number'), reason: ref('excluded.reason') })))
          .execute()
        await nextTurn()
      }
      for (let from = 0; from < gone.length; from += ROWS_A_STATEMENT) {
        await writer.deleteFrom('activation_members').where('audience_id', '=', audienceId).where('member', 'in', gone.slice(from, from + ROWS_A_STATEMENT)).execute()
        await nextTurn()
      }
      if (run !== null) await keepRun(writer, run)
    })
  }
}

async function keepRun(writer: StoreWriter, run: KeptRun): Promise<void> {
  await writer.updateTable('activation_reports').set(toRow(run)).where('id', '=', run.id).where('state', '=', 'running').execute()
}

/** What runs stays, however old. */
async function forgetOldest(writer: StoreWriter): Promise<void> {
  const kept = writer.selectFrom('activation_reports').select('id').orderBy('id', 'desc').limit(MOST_RUNS)
  await writer.deleteFrom('activation_reports').where('state', '!=', 'running').where('id', 'not in', kept).execute()
}

function toRow({ aliveUntilMs, ...run }: KeptRun): StoreTables['activation_reports'] {
  return { ...run, alive_until: aliveUntilMs }
}

function toRun({ alive_until, ...row }: StoreTables['activation_reports']): KeptRun {
  return { ...row, aliveUntilMs: alive_until }
}
