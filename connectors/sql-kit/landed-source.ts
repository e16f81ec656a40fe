import { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import type { Backfill, QuarantineReport, QueryCapabilities, QueryOptions, QueryResult, QuerySource, Statement, TableInfo, TableStatistics, Verdict } from '../contract.ts'
import { backfillOf, watermarkOf } from '../landing-contract.ts'
import type { Landing, StreamReach } from '../landing-contract.ts'

/** What a landing tells of itself to the source that reads it. */
export interface ReadLanding extends Landing {
  /** Changes of this process so far: after one, what was known of tables is old. */
  readonly changes: number
  /** Why nothing can land here, as a sentence; null where it can. */
  obstacle(): Promise<string | null>
  /** Of the table's stream; null where none has been read. */
  reachOf(table: string): Promise<StreamReach | null>
}

/** Answers from landed tables: sees at once what this process has landed, and what others have when it looks again. */
export class LandedSource implements QuerySource {
  readonly name: string
  readonly dialect: Dialect
  readonly can: QueryCapabilities
  readonly #source: QuerySource
  readonly #landing: ReadLanding
  /** The look that follows the last change. */
  #caughtUp: { readonly changes: number; readonly look: Promise<unknown> } | null = null

  /** @param source reads the tables; it is closed with the landing. */
  constructor(source: QuerySource, landing: ReadLanding) {
    this.name = source.name
    this.dialect = source.dialect
    this.can = source.can
    this.#source = source
    this.#landing = landing
  }

  /** That nothing has landed yet is no fault. */
  async test(): Promise<Verdict> {
    try {
      const obstacle = await this.#landing.obstacle()
      if (obstacle !== null) return { ok: false, message: obstacle }
      if ((await this.discover()).length === 0) return { ok: true, message: `The place of "${this.name}" answers; nothing has landed there yet.` }
    } catch (error) {
      if (!(error instanceof KpiqlError)) throw error
      return { ok: false, message: error.hint === undefined ? error.message : `${error.message} ${error.hint}` }
    }
    return this.#source.test()
  }

  async discover(): Promise<readonly TableInfo[]> {
    await this.#catchUp()
    return this.#source.discover()
  }

  query(statement: Statement, options?: QueryOptions): Promise<QueryResult> {
    return this.#source.query(statement, options)
  }

  async dataVersion(tables: readonly string[], revalidate: boolean): Promise<string> {
    await this.#catchUp()
    return this.#source.dataVersion(tables, revalidate)
  }

  async statistics(table: string): Promise<TableStatistics> {
    await this.#catchUp()
    return this.#source.statistics(table)
  }

  quarantine(): Promise<QuarantineReport> {
    return this.#landing.quarantine(null)
  }

  /** What the model's `watermark` says; without it, how far the table's stream is complete. */
  async watermark(table: string): Promise<number | null> {
    const said = await this.#source.watermark(table)
    if (said !== null) return said
    const reach = await this.#landing.reachOf(table)
    return reach === null ? null : watermarkOf(reach)
  }

  async backfill(table: string): Promise<Backfill | null> {
    const reach = await this.#landing.reachOf(table)
    return reach === null ? null : backfillOf(reach)
  }

  close(): Promise<void> {
    return this.#landing.close()
  }

  async #catchUp(): Promise<void> {
    const { changes } = this.#landing
    if (changes === 0) return
    if (this.#caughtUp?.changes !== changes) {
      const caughtUp = { changes, look: this.#source.dataVersion([], true) }
      this.#caughtUp = caughtUp
      caughtUp.look.catch(() => {
        if (this.#caughtUp === caughtUp) this.#caughtUp = null
      })
    }
    await this.#caughtUp.look
  }
}
