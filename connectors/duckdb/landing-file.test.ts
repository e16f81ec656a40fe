import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { LandingTable, OpenLanding } from '../landing-contract.ts'
import { rowsOf } from '../landing-conformance.ts'
import { openLanding } from './open-landing.ts'

const log = { debug() {}, info() {}, warn() {} }
const TABLE: LandingTable = { name: 'shop_orders', key: ['id'], columns: [{ name: 'id', kind: 'text', scale: 0 }, { name: 'count', kind: 'integer', scale: 0 }] }
const open: OpenLanding[] = []
const folders: string[] = []

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kpiql-test-'))
  folders.push(folder)
  return folder
}

function openIn(stateFolder: string): OpenLanding {
  const opened = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log, stateFolder })
  open.push(opened)
  return opened
}

const land = ({ landing }: OpenLanding, from: number, count: number): Promise<unknown> =>
  landing.commit({
    source: 'shop',
    stream: 'orders',
    tables: [TABLE],
    writes: [{ kind: 'upsert', table: TABLE.name, rows: rowsOf(TABLE, Array.from({ length: count }, (_, index) => [`order number ${from + index}`, BigInt(index)])) }],
    quarantined: [],
    state: { cursor: from, generation: 1, isWhole: false, completeUntilUtcMs: null, committedUtcMs: 0 },
    sweeps: false,
  })

afterEach(async () => {
  for (const { landing } of open.splice(0)) await landing.close()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

describe('the file of landed tables', () => {
  it('is left alone where another process has it, which is named', async () => {
    const folder = await makeFolder()
    const script = `import { openLanding } from ${JSON.stringify(new URL('./open-landing.ts', import.meta.url).href)}
      const { landing } = openLanding('synced', { memoryLimit: '256MB' }, { log: { debug() {}, info() {}, warn() {} }, stateFolder: ${JSON.stringify(folder)} })
      await landing.states('shop')
      console.log('open')
      process.stdin.once('data', () => landing.close())`
    const holder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(holder.stdout, 'data')
    const second = openIn(folder)
    await expect(second.landing.states('shop')).rejects.toMatchObject({ code: 'SOURCE_BUSY', message: `The file synced.duckdb of source "synced" is in use by another process (${holder.pid}).` })
    expect((await second.source.test()).message).toContain('in use by another process')
    holder.stdin.end('close\n')
    await once(holder, 'exit')
    // Once it is free, the next call has it.
    await land(second, 0, 1)
    expect(await second.landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 1]]))
    await expect(openIn(folder).landing.states('shop')).rejects.toMatchObject({ code: 'SOURCE_BUSY' })
  })

  it('is never deleted where it is damaged, and the error says what to do', async () => {
    const folder = await makeFolder()
    const file = join(folder, 'synced.duckdb')
    const first = openIn(folder)
    await land(first, 0, 10)
    await first.landing.close()
    const whole = await readFile(file)
    const damaged = Buffer.concat([Buffer.alloc(64, 7), whole.subarray(64)])
    await writeFile(file, damaged)
    const second = openIn(folder)
    await expect(second.landing.states('shop')).rejects.toMatchObject({ code: 'SOURCE_FAILED', hint: expect.stringContaining('backup') })
    await expect(second.source.discover()).rejects.toMatchObject({ message: expect.stringContaining('left as it is') })
    expect((await readFile(file)).equals(damaged)).toBe(true)
    await writeFile(file, whole)
    expect(await second.landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 10]]))
  })

  it('is written through now and then, so that its log stays small', async () => {
    const folder = await makeFolder()
    const opened = openIn(folder)
    let largest = 0
    for (let commit = 0; commit < 60; commit++) {
      await land(opened, commit * 20_000, 20_000)
      const wal = await stat(join(folder, 'synced.duckdb.wal')).catch(() => null)
      largest = Math.max(largest, wal?.size ?? 0)
    }
    expect(await opened.landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 1_200_000]]))
    expect(largest).toBeLessThan(64e6)
    const statistics = await opened.source.statistics(TABLE.name)
    expect([statistics.rows, statistics.columns['id']?.distinct]).toEqual([1_200_000, 1_200_000])
  })

  it('is closed after the commits that were asked for before', async () => {
    const folder = await makeFolder()
    const opened = openIn(folder)
    const landed = [land(opened, 0, 50_000), land(opened, 50_000, 10)]
    await Promise.all([opened.landing.close(), ...landed])
    await expect(land(opened, 0, 1)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(await openIn(folder).landing.rowCounts('shop')).toEqual(new Map([[TABLE.name, 50_010]]))
  })

  it('is closed behind what is being looked at', async () => {
    const opened = openIn(await makeFolder())
    await land(opened, 0, 10)
    const looks = Array.from({ length: 50 }, () => opened.landing.rowCounts('shop'))
    await opened.landing.close()
    expect(await Promise.all(looks)).toEqual(looks.map(() => new Map([[TABLE.name, 10]])))
  })
})
