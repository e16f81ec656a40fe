import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { missingServer } from './test-server.ts'
import type { ServerAddress, TestServer } from './test-server.ts'

export const USER = 'tester'
export const PASSWORD = 'pass-of-the-tests'
/** May read all tables but `secrets`. */
export const NARROW_USER = { name: 'narrow_user', password: 'pass-of-the-narrow', denied: ['secrets'] } as const

/** Two shards that are both this process, so that `Distributed` tables work; the port only says that they are here. */
const CONFIG = `<clickhouse>
  <tcp_port>9000</tcp_port>
  <logger><level>none</level></logger>
  <remote_servers>
    <two_shards>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    </two_shards>
    <one_shard>
      <shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    </one_shard>
  </remote_servers>
</clickhouse>
`

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('chdb')
    const engine = `@chdb/lib-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`
    return existsSync(createRequire(import.meta.url).resolve(engine))
  } catch {
    // No such package for this platform.
    return false
  }
}

/** The engine of `chdb` behind ClickHouse's HTTP interface, in a process of its own; null where it is not installed. */
export async function startClickhouse(): Promise<TestServer | null> {
  if (!isInstalled()) return missingServer('chdb', 'npm install --include=dev (Linux with glibc, or macOS)')
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-clickhouse-'))
  const configFile = join(folder, 'config.xml')
  writeFileSync(configFile, CONFIG)
  const users = [{ name: USER, password: PASSWORD, denied: [] }, NARROW_USER]
  const child = spawn(process.execPath, [fileURLToPath(new URL('./clickhouse-server.ts', import.meta.url)), JSON.stringify({ folder: join(folder, 'data'), configFile, users })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Each statement takes a thread of Node's pool; the process's zone must not matter.
    env: { ...process.env, UV_THREADPOOL_SIZE: '64', TZ: 'America/New_York' },
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { port } = await new Promise<{ port: number }>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as { port: number }))
    void gone.then(() => reject(new Error('The ClickHouse of the tests did not start.')))
  })
  return {
    host: '127.0.0.1',
    port,
    user: USER,
    password: PASSWORD,
    async stop() {
      child.kill('SIGTERM')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What the owner of the data does: statements that write, past the connector. @returns the answer as text, of the format the statement names. */
export async function askClickhouse(server: ServerAddress, sql: string, database = 'default'): Promise<string> {
  const address = new URL(`http://${server.host}:${server.port}/`)
  for (const [name, value] of Object.entries({ database, date_time_input_format: 'best_effort', async_insert: '0' })) address.searchParams.set(name, value)
  const response = await fetch(address, { method: 'POST', body: sql, headers: { authorization: `Basic ${Buffer.from(`${server.user}:${server.password}`).toString('base64')}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}
