import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { QueryLog } from '../../src/answer/query-log.ts'
import type { NotedScan } from '../../src/answer/read-log.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Membership, Rollup } from '../../src/model/types.ts'
import { rollupForShape, shapeOfRead } from '../../src/plan/read-shape.ts'
import type { AnyRead } from '../../src/plan/read.ts'
import { placeRead } from '../../src/plan/rollups/choose-rollup.ts'
import type { RollupTable } from '../../src/plan/rollups/rollup.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import { openStore } from '../../src/store/open-store.ts'
import { QueryLogRecords } from '../../src/store/query-log-records.ts'
import { openStoreFiles } from '../../src/store/store-files.ts'
import { ZONES, asksAt } from '../oracle/random-asks.ts'
import { shopPlanning } from '../oracle/shop-planning.ts'

const NOW = Date.UTC(2025, 5, 18, 10, 20)
const { context: contextAt, reads: readsOf } = shopPlanning(NOW, { rows: 1000, distinct: 3, range: null })

const TOTALS = ['gross', 'revenue', 'weight_total', 'items', 'orders', 'orders_with_status', 'average_order', 'smallest_amount', 'largest_amount', 'rush_orders']
const declared = (zone: string): readonly Rollup[] => {
  const one = (rest: Partial<Rollup> & Pick<Rollup, 'metrics'>): Rollup => ({ name: 'one', semanticModel: 'orders', dimensions: [], entities: [], grain: 'day', zone, ...rest })
  return [
    one({ metrics: TOTALS, dimensions: ['status', 'segment', 'channel', 'rush'] }),
    one({ metrics: TOTALS, dimensions: ['status', 'channel', 'continent', 'segment', 'quantity'], grain: 'hour', zone: 'UTC' }),
    one({ metrics: ['buyers', 'gross', 'orders'], dimensions: ['status', 'channel'], entities: ['customer'] }),
    one({ metrics: ['revenue_by_date', 'orders_by_date', 'buyers_by_date'], entities: ['customer'] }),
    one({ semanticModel: 'subscriptions', metrics: ['mrr', 'subscriptions', 'average_price'], dimensions: ['plan', 'segment', 'country', 'vip'] }),
    one({ semanticModel: 'customers', metrics: ['customers_ever'], dimensions: ['segment'] }),
    one({ semanticModel: 'leases', metrics: ['leases_out'], dimensions: ['segment'] }),
  ]
}

function tableFor(rollup: Rollup): RollupTable {
  const { shape, measures } = shapeOfRollup(contextAt(), rollup)
  if (shape === null) throw new Error(`Nothing of ${rollup.metrics.join()} can be kept.`)
  return { shape, measures, table: 'one', rows: 1 }
}

describe('the shape of a read', () => {
  it('tells which rollups answer it as well as the read itself (400 random batches)', () => {
    const [answered, refused] = [new Set<string>(), new Set<string>()]
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.array(asksAt(2024, ['orders', 'orders', 'subscriptions', 'leases', 'customers']), { minLength: 1, maxLength: 6 }), (zone, asks) => {
        declared(zone).forEach((rollup, index) => {
          const context = contextAt([tableFor(rollup)])
          for (const ask of asks) {
            // Most questions of a rollup's zone would not meet by chance.
            for (const read of readsOf(context, index % 2 === 0 ? { ...ask, zone } : ask)) {
              const itself = placeRead(context, read) !== null
              expect({ ask, rollup, byShape: rollupForShape(contextAt(context.rollups), shapeOfRead(context, read), read) !== null }).toEqual({ ask, rollup, byShape: itself })
              ;(itself ? answered : refused).add(`${index} ${ask.metric}`)
            }
          }
        })
      }),
      { numRuns: 400, seed: 20_261_122 },
    )
    // It has to be tried both ways to mean anything.
    expect([answered.size > 15, refused.size > 30]).toEqual([true, true])
  })

  it('is one for all values, and holds none of them', () => {
    const context = contextAt()
    const shapes = ['paid', 'secret of Ann'].map((value) => {
      const [read] = readsOf(context, { metric: 'gross', predicate: { kind: 'atom', dimension: 'status', test: { op: 'in', values: [value], caseInsensitive: false } }, zone: 'Europe/Berlin', start: '2025-01-01', end: '2025-03-01', grain: 'month', by: [{ kind: 'dimension', dimension: 'segment' }] })
      return read === undefined ? null : shapeOfRead(context, read)
    })
    expect(shapes[0]).toEqual(shapes[1])
    expect(shapes[0]).toMatchObject({ semanticModel: 'orders', kind: 'aggregate', tested: ['status'], entities: [], by: [{ kind: 'dimension', dimension: 'segment' }], zone: 'Europe/Berlin', grain: 'month', edges: { midnights: true } })
    expect(JSON.stringify(shapes)).not.toContain('Ann')
  })

  it('names the entity by which a cohort is told, and neither the cohort nor its members', () => {
    const context = contextAt()
    const list: Membership = { kind: 'list', entity: 'customer', version: '1', ids: ['c1', 'c77'] }
    const [read] = readsOf(context, { metric: 'orders', predicate: { kind: 'member', of: list }, zone: 'UTC', start: '2025-01-01', end: '2025-03-01', grain: null, by: [] })
    const shape = read === undefined ? null : shapeOfRead(context, read)
    expect(shape).toMatchObject({ tested: [], entities: ['customer'], needsTable: false })
    expect(JSON.stringify(shape)).not.toContain('c77')
  })
})

