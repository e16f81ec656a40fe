import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { makeCertificate, type Certificate } from './make-certificate.ts'
import { freePort, missingServer } from './test-server.ts'
import type { ServerAddress, TestServer } from './test-server.ts'

const USER = 'kpiql'
const PASSWORD = 'for-tests-only'
const STARTS_WITHIN_MS = 60_000

export interface MariadbServer extends TestServer {
  /** Paths of its certificate and key, in PEM, where it speaks TLS. */
  readonly certificate: Certificate | null
}

/**
 * A MariaDB with an empty data folder, whose user may do everything; null where none is installed. Nothing it holds survives it.
 *
 * @param tls whether it speaks TLS, with a certificate for `localhost` that signs itself, which clients may show as theirs.
 */
export async function startMariadb({ tls = false }: { readonly tls?: boolean } = {}): Promise<MariadbServer | null> {
  if (spawnSync('mariadbd', ['--version']).status !== 0) return missingServer('MariaDB', 'apt-get install mariadb-server')
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-mariadb-'))
  const data = join(folder, 'data')
  const user = userInfo().username
  const installed = spawnSync('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, `--user=${user}`, '--auth-root-authentication-method=normal', '--skip-test-db'], { encoding: 'utf8' })
  if (installed.status !== 0) throw new Error(`MariaDB could not make its data folder: ${installed.stderr}`)
  const grants = join(folder, 'grants.sql')
  await writeFile(grants, `CREATE USER IF NOT EXISTS '${USER}'@'%' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO '${USER}'@'%' WITH GRANT OPTION;\n`)
  const certificate = tls ? makeCertificate(folder) : null
  const port = await freePort()
  const server = spawn(
    'mariadbd',
    [
      '--no-defaults',
      `--datadir=${data}`,
      // Of its own: a server that starts removes the temporary tables of all others from a folder that they share.
      `--tmpdir=${folder}`,
      `--user=${user}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder, 'mariadb.sock')}`,
      `--pid-file=${join(folder, 'mariadb.pid')}`,
      `--init-file=${grants}`,
      // Nothing may depend on what a server was set to.
      '--default-time-zone=+05:30',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_general_ci',
      '--skip-log-bin',
      '--skip-name-resolve',
      '--skip-innodb-doublewrite',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=256M',
      '--max-connections=300',
      ...(certificate === null ? [] : [`--ssl-cert=${certificate.certFile}`, `--ssl-key=${certificate.keyFile}`, `--ssl-ca=${certificate.certFile}`]),
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const address: ServerAddress = { host: '127.0.0.1', port, user: USER, password: PASSWORD }
  const stop = async (): Promise<void> => {
    // Nothing is kept, so there is nothing to shut down in order.
    server.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await answers(address, () => server.exitCode !== null)
  } catch (error) {
    await stop()
    throw error
  }
  return { ...address, certificate, stop }
}

async function answers(address: ServerAddress, hasEnded: () => boolean): Promise<void> {
  const latestMs = Date.now() + STARTS_WITHIN_MS
  for (;;) {
    try {
      const connection = await createConnection({ ...address, connectTimeout: 2000 })
      await connection.end()
      return
    } catch (error) {
      if (hasEnded() || Date.now() > latestMs) throw error
      await wait(50)
    }
  }
}
