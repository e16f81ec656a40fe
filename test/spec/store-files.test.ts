import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import { migrations } from '../../src/store/migrations/all.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/open-store.ts'

const run = promisify(execFile)
let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kpiql-store-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const freshFile = (): string => join(folder, `store-${++count}`, 'store.db')
const cost = { date: '2026-01-01', type: 'sales', amount: '1.50', currency: 'EUR' }
const everything = { from: null, to: null, type: null }

async function using<T>(file: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(file, systemClock)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

async function failureOf(work: Promise<unknown>): Promise<{ code?: string; message: string; hint?: string } | null> {
  return work.then(
    () => null,
    (error: Error) => error,
  )
}

describe('the store’s file', () => {
  it('is made with its folder, for its owner only, in WAL mode and with every step of the layout', async () => {
    const file = freshFile()
    await using(file, async () => {})
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const database = new DatabaseSync(file)
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' })
    expect(database.prepare('SELECT name FROM kysely_migration ORDER BY name').all().map(({ name }) => name)).toEqual(Object.keys(migrations))
    database.close()
  })

  it('is opened again as it was left', async () => {
    const file = freshFile()
    const recorded = await using(file, ({ amounts }) => amounts.record('cost', cost, null))
    const page = await using(file, ({ amounts }) => amounts.list('cost', everything, 10, null))
    expect(page.records).toEqual([recorded])
  })

  it('can be opened for the first time by several at once', async () => {
    const file = freshFile()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(file, systemClock)))
    await Promise.all(stores.map(({ amounts }) => amounts.record('cost', cost, null)))
    expect((await stores[0]?.amounts.list('cost', everything, 10, null))?.totalCount).toBe(4)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('is refused when a newer version wrote it', async () => {
    const file = freshFile()
    await using(file, async () => {})
    const database = new DatabaseSync(file)
    database.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2030-01-01T00:00:00Z')")
    database.close()
    expect(await failureOf(openStore(file, systemClock))).toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('newer version') })
  })

  it('is refused, and left alone, when it belongs to another program', async () => {
    const file = join(folder, 'theirs.db')
    const theirs = new DatabaseSync(file)
    theirs.exec('CREATE TABLE contacts (name TEXT)')
    theirs.close()
    expect(await failureOf(openStore(file, systemClock))).toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('another program') })
    const after = new DatabaseSync(file)
    expect(after.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().map(({ name }) => name)).toEqual(['contacts'])
    after.close()
  })

  it('is refused when it is damaged or cannot be opened, without a path in the message', async () => {
    const damaged = join(folder, 'damaged.db')
    writeFileSync(damaged, 'no database at all, but long enough to be looked at'.repeat(100))
    const inFile = join(damaged, 'store.db')
    const failures = [await failureOf(openStore(damaged, systemClock)), await failureOf(openStore(inFile, systemClock)), await failureOf(openStore(folder, systemClock))]
    expect(failures.map((failure) => failure?.code)).toEqual(['STORE_INVALID', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
    expect(failures.filter((failure) => `${failure?.message}${failure?.hint}`.includes(folder))).toEqual([])
  })

  it('is waited for while another program holds it', async () => {
    const file = freshFile()
    await using(file, async ({ amounts }) => {
      const other = new DatabaseSync(file)
      other.exec('BEGIN IMMEDIATE')
      const writing = amounts.record('cost', cost, null)
      expect((await amounts.list('cost', everything, 10, null)).totalCount).toBe(0)
      await new Promise((resolve) => setTimeout(resolve, 200))
      other.exec('COMMIT')
      other.close()
      await writing
      expect((await amounts.list('cost', everything, 10, null)).totalCount).toBe(1)
    })
  })

  it('is not made before something is to be kept', async () => {
    const file = freshFile()
    const store = lazyStore(file, systemClock)
    expect([await store.openIfThere(), existsSync(file)]).toEqual([null, false])
    await store.open()
    expect(existsSync(file)).toBe(true)
    expect(await store.openIfThere()).not.toBe(null)
    await store.close()
    await store.close()
  })

  it('holds all that two processes write at once, and whoever reads sees whole uploads only', async () => {
    const file = freshFile()
    await using(file, async ({ amounts }) => {
      const writers = ['a', 'b'].map((name) => run(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), file, name, '30']))
      const state = { isWriting: true }
      const done = Promise.all(writers).finally(() => {
        state.isWriting = false
      })
      const sizes: number[] = []
      while (state.isWriting) {
        const { records } = await amounts.snapshot()
        for (const rows of Map.groupBy(records.cost, ({ description }) => description).values()) sizes.push(rows.length)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await done
      expect(sizes.filter((size) => size !== 10)).toEqual([])
      const { records, revisions } = await amounts.snapshot()
      expect([records.cost.length, records.revenue.length, revisions]).toEqual([600, 60, { cost: 60, revenue: 60 }])
      expect(new Set([...records.cost, ...records.revenue].map(({ id }) => id)).size).toBe(660)
    })
    const database = new DatabaseSync(file)
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })

  it('holds whole uploads only when a process is killed among them', async () => {
    const file = freshFile()
    await using(file, async ({ amounts }) => {
      for (const afterMs of [3, 17, 41]) {
        const before = (await amounts.revisions()).cost
        const writer = spawn(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), file, `killed after ${afterMs}`, '100000'], { stdio: 'ignore' })
        while ((await amounts.revisions()).cost === before) await new Promise((resolve) => setTimeout(resolve, 2))
        await new Promise((resolve) => setTimeout(resolve, afterMs))
        const gone = new Promise((resolve) => writer.once('exit', resolve))
        writer.kill('SIGKILL')
        await gone
      }
    })
    const { records, revisions } = await using(file, ({ amounts }) => amounts.snapshot())
    const uploads = Map.groupBy(records.cost, ({ description }) => description)
    expect([...uploads.values()].filter((rows) => rows.length !== 10)).toEqual([])
    expect(revisions).toEqual({ cost: uploads.size, revenue: records.revenue.length })
    expect(uploads.size).toBeGreaterThanOrEqual(3)
  })
})
