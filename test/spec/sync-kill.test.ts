import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { decimalToText, type DecimalNumber } from '../../src/base/decimal-number.ts'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { startVendor } from '../vendors/vendor-server.ts'
import { toolPage } from './sync-paged-tool.ts'

const SIZE = 500
const PAGES = 400
const KILLS = 50
const COMMIT_RECORDS = 1500
const SEED = 7
const CHILD = fileURLToPath(new URL('./sync-kill-child.ts', import.meta.url))

/** The same draws each time, by a linear congruence of 32 bits. */
function drawsOf(seed: number): (count: number) => number {
  let state = seed
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

describe('a sync that is killed', () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  })

  it(`has every row once after ${KILLS} kills, as one whole reading`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kpiql-kill-'))
    folders.push(folder)
    const draw = drawsOf(SEED)
    const progress = { left: Infinity, lateMs: 0, kill: (): void => {}, furthest: 0 }
    const vendor = await startVendor(async ({ path }) => {
      const page = Number(path.split('/').at(-1))
      progress.furthest = Math.max(progress.furthest, page)
      // A page that is asked for while a commit runs: the kill comes in the midst of it, before it, or after it.
      if (--progress.left < 0) {
        await sleep(progress.lateMs)
        progress.kill()
      }
      return { json: toolPage(page, PAGES, SIZE) }
    })
    try {
      let told = ''
      const run = async (): Promise<string | null> => {
        const child = spawn(process.execPath, [CHILD, vendor.url, folder, String(COMMIT_RECORDS)], { stdio: ['ignore', 'pipe', 'inherit'] })
        told = ''
        child.stdout.on('data', (data: Buffer) => (told += data.toString()))
        progress.kill = () => child.kill('SIGKILL')
        const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
        return signal
      }
      const reached: number[] = []
      for (let kill = 0; kill < KILLS; kill++) {
        progress.left = 1 + draw(14)
        progress.lateMs = draw(25)
        expect([kill, await run()]).toEqual([kill, 'SIGKILL'])
        reached.push(progress.furthest)
      }
      // They were killed on the way, not all at the same place.
      expect(new Set(reached).size).toBeGreaterThan(KILLS / 2)
      expect(progress.furthest).toBeLessThan(PAGES - 1)
      progress.left = Infinity
      expect(await run()).toBeNull()
      expect(JSON.parse(told)).toMatchObject([{ name: 'items', state: 'whole', error: null }])
    } finally {
      await vendor.close()
    }

    const { landing, source } = openLanding('synced', { memoryLimit: '256MB', threads: 2 }, { log: { debug() {}, info() {}, warn() {} }, stateFolder: folder })
    const items = await source.query({ text: 'SELECT id, page, amount, label, happened_at FROM tool_items', params: [], columns: ['text', 'integer', 'decimal', 'text', 'timestamp'] })
    const days = await source.query({ text: 'SELECT day, part, total FROM tool_days ORDER BY day, part', params: [], columns: ['integer', 'integer', 'integer'] })
    const quarantine = await landing.quarantine('tool')
    const booked = await landing.rowCounts('tool')
    await landing.close()

    const expected = new Map<string, string>()
    const restated = new Map<string, readonly bigint[]>()
    for (let page = 0; page < PAGES; page++) {
      const { items: shown, days: own } = toolPage(page, PAGES, SIZE)
      for (const { id, page: of, amount, label, happened_at } of shown) if (amount !== 'much') expected.set(String(id), JSON.stringify([String(of), amount, label, new Date(Number(happened_at)).toISOString()]))
      for (const { day, part, total } of own) restated.set(`${String(day)}/${String(part)}`, [day, part, total].map((value) => BigInt(Number(value))))
    }
    expect([items.rowCount, expected.size]).toEqual([SIZE * PAGES, SIZE * PAGES])
    let equal = 0
    const [id = [], page = [], amount = [], label = [], happened = []] = items.columns
    for (let row = 0; row < items.rowCount; row++) {
      const found = JSON.stringify([String(page[row]), decimalToText(amount[row] as DecimalNumber), label[row], happened[row]])
      if (expected.get(String(id[row])) === found) equal++
    }
    expect([equal, new Set(id).size]).toEqual([SIZE * PAGES, SIZE * PAGES])
    expect(Array.from({ length: days.rowCount }, (_, row) => days.columns.map((column) => column[row]))).toEqual([...restated.values()].toSorted((a, b) => Number((a[0] ?? 0n) - (b[0] ?? 0n)) || Number((a[1] ?? 0n) - (b[1] ?? 0n))))
    expect([quarantine.total, booked]).toEqual([PAGES / 50, new Map([['tool_days', restated.size], ['tool_items', SIZE * PAGES]])])
  }, 240_000)
})
