import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from 'redis'
import { freePort, missingServer } from './test-server.ts'

/** A Redis of a test's own, which keeps nothing on disk. */
export interface TestRedis {
  readonly url: string
  /** As when the machine goes down: what it held is lost. */
  kill(): Promise<void>
  /** On the same port, empty; nothing where it runs. */
  startAgain(): Promise<void>
  /** As when it hangs: connections stay, nothing is answered. */
  freeze(): void
  thaw(): void
  /** Runs a command beside the gateways. */
  command(...args: readonly string[]): Promise<unknown>
  stop(): Promise<void>
}

/** Null where `redis-server` is not installed. */
export async function startRedis(): Promise<TestRedis | null> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let process: ChildProcess | null = await begin(port)
  if (process === null) return missingServer('Redis', 'apt-get install redis-server')

  const kill = async (): Promise<void> => {
    const running = process
    process = null
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  return {
    url,
    kill,
    stop: kill,
    async startAgain() {
      process ??= await begin(port)
    },
    freeze: () => void process?.kill('SIGSTOP'),
    thaw: () => void process?.kill('SIGCONT'),
    async command(...args) {
      const client = await createClient({ url, RESP: 2 }).on('error', () => undefined).connect()
      try {
        return await client.sendCommand(args)
      } finally {
        client.destroy()
      }
    },
  }
}

/** Ready to answer; null where the program is not there. */
async function begin(port: number): Promise<ChildProcess | null> {
  const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--loglevel', 'notice'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const { promise: ready, resolve, reject } = Promise.withResolvers<boolean>()
  child.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(false) : reject(error)))
  child.once('exit', () => reject(new Error('redis-server ended.')))
  child.stdout?.on('data', (text: Buffer) => {
    if (text.includes('Ready to accept connections')) resolve(true)
  })
  return (await ready) ? child : null
}
