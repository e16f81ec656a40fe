import { randomUUID } from 'node:crypto'
import type { ClickHouseClient, Row } from '@clickhouse/client'
import { KpiqlError } from '../../src/base/errors.ts'
import { untilAborted } from '../../src/base/until-aborted.ts'
import { openClient } from './open-client.ts'
import type { ClickhouseOptions } from './options.ts'
import { knownSettings, settingsOf, type Settings } from './settings.ts'

interface Reached {
  readonly client: ClickHouseClient
  readonly version: string
  readonly settings: Settings
}

export interface Answer {
  /** Once, before the first row. */
  begin(names: readonly string[], types: readonly string[]): void
  row(cells: readonly unknown[]): void
}

/** Between two orders to kill: a statement that has not begun yet is not found by the first. */
const KILL_AGAIN_MS = 100
/** Whoever does not stop by then is left to the server's own time limit. */
const KILL_FOR_MS = 20_000

/** One server over HTTP: connects at the first question, reads only, and stops in the server what is aborted here. */
export class Connection {
  readonly #source: string
  readonly #options: ClickhouseOptions
  #reached: Promise<Reached> | null = null
  #client: ClickHouseClient | null = null

  constructor(source: string, options: ClickhouseOptions) {
    this.#source = source
    this.#options = options
  }

  /** What the server calls its version. */
  async version(signal: AbortSignal): Promise<string> {
    const { client } = await this.#reach(signal)
    // Not what was remembered: this shows that it answers now.
    const result = await client.query({ query: 'SELECT version()', format: 'JSONCompactEachRow', abort_signal: signal })
    const [[version = ''] = []] = await result.json<string[]>()
    return version
  }

  /** @returns rows read by the server so far when its answer began; null where it does not say. */
  async read(sql: string, params: Readonly<Record<string, unknown>>, answer: Answer, signal: AbortSignal): Promise<number | null> {
    const { client, settings } = await this.#reach(signal)
    signal.throwIfAborted()
    const queryId = randomUUID()
    const hangUp = new AbortController()
    const running = { ended: false }
    let killing: Promise<void> | null = null
    const stop = (): void => void (killing ??= this.#kill(client, queryId, running).finally(() => hangUp.abort()))
    signal.addEventListener('abort', stop, { once: true })
    try {
      const result = await client.query({
        query: 'enable_materialized_cte' in settings ? sql : sql.replaceAll(' AS MATERIALIZED (', ' AS ('),
        query_id: queryId,
        query_params: params,
        format: 'JSONCompactEachRowWithNamesAndTypes',
        clickhouse_settings: settings,
        abort_signal: hangUp.signal,
      })
      let seen = 0
      let names: readonly string[] = []
      for await (const rows of result.stream<unknown[]>() as AsyncIterable<Row<unknown[]>[]>) {
        for (const { text } of rows) {
          const cells = JSON.parse(text) as unknown[]
          if (seen === 0) names = cells as string[]
          else if (seen === 1) answer.begin(names, cells as string[])
          else answer.row(cells)
          seen += 1
        }
      }
      const summary = result.response_headers['x-clickhouse-summary']
      const { read_rows: rows } = JSON.parse(typeof summary === 'string' ? summary : '{}') as { readonly read_rows?: string }
      return rows === undefined ? null : Number(rows)
    } catch (error) {
      // Whoever takes the rows has had enough of them; the server would go on to the end.
      if (error instanceof KpiqlError) stop()
      throw error
    } finally {
      running.ended = true
      signal.removeEventListener('abort', stop)
      await killing
    }
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.close()
  }

  async #kill(client: ClickHouseClient, queryId: string, running: { readonly ended: boolean }): Promise<void> {
    for (const until = performance.now() + KILL_FOR_MS; performance.now() < until; ) {
      try {
        // Everybody may kill what is his own.
        await client.command({ query: `KILL QUERY WHERE query_id = '${queryId}' ASYNC`, abort_signal: AbortSignal.timeout(KILL_FOR_MS) })
      } catch {
        // The order did not arrive: another may; where the server is gone for good, so is the statement.
      }
      if (running.ended) return
      await new Promise((resolve) => setTimeout(resolve, KILL_AGAIN_MS))
      if (running.ended) return
    }
  }

  #reach(signal: AbortSignal): Promise<Reached> {
    if (this.#reached === null) {
      // One for all who wait: it does not end with the first of them.
      const reached = this.#connect()
      this.#reached = reached
      reached.catch(() => {
        if (this.#reached === reached) this.#reached = null
      })
    }
    return untilAborted(this.#reached, signal)
  }

  async #connect(): Promise<Reached> {
    const { connectTimeoutMs } = this.#options
    this.#client ??= await openClient(this.#options, this.#source)
    const client = this.#client
    const tooLong = AbortSignal.timeout(connectTimeoutMs)
    const wanted = settingsOf(this.#options)
    try {
      const result = await client.query({
        query: 'SELECT version(), groupArray(name) FROM system.settings WHERE name IN {names:Array(String)}',
        query_params: { names: Object.keys(wanted) },
        format: 'JSONCompactEachRow',
        abort_signal: tooLong,
      })
      const [[version, names] = ['', []]] = await result.json<[string, string[]]>()
      return { client, version, settings: knownSettings(wanted, names) }
    } catch (error) {
      if (!tooLong.aborted) throw error
      throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Source "${this.#source}" did not answer within ${connectTimeoutMs} ms.`, hint: 'Check the host and port in `url` of the source, and what lies between; or raise `connectTimeoutMs`.', cause: error })
    }
  }
}
