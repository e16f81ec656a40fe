import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { QueryResult } from '../../connectors/contract.ts'
import { servedWorld } from '../fixtures/served-world.ts'
import type { ServedWorld } from '../fixtures/served-world.ts'

/** Two rows of a file, and a hundred billion of one that no machine scans while a test waits. */
const MODEL = `
semantic_models:
  - name: endless
    sql: SELECT t.day, r.range AS id FROM tiny AS t, range(100000000000) AS r
    tables: [tiny]
    agg_time_dimension: day
    dimensions: [{ name: day, type: time, granularity: day }]
  - name: tiny
    table: tiny
    agg_time_dimension: tiny_day
    dimensions: [{ name: tiny_day, type: time, granularity: day, expr: day }]
    read: { columns: [{ name: day, type: date }] }
metrics:
  - { name: endless_sum, type: simple, semantic_model: endless, agg: sum, expr: id, unit: count }
  - { name: days, type: simple, semantic_model: tiny, agg: count, unit: count }
`
const ENDLESS = '{ slice(period: { between: { start: "2025-01-01", end: "2025-02-01" } }) { metric(name: ENDLESS_SUM) { value } } }'
const DAYS = '{ slice(period: { between: { start: "2025-01-01", end: "2025-02-01" } }) { metric(name: DAYS) { value } } }'

let served: ServedWorld
let address: string
const ended: string[] = []
let started = 0

beforeAll(async () => {
  served = await servedWorld({ files: { 'data/tiny.csv': 'day\n2025-01-05\n2025-01-06\n', 'data/kpiql.yml': MODEL }, data: 'data', settings: { deadlineMs: 2_000, keptAnswersBytes: 0 } })
  for (const { source } of served.gateway.sources.values()) {
    const query = source.query.bind(source)
    source.query = (...args): Promise<QueryResult> => {
      started += 1
      const running = query(...args)
      running.then(
        () => ended.push('answered'),
        (error: unknown) => ended.push(error instanceof Error && 'code' in error ? String(error.code) : 'failed'),
      )
      return running
    }
  }
  address = await served.app.listen('127.0.0.1', 0)
})
afterAll(() => served.stop())

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}

async function ask(query: string): Promise<{ data: { slice: { metric: { value: number | null } | null } }; errors?: { extensions: { code: string } }[] }> {
  const answer = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
  return (await answer.json()) as Awaited<ReturnType<typeof ask>>
}

describe('a scan without end', () => {
  it('stops in the engine when its client hangs up, and others are answered', async () => {
    const client = request(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    client.on('error', () => {})
    client.end(JSON.stringify({ query: ENDLESS }))
    await until(() => started > 0)
    client.destroy()
    await until(() => ended.length === started)
    expect(ended).toEqual(['CANCELLED'])
    expect((await ask(DAYS)).data.slice.metric?.value).toBe(2)
  })

  it('stops in the engine when its time is up, and says so', async () => {
    const answer = await ask(ENDLESS)
    expect(answer.errors?.[0]?.extensions.code).toBe('DEADLINE_EXCEEDED')
    await until(() => ended.length === started)
    expect(ended.at(-1)).toBe('CANCELLED')
  })
})
