import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const KPIQL = fileURLToPath(new URL('../bin/kpiql.cjs', import.meta.url))
const DATA = fileURLToPath(new URL('./data/', import.meta.url))
const STOP_MS = 15_000

/** A server in a process of its own, on 127.0.0.1; it does not outlive this one. */
export interface BenchServer {
  readonly pid: number
  readonly url: string
  /** `performance.now()` just before the process was started. */
  readonly startedMs: number
  /** What it has written to stderr so far. */
  log(): Promise<string>
  /** @returns The response's data and `extensions.kpiql`. @throws Error for anything but an answer without errors. */
  ask(query: string, variables?: object): Promise<{ readonly data: unknown; readonly kpiql: Readonly<Record<string, unknown>> }>
  /** Asks until there is an answer. @throws Error when the process ends first, or answers with errors. */
  firstAnswer(query: string): Promise<{ readonly data: unknown }>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** For its log. */
  readonly name: string
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.once(signal, () => process.exit(code))

/** `kpiql serve`, as built. */
export async function startKpiql(args: readonly string[], options: ServerOptions): Promise<BenchServer> {
  const port = await freePort()
  return startServer([KPIQL, 'serve', '--port', String(port), ...args], port, options)
}

/** @param args the program and its arguments, for the same Node as this one. */
export async function startServer(args: readonly string[], port: number, { name, cwd, env }: ServerOptions): Promise<BenchServer> {
  await mkdir(DATA, { recursive: true })
  const logFile = `${DATA}${name}.log`
  const log = await open(logFile, 'w')
  const { HOST: _host, PORT: _port, KPIQL_CONFIG: _config, NODE_ENV: _mode, ...inherited } = process.env
  const startedMs = performance.now()
  const child = spawn(process.execPath, args, { cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'ignore', log.fd] })
  const ended = once(child, 'exit')
  await log.close()
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start.`)
  running.add(child)
  void ended.then(() => running.delete(child))
  const url = `http://127.0.0.1:${port}/graphql`

  const ask: BenchServer['ask'] = async (query, variables = {}) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
    const body = (await response.json()) as { data?: unknown; errors?: readonly { message: string }[]; extensions?: { kpiql?: Record<string, unknown> } }
    if (!response.ok || body.errors !== undefined) throw new Error(`${name} answered ${response.status}: ${JSON.stringify(body.errors).slice(0, 500)}`)
    return { data: body.data, kpiql: body.extensions?.kpiql ?? {} }
  }
  return {
    pid,
    url,
    startedMs,
    log: () => readFile(logFile, 'utf8'),
    ask,
    async firstAnswer(query) {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}: ${(await readFile(logFile, 'utf8')).slice(-1000)}`)
        try {
          return await ask(query)
        } catch (error) {
          if (!isRefused(error)) throw error
          await sleep(5)
        }
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(late)
    },
  }
}

/** Nobody listens yet. */
function isRefused(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : { cause: null }
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED'
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new TypeError('A listening port has no number.')
  return address.port
}
