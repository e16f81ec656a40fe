import type { ClickHouseClient } from '@clickhouse/client'
import { KpiqlError } from '../../src/base/errors.ts'
import { closedError } from '../sql-kit/sql-source.ts'
import { openClient } from './open-client.ts'
import type { ClickhouseOptions } from './options.ts'
import { translateError } from './translate-error.ts'

/** Rows of one insert become one part, which readers see at once or not at all: nothing is split by parsing threads or gathered with other inserts. */
const SETTINGS = { async_insert: 0, input_format_parallel_parsing: 0, input_format_null_as_default: 0, input_format_defaults_for_omitted_fields: 1, mutations_sync: '2', session_timezone: 'UTC', max_query_size: '16777216' } as const
/** Copying what is there into new parts takes as long as it takes. */
const LONGEST_MS = 3_600_000
const AGAIN_AFTER_MS: readonly number[] = [200, 1000]

/** The connection that writes; apart from the one that reads, which cannot. */
export class LandingConnection {
  readonly #source: string
  readonly #options: ClickhouseOptions
  #client: Promise<ClickHouseClient> | null = null
  #isClosed = false

  constructor(source: string, options: ClickhouseOptions) {
    this.#source = source
    this.#options = options
  }

  /** @throws KpiqlError `SOURCE_*`. */
  async command(query: string): Promise<void> {
    if (this.#isClosed) throw closedError(this.#source)
    this.#client ??= openClient({ ...this.#options, statementTimeoutMs: LONGEST_MS }, this.#source)
    try {
      const client = await this.#client
      await client.command({ query, clickhouse_settings: SETTINGS })
    } catch (error) {
      throw writingError(error, this.#source)
    }
  }

  /**
   * One insert, which is tried again where the connection broke: the token keeps the server from taking it twice.
   *
   * @param lines tab-separated; the last cell is a number, for the client trims statements.
   * @param token letters, digits, dashes.
   */
  async insert(table: string, columns: readonly string[], lines: string, token: string): Promise<void> {
    if (lines === '') return
    const query = `INSERT INTO ${table} (${columns.join(', ')}) SETTINGS insert_deduplication_token = '${token}' FORMAT TabSeparated\n${lines}`
    for (const pauseMs of AGAIN_AFTER_MS) {
      try {
        return await this.command(query)
      } catch (error) {
        if (this.#isClosed || !(error instanceof KpiqlError) || error.code !== 'SOURCE_UNAVAILABLE') throw error
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    return this.command(query)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const client = await this.#client?.catch(() => null)
    await client?.close()
  }
}

export function quote(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** A text whatever it holds; for statements that take no parameters. */
export function literal(text: string): string {
  return `unhex('${Buffer.from(text).toString('hex')}')`
}

function writingError(error: unknown, source: string): KpiqlError {
  const ours = translateError(error, source)
  if (ours.data?.['nativeCode'] !== '497') return ours
  return new KpiqlError('SOURCE_FAILED', { message: `The user of "${source}" may not write to the database that records land in.`, hint: 'Grant it: GRANT SELECT, INSERT, ALTER, CREATE, DROP ON the landing database TO the user.', data: ours.data, cause: error })
}
