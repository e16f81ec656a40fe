import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { serve } from '../../src/cli/serve.ts'
import type { ReadShape } from '../../src/plan/read-shape.ts'
import { openStore } from '../../src/store/open-store.ts'
import { testWorld } from './cli-world.ts'

const MODEL = `semantic_models:
  - name: orders
    table: orders
    agg_time_dimension: ordered_on
    dimensions: [{ name: ordered_on, type: time, granularity: day }, { name: buyer, type: categorical }]
metrics: [{ name: orders, type: simple, semantic_model: orders, agg: count }]
`
const QUERY = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }, where: { buyer: { eq: "ann@example.com" } }) { metric(name: ORDERS) { value } } }'

describe('a server', () => {
  it('notes what its questions read of the sources, once though it is asked twice, and no value of them', async () => {
    const world = testWorld()
    try {
      mkdirSync(join(world.cwd, 'data'))
      writeFileSync(join(world.cwd, 'data/orders.csv'), 'id,ordered_on,buyer\n1,2026-05-03,ann@example.com\n2,2026-05-20,bob@example.com\n')
      writeFileSync(join(world.cwd, 'model.yml'), MODEL)
      writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'model: [{ use: ./model.yml, source: shop }]\nsources: { shop: { connector: duckdb, folder: data, now: 2026-06-10 } }\n')
      const { promise: listening, resolve } = Promise.withResolvers<string>()
      const ended = serve({ port: '0' }, world, resolve)
      const address = await Promise.race([listening, ended.then(() => '')])
      for (let times = 0; times < 2; times++) {
        const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: QUERY }) })
        expect(await response.json()).toMatchObject({ data: { slice: { metric: { value: 1 } } } })
      }
      world.signals.emit('SIGTERM')
      expect(await ended).toBe(0)
      const file = join(world.cwd, '.kpiql/store.db')
      const store = await openStore(file, systemClock)
      const logged = await store.queryLog.last<ReadShape>(2, systemClock.nowMs())
      expect(logged).toMatchObject([{ shape: { semanticModel: 'orders', tested: ['buyer'] }, rollup: null, reads: 1 }])
      await store.close()
      expect(readFileSync(file, 'latin1')).not.toContain('ann@example')
    } finally {
      world.remove()
    }
  })
})
