import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { QuerySource } from '../../connectors/contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { HistoryKeeper } from '../../src/answer/history-keeper.ts'
import { ScanHistory } from '../../src/answer/scan-history.ts'
import type { AnalyticsSession } from '../../src/answer/types.ts'
import { fixedClock, systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Facts } from '../../src/plan/facts.ts'
import { pickForm } from '../../src/plan/forms/pick-form.ts'
import type { Scan, ScanForm } from '../../src/plan/scan.ts'
import { select } from '../../src/sql/tree.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openTestSource } from '../engines/open-test-source.ts'

// Sales in 3,000 shops, one a shop and month and 4 buyers in turn; the statistics say that there are 3 shops.

const MODEL = `
semantic_models:
  - name: sales
    table: sales
    agg_time_dimension: sold_at
    entities: [{ name: buyer, type: foreign, expr: buyer_id }]
    dimensions:
      - { name: sold_at, type: time, granularity: day }
      - { name: shop, type: categorical }
metrics:
  - { name: buyers, semantic_model: sales, agg: count_distinct, expr: buyer_id }
  - { name: sales, semantic_model: sales, agg: count }
`
const SHOPS = 3_000
const TRUTH = SHOPS
const LIE = TRUTH / 1_000
const NOW = Date.UTC(2026, 0, 1)