describe('the query log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-log-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const clock = { ms: Date.UTC(2026, 0, 1, 23, 59), nowMs: () => clock.ms }
  const context = contextAt()
  const readOf = (status: string): AnyRead => {
    const [read] = readsOf(context, { metric: 'gross', predicate: { kind: 'atom', dimension: 'status', test: { op: 'in', values: [status], caseInsensitive: false } }, zone: 'UTC', start: '2025-01-01', end: '2025-03-01', grain: null, by: [] })
    if (read === undefined) throw new Error('It reads something.')
    return read
  }
  const scan = (reads: readonly AnyRead[], rest: Partial<NotedScan> = {}): NotedScan => ({ context, reads, rollup: null, rowsRead: 900, elapsedMs: 30, ...rest })

  it('counts reads by day and shape, and shares rows and time out among the reads of a statement', async () => {
    const store = await openStore(join(folder, 'counts.db'), clock)
    const log = new QueryLog({ clock, log: silentLog, keep: (tallies) => store.queryLog.add(tallies, 90, clock.ms) })
    log.note(scan([readOf('before it was started')]))
    log.start()
    log.note(scan([readOf('paid'), readOf('refund'), readOf('failed')]))
    await log.flush()
    clock.ms += 120_000
    log.note(scan([readOf('paid')], { rowsRead: 100, elapsedMs: 5 }))
    log.note(scan([readOf('paid')], { rollup: 'daily', rowsRead: null }))
    await log.close()
    const shape = shapeOfRead(context, readOf('paid'))
    const last = { lastUtcMs: clock.ms }
    expect(await store.queryLog.last(2, clock.ms)).toEqual([
      { ...last, day: '2026-01-02', shape, rollup: null, reads: 4, rows: 1000, ms: 35 },
      { ...last, day: '2026-01-02', shape, rollup: 'daily', reads: 1, rows: null, ms: 30 },
    ])
    // Of today alone.
    expect((await store.queryLog.last(1, clock.ms)).map(({ reads, rows }) => [reads, rows])).toEqual([[1, null], [1, 100]])
    await store.close()
  })

  it('keeps so many days, and so many shapes, of which those of the longest days ago and the least time go first', async () => {
    const files = await openStoreFiles(join(folder, 'bounds.db'))
    const records = new QueryLogRecords(files, 3)
    const entry = (day: string, name: string, ms: number) => ({ day, shape: { name }, rollup: null, reads: 1, rows: 1, ms, lastUtcMs: Date.parse(day) })
    const now = Date.UTC(2026, 0, 10)
    await records.add([entry('2026-01-05', 'old', 100)], 5, Date.UTC(2026, 0, 5))
    expect(await records.last(1, Date.UTC(2026, 0, 5))).toHaveLength(1)
    await records.add([entry('2026-01-10', 'a', 1)], 5, now)
    expect((await records.last<{ name: string }>(30, now)).map(({ shape }) => shape.name)).toEqual(['a'])
    await records.add([entry('2026-01-09', 'b', 100), entry('2026-01-10', 'c', 5), entry('2026-01-10', 'd', 2), entry('2026-01-10', 'e', 3)], 5, now)
    expect((await records.last<{ name: string }>(30, now)).map(({ shape }) => shape.name)).toEqual(['c', 'e', 'd'])
    await files.close()
  })

  it('is lost where it cannot be written, and nobody hears of it but the log, once', async () => {
    const told: string[] = []
    const log = new QueryLog({ clock, log: { ...silentLog, warn: (_: object, message: string) => void told.push(message) }, keep: () => Promise.reject(new Error('The disk is full.')) })
    log.start()
    for (let times = 0; times < 2; times++) {
      log.note(scan([readOf('paid')]))
      await log.flush()
    }
    await log.close()
    expect(told).toEqual(['What was asked could not be written to the query log'])
  })
})
