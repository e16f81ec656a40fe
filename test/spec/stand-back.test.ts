import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)

/** In a process of its own: a priority that was lowered cannot be raised again. Tells the niceness of each thread, by name, after an engine has worked. */
const SCRIPT = `
  import { readdirSync, readFileSync } from 'node:fs'
  import { readFile } from 'node:fs/promises'
  import { getPriority } from 'node:os'
  import { DuckDBInstance } from '@duckdb/node-api'
  import { standBack } from './src/http/stand-back.ts'
  await readFile('package.json')
  const count = standBack(Number(process.env.NICENESS))
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '3' })).connect()
  await connection.runAndReadAll('SELECT sum(range) FROM range(1000000)')
  const threads = readdirSync('/proc/self/task').map((thread) => [readFileSync('/proc/self/task/' + thread + '/comm', 'utf8').trim(), getPriority(Number(thread))])
  console.log(JSON.stringify({ count, loop: getPriority(process.pid), threads }))
`

async function nicenessOf(niceness: number): Promise<{ readonly count: number; readonly loop: number; readonly threads: readonly (readonly [name: string, niceness: number])[] }> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SCRIPT], { cwd: new URL('../../', import.meta.url), env: { ...process.env, NICENESS: String(niceness), UV_THREADPOOL_SIZE: '4' } })
  return JSON.parse(stdout) as Awaited<ReturnType<typeof nicenessOf>>
}

describe.runIf(process.platform === 'linux')('threads that scan', () => {
  it('stand back by so much, those that the engine starts later too, and the event loop does not', async () => {
    const own = await nicenessOf(0)
    const { count, loop, threads } = await nicenessOf(Math.min(19, own.loop + 7))
    expect(count).toBe(4)
    expect(loop).toBe(own.loop)
    const ofPool = threads.filter(([name]) => name === 'libuv-worker')
    expect(ofPool.length).toBeGreaterThan(4)
    for (const [, niceness] of ofPool) expect(niceness).toBe(Math.min(19, own.loop + 7))
    for (const [name, niceness] of threads) if (name !== 'libuv-worker') expect([name, niceness]).toEqual([name, own.loop])
  })

  it('stay as they are where nothing is to be done', async () => {
    const { count, loop, threads } = await nicenessOf(0)
    expect(count).toBe(0)
    expect(new Set(threads.map(([, niceness]) => niceness))).toEqual(new Set([loop]))
  })
})
