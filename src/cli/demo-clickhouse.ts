import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { loadPackage } from '../base/load-package.ts'
import type { DemoFlags } from './demo.ts'
import { showProgress } from './progress.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface ClickhouseFlags extends Omit<DemoFlags, 'out' | 'format'> {
  readonly to?: string
  readonly url?: string
  readonly print?: true
  readonly cluster?: string
  readonly replicated?: true
}

/**
 * Makes the tables of the demo company in ClickHouse and fills them; with `print`, only says how. Tables that are there already
 * are never written to.
 *
 * @throws KpiqlError `USAGE`, `CONFIG_INVALID` without the client's package, `SOURCE_FAILED` with ClickHouse's own words, `CANCELLED`.
 */
export async function demoToClickhouse(flags: ClickhouseFlags, world: World): Promise<number> {
  const { url = world.env['CLICKHOUSE_URL'], print, cluster = null, replicated = false, to: _to, ...asked } = flags
  if (replicated && cluster === null) throw new KpiqlError('USAGE', { message: 'Replicated tables are those of a cluster.', hint: 'Name it: --cluster NAME, as in system.clusters.' })
  if (print === undefined && !url) throw new KpiqlError('USAGE', { message: 'Where ClickHouse is was not said.', hint: 'Give --url http://user:password@host:8123/database (or CLICKHOUSE_URL), or --print for the statements alone.' })
  const [{ DEMO_DEFAULTS, generateDemo }, { allTables }, { clickhouseTables }] = await Promise.all([import('../../demo/generate.ts'), import('../../demo/tables.ts'), import('../../demo/clickhouse-tables.ts')])
  const tables = allTables()
  const statements = clickhouseTables(tables, { cluster, replicated })
  if (print) {
    world.out.write(`${statements.join(';\n\n')};\n`)
    return EXIT.ok
  }

  const clickhouse = await openClient(url ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-demo-'))
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const progress = showProgress(world.err, 'Making the demo company')
  world.signals.on('SIGINT', interrupt)
  try {
    const taken = await clickhouse.tables(tables.flatMap(({ name }) => [name, `${name}_local`]))
    if (taken.length > 0) throw new KpiqlError('USAGE', { message: `ClickHouse has the table "${taken[0]}" already.`, hint: 'Choose an empty database, as the last part of the address.' })
    const { files } = await generateDemo({ ...DEMO_DEFAULTS, ...asked, format: 'csv', out: join(folder, 'company'), signal: stop.signal, onProgress: (done, what) => progress.tell(done * 0.5, what) })
    for (const statement of statements) await clickhouse.command(statement)
    const written = tables.map(({ name }) => ({ name, rows: files.find((file) => file.name === `${name}.csv`)?.rows ?? 0 }))
    for (const [index, { name }] of written.entries()) {
      progress.tell(0.5 + (0.5 * index) / written.length, name)
      await clickhouse.load(name, join(folder, 'company', `${name}.csv`), stop.signal)
    }
    progress.end(`Loaded the demo company into ClickHouse: ${written.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en')} rows in ${written.length} tables.`)
    return EXIT.ok
  } catch (error) {
    progress.end('The demo company is not in ClickHouse, or not whole.')
    throw stop.signal.aborted ? new KpiqlError('CANCELLED', { message: 'Stopped.', hint: 'Drop the tables before trying again.', cause: error }) : asOurs(error)
  } finally {
    world.signals.off('SIGINT', interrupt)
    await rm(folder, { recursive: true, force: true })
    await clickhouse.close()
  }
}

interface Clickhouse {
  /** Those of these names that are there. */
  tables(names: readonly string[]): Promise<readonly string[]>
  command(sql: string): Promise<void>
  /** Streams the file; ClickHouse cuts it into blocks. */
  load(table: string, file: string, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

async function openClient(url: string): Promise<Clickhouse> {
  const { createClient } = await loadPackage('@clickhouse/client', 'kpiql demo --to clickhouse', () => import('@clickhouse/client'))
  const address = URL.canParse(url) ? new URL(url) : null
  if (address === null || !/^https?:$/.test(address.protocol)) throw new KpiqlError('USAGE', { message: 'The address of ClickHouse is none.', hint: 'Write it as http://user:password@host:8123/database.' })
  const client = createClient({ url: address, request_timeout: 3_600_000, log: { level: 127 } })
  return {
    async tables(names) {
      const found = await client.query({ query: 'SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)} ORDER BY name', query_params: { names }, format: 'JSONEachRow' })
      return (await found.json<{ readonly name: string }>()).map(({ name }) => name)
    },
    command: async (query) => void (await client.command({ query })),
    load: async (table, file, signal) =>
      void (await client.insert({
        table,
        values: createReadStream(file),
        format: 'CSVWithNames',
        abort_signal: signal,
        // Rows of a Distributed table are on their shards when the load says so.
        clickhouse_settings: { date_time_input_format: 'best_effort', input_format_csv_empty_as_default: 1, distributed_foreground_insert: 1 },
      })),
    close: () => client.close(),
  }
}

function asOurs(error: unknown): unknown {
  if (error instanceof KpiqlError || !(error instanceof Error)) return error
  return new KpiqlError('SOURCE_FAILED', { message: `ClickHouse refused: ${error.message.split('\n')[0]?.slice(0, 300) ?? ''}`, hint: 'See whether it runs there, and what the user may do.', cause: error })
}