const folder = mkdtempSync(join(tmpdir(), 'kpiql-observed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

class Watching extends ScanHistory {
  readonly forms: ScanForm[] = []

  override note(scan: Scan, columns: Parameters<ScanHistory['note']>[1], rowCount: number, ms: number): void {
    this.forms.push(scan.form)
    super.note(scan, columns, rowCount, ms)
  }
}

async function shops(count = SHOPS, lie = LIE): Promise<QuerySource> {
  const rows = `SELECT DATE '2025-01-15' + to_months(m::INTEGER) AS sold_at, 's' || i AS shop, (i + m) % 4 AS buyer_id FROM range(${count}) AS shops(i), range(2) AS months(m)`
  const source = await openTestSource('shops', { sales: { columns: { sold_at: 'DATE', shop: 'VARCHAR', buyer_id: 'BIGINT' }, rows } })
  open.push(source)
  const honest = source.statistics.bind(source)
  return Object.assign(source, {
    statistics: async (table: string) => {
      const { rows: found, columns } = await honest(table)
      return { rows: found, columns: { ...columns, shop: { distinct: lie, min: null, max: null, hasNulls: false } } }
    },
  })
}

function gateway(source: QuerySource, history: ScanHistory) {
  const { model } = loadModel([{ name: 'shops.yml', text: MODEL }], { source: 'shops' })
  if (model === null) throw new Error('The model has faults.')
  const analytics = createAnalytics({ model, sources: new Map([['shops', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 100_000, history })
  const period = resolvePeriod({ between: { start: '2025-01-01', end: '2025-04-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: model.calendar })
  const session = (): AnalyticsSession => analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const question = (shop: string) => {
    const predicate: Predicate = { kind: 'atom', dimension: 'shop', test: { op: 'in', values: [shop], caseInsensitive: false } }
    return { metric: 'buyers', predicate, period, grain: 'month' as const, by: [] }
  }
  return {
    ask: async (...names: readonly string[]) => {
      const at = session()
      const answers = await Promise.all(names.map((shop) => at.metric(question(shop))))
      return answers.map(({ groups }) => groups[0]?.cells.map(({ value }) => value))
    },
    bySize: (...names: readonly string[]) => {
      const predicate: Predicate = names.length === 0 ? { kind: 'all' } : { kind: 'atom', dimension: 'shop', test: { op: 'in', values: names, caseInsensitive: false } }
      return session().metric({ metric: 'sales', predicate, period, grain: null, by: [{ kind: 'dimension', dimension: 'shop' }] })
    },
    bySizeIn: (start: string, end: string) => {
      const short = resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: NOW, calendar: model.calendar })
      return session().metric({ metric: 'sales', predicate: { kind: 'all' }, period: short, grain: null, by: [{ kind: 'dimension', dimension: 'shop' }] })
    },
    why: async (shop: string) => (await session().explain({ ...question(shop), by: [] })).scans.map(({ why }) => why),
  }
}

const ONE_EACH = [[1, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]
const FIVE = ['s0', 's1', 's2', 's2999', 'none'] as const

describe('statistics that are wrong by a thousand times', () => {
  it('are corrected by what the first statement finds: the second takes another form, and the answer is the same', async () => {
    const history = new Watching()
    const { ask, why } = gateway(await shops(), history)
    expect(await ask(...FIVE)).toEqual(ONE_EACH)
    expect(await ask(...FIVE)).toEqual(ONE_EACH)
    expect(await ask(...FIVE)).toEqual(ONE_EACH)
    expect(history.forms).toEqual(['turned', 'distinct', 'distinct'])
    expect(await why('s1')).toEqual([expect.stringContaining(`of shop the statistics say ${LIE} values, and ${TRUTH} were seen`)])
  })

  it('are corrected by other questions that group by the column, too', async () => {
    const history = new Watching()
    const { ask, bySize } = gateway(await shops(), history)
    expect((await bySize()).groups).toHaveLength(SHOPS)
    expect(await ask(...FIVE)).toEqual(ONE_EACH)
    expect(history.forms).toEqual(['grouped', 'distinct'])
  })

  it('stay corrected after a restart', async () => {
    const source = await shops()
    const file = join(folder, 'state.db')
    const before = new ScanHistory()
    const store = await openStore(file, systemClock)
    const keeper = new HistoryKeeper({ history: before, log: silentLog, read: () => store.observed.all(), keep: (entries) => store.observed.put(entries, NOW) })
    await keeper.start()
    await gateway(source, before).ask(...FIVE)
    await keeper.close()
    await store.close()

    const after = new Watching()
    const again = await openStore(file, systemClock)
    open.push(again)
    await new HistoryKeeper({ history: after, log: silentLog, read: () => again.observed.all(), keep: () => Promise.resolve() }).start()
    expect(await gateway(source, after).ask(...FIVE)).toEqual(ONE_EACH)
    expect(after.forms).toEqual(['distinct'])
  })

  it('are observed anew where nothing could be read, and no question fails', async () => {
    const history = new Watching()
    const keeper = new HistoryKeeper({ history, log: silentLog, read: () => Promise.reject(new Error('The disk is gone.')), keep: () => Promise.reject(new Error('The disk is gone.')) })
    await keeper.start()
    expect(await gateway(await shops(), history).ask(...FIVE)).toEqual(ONE_EACH)
    await keeper.close()
    expect(history.forms).toEqual(['turned'])
  })
})

describe('statistics that say too many values', () => {
  const [FEW, MANY] = [9, 1_000_000]
  const all = ['s0', 's1', 's2', 's8', 'none'] as const

  it('are corrected by a question that looked through most of the table: the next takes another form, and the answer is the same', async () => {
    const history = new Watching()
    const { ask, bySize, why } = gateway(await shops(FEW, MANY), history)
    expect(await ask(...all)).toEqual(ONE_EACH)
    expect((await bySize()).groups).toHaveLength(FEW)
    expect(await ask(...all)).toEqual(ONE_EACH)
    expect(history.forms).toEqual(['distinct', 'masked', 'turned'])
    expect(await why('s1')).toEqual([expect.stringContaining(`of shop the statistics say ${MANY} values, and ${FEW} were seen`)])
  })

  it('are not by one that looked through a few days, or at a few values', async () => {
    const history = new Watching()
    const { ask, bySize, bySizeIn } = gateway(await shops(FEW, MANY), history)
    expect((await bySizeIn('2025-01-10', '2025-01-20')).groups).toHaveLength(FEW)
    expect((await bySize('s1', 's2')).groups).toHaveLength(2)
    expect(await ask(...all)).toEqual(ONE_EACH)
    expect(history.forms).toEqual(['masked', 'masked', 'distinct'])
  })

  it('are trusted again once a statement finds more values than were seen', () => {
    const history = new ScanHistory()
    const scan = (whole: boolean): Scan => ({ semanticModel: 'sales', form: 'grouped', why: '', seen: [{ index: 0, semanticModel: 'sales', expr: 'shop', whole }], query: select({ columns: [], from: { kind: 'table', name: 'sales' } }), columns: ['text'], reads: [], fold: () => [] })
    history.note(scan(true), [['a', 'b', null]], 3, 1)
    expect([history.all('sales', 'shop'), history.distinct('sales', 'shop')]).toEqual([2, 2])
    history.note(scan(false), [['a', 'b', 'c', 'd']], 4, 1)
    expect([history.all('sales', 'shop'), history.distinct('sales', 'shop')]).toEqual([2, 4])
    history.forget(scan(false))
    expect(history.all('sales', 'shop')).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('which of two forms is taken', () => {
  const facts = (rows: number, took: Readonly<Record<string, { readonly asked: number; readonly ms: number }>>): Facts => ({
    rows: () => rows,
    byRow: () => false,
    distinct: () => null,
    columnType: () => null,
    exactCollation: () => null,
    range: () => null,
    observed: { distinct: () => null, all: () => null, form: (_shape, form) => took[form] ?? null },
  })
  const pick = (rows: number, took: Parameters<typeof facts>[1], apart: number): ScanForm => pickForm(facts(rows, took), 'sales', 'some shape', 'stepped', 'grouped', apart).form
  const MILLION = 1_000_000

  it('is the one estimated to be faster while nothing is known', () => {
    expect(pick(MILLION, {}, 1)).toBe('stepped')
  })

  it('is the other once, where the estimates are near each other and the first was tried twice', () => {
    expect(pick(MILLION, { stepped: { asked: 1, ms: 300 } }, 1.5)).toBe('stepped')
    expect(pick(MILLION, { stepped: { asked: 2, ms: 300 } }, 1.5)).toBe('grouped')
    expect(pick(MILLION, { stepped: { asked: 2, ms: 300 } }, 8)).toBe('stepped')
  })

  it('is the one that was clearly faster, once both were tried', () => {
    expect(pick(MILLION, { stepped: { asked: 2, ms: 300 }, grouped: { asked: 1, ms: 200 } }, 1.5)).toBe('grouped')
    expect(pick(MILLION, { stepped: { asked: 2, ms: 300 }, grouped: { asked: 1, ms: 260 } }, 1.5)).toBe('stepped')
  })

  it('is never a matter of trying on small tables, and for what takes a moment anyway', () => {
    expect(pick(1_000, { stepped: { asked: 9, ms: 300 } }, 1.5)).toBe('stepped')
    expect(pick(MILLION, { stepped: { asked: 9, ms: 5 } }, 1.5)).toBe('stepped')
  })
})
