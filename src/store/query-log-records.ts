import { sql } from 'kysely'
import { stableHash } from '../base/stable-hash.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreWriter } from './tables.ts'

/** How often something of one shape was read on one day. */
export interface LoggedReads<Shape> {
  /** `YYYY-MM-DD` in UTC. */
  readonly day: string
  /** Survives JSON. */
  readonly shape: Shape
  /** The rollup that answered; null for the table. */
  readonly rollup: string | null
  readonly reads: number
  /** Null where a source did not say. */
  readonly rows: number | null
  readonly ms: number
  readonly lastUtcMs: number
}

const DAY_MS = 86_400_000
/** Shapes and days: some megabytes. The oldest days go first. */
const MOST_ROWS = 20_000

/** What was read of sources, by day and shape. Holds names of the model, and nothing of the data or of who asked. */
export class QueryLogRecords {
  readonly #files: StoreFiles
  readonly #mostRows: number

  constructor(files: StoreFiles, mostRows = MOST_ROWS) {
    this.#files = files
    this.#mostRows = mostRows
  }

  /** Adds to what is there, and removes what is older than so many days. */
  async add(logged: readonly LoggedReads<unknown>[], keepDays: number, nowUtcMs: number): Promise<void> {
    await this.#files.write(async (writer) => {
      for (const { day, shape, rollup, reads, rows, ms, lastUtcMs } of logged) {
        await writer
          .insertInto('query_log')
          .values({ day, shape: stableHash(shape), rollup: rollup ?? '', detail: JSON.stringify(shape), reads, rows, ms, last_ms: lastUtcMs })
          .onConflict((conflict) =>
            conflict.columns(['day', 'shape', 'rollup']).doUpdateSet(({ eb, ref, fn }) => ({
              reads: eb('query_log.reads', '+', ref('excluded.reads')),
              rows: eb('query_log.rows', '+', ref('excluded.rows')),
              ms: eb('query_log.ms', '+', ref('excluded.ms')),
              last_ms: fn<number>('max', ['query_log.last_ms', 'excluded.last_ms']),
            })),
          )
          .execute()
      }
      await writer.deleteFrom('query_log').where('day', '<=', dayOf(nowUtcMs - keepDays * DAY_MS)).execute()
      await dropOldest(writer, this.#mostRows)
    })
  }

  /** All of the last so many days, today among them; of each shape its days together, the slowest first. */
  async last<Shape>(days: number, nowUtcMs: number): Promise<readonly LoggedReads<Shape>[]> {
    const rows = await this.#files.read
      .selectFrom('query_log')
      .select(({ fn }) => ['rollup', 'detail', fn.max('day').as('day'), fn.sum<number>('reads').as('reads'), fn.sum<number>('rows').as('rows'), fn.count<number>('rows').as('known'), fn.countAll<number>().as('entries'), fn.sum<number>('ms').as('ms'), fn.max('last_ms').as('last_ms')])
      .where('day', '>', dayOf(nowUtcMs - days * DAY_MS))
      .where('reads', '>', 0)
      .groupBy(['shape', 'rollup', 'detail'])
      .orderBy('ms', 'desc')
      .execute()
    return rows.map(({ day, rollup, detail, reads, rows: sum, known, entries, ms, last_ms: lastUtcMs }) => ({
      day,
      shape: JSON.parse(detail) as Shape,
      rollup: rollup === '' ? null : rollup,
      reads: Number(reads),
      rows: known === entries ? Number(sum) : null,
      ms: Number(ms),
      lastUtcMs: Number(lastUtcMs),
    }))
  }

  /** Notes that rollups stand in the model today. */
  async declare(rollups: readonly string[], keepDays: number, nowUtcMs: number): Promise<void> {
    await this.add(rollups.map((rollup) => ({ day: dayOf(nowUtcMs), shape: DECLARED, rollup, reads: 0, rows: 0, ms: 0, lastUtcMs: nowUtcMs })), keepDays, nowUtcMs)
  }

  /** Rollups that stood in the model so many days ago, as far as that is remembered. */
  async declaredBefore(days: number, nowUtcMs: number): Promise<ReadonlySet<string>> {
    const rows = await this.#files.read.selectFrom('query_log').select('rollup').distinct().where('day', '<=', dayOf(nowUtcMs - days * DAY_MS)).where('reads', '=', 0).execute()
    return new Set(rows.map(({ rollup }) => rollup))
  }
}

const DECLARED = 'declared'

/** Of one day those go first that took the least time. */
async function dropOldest(writer: StoreWriter, mostRows: number): Promise<void> {
  await sql`DELETE FROM query_log WHERE (day, shape, rollup) IN (SELECT day, shape, rollup FROM query_log ORDER BY reads = 0 DESC, day DESC, ms DESC LIMIT -1 OFFSET ${mostRows})`.execute(writer)
}

function dayOf(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10)
}
