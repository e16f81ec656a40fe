import { describe, expect, it } from 'vitest'
import { compileAsk } from '../../src/answer/compile-ask.ts'
import { suggestRollups } from '../../src/jobs/rollups/suggest/suggest-rollups.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { CompileContext } from '../../src/plan/metrics/compile-metric.ts'
import type { Facts } from '../../src/plan/facts.ts'
import { shapeOfRead } from '../../src/plan/read-shape.ts'
import { asked } from '../oracle/compare-answers.ts'

const MODEL = `
semantic_models:
  - name: users
    table: users
    entities: [{ name: user, type: primary, expr: user_id }]
    dimensions: [{ name: country, type: categorical }]
  - name: events
    table: events
    agg_time_dimension: happened_at
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: happened_at, type: time, granularity: minute, timezone: UTC }, { name: kind, type: categorical }, { name: device, type: categorical }]
  - name: subscriptions
    table: subscriptions
    entities: [{ name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: starts_on, type: time, granularity: day }, { name: ends_on, type: time, granularity: day }, { name: plan, type: categorical }]
    validity: { start: starts_on, end: ends_on }
metrics:
  - { name: events, semantic_model: events, agg: count }
  - { name: views, semantic_model: events, agg: count, filter: "kind = 'view'" }
  - { name: month_1, type: retention, entity: user, start: events, activity: views, grain: month, period: 1, unit: percent }
  - { name: new_mrr, type: movement, semantic_model: subscriptions, entity: user, expr: price, component: new, unit: currency }
`
const NOW = Date.parse('2026-03-10T10:00:00Z')

function context(): CompileContext {
  const loaded = loadModel([{ name: 'm.yml', text: MODEL }], { source: 's' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { model } = loaded
  const facts: Facts = { rows: () => 50_000_000, byRow: () => false, distinct: () => 4, columnType: () => 'decimal', exactCollation: () => null, range: () => ({ min: '2024-01-01', max: '2026-03-10' }) }
  return { model, facts, calendar: model.calendar, nowUtcMs: NOW, memberships: new Map(), coverage: { first: () => null, wantedFromUtcMs: () => null, watermarkUtcMs: () => null, backfill: () => null }, missing: () => null }
}

const is = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })

async function suggested(metric: string, predicate: Predicate, zone = 'UTC') {
  const own = context()
  const compiled = compileAsk(own, asked({ metric, predicate, zone, start: '2025-01-01', end: '2026-01-01', grain: 'month', by: [] }, own.calendar, NOW))
  const reads = compiled.kind === 'computed' ? compiled.reads : []
  const logged = reads.map((read) => ({ shape: shapeOfRead(own, read), rollup: null, reads: 1, rows: 50_000_000, ms: 500 }))
  const found = await suggestRollups({ context: own, logged, budgetBytes: Infinity, keptRows: new Map(), count: () => Promise.resolve(null) })
  return { rollups: found.suggested.map(({ rollup: { semanticModel, metrics, dimensions, entities, grain, zone: days } }) => ({ semanticModel, metrics, dimensions, entities, grain, zone: days })), beyond: found.beyond.reads }
}

describe('rollups suggested for those that are followed', () => {
  it('keep the entity of retention, and what its activities test', async () => {
    const rollup = { semanticModel: 'events', metrics: ['month_1'], dimensions: ['kind'], entities: ['user'], grain: 'day', zone: 'Europe/Berlin' }
    expect(await suggested('month_1', { kind: 'all' }, 'Europe/Berlin')).toEqual({ rollups: [expect.objectContaining({ semanticModel: 'events', dimensions: ['kind'], entities: ['user'], metrics: ['month_1'] })], beyond: 0 })
    // Months of Berlin begin on whole hours, too; one of the two is chosen.
    expect((await suggested('month_1', { kind: 'all' }, 'Asia/Kolkata')).rollups).toEqual([{ ...rollup, zone: 'Asia/Kolkata' }])
  })

  it('are none where the first of a day must be told', async () => {
    expect(await suggested('month_1', is('device', 'phone'))).toEqual({ rollups: [], beyond: 1 })
    expect((await suggested('month_1', is('country', 'DE'))).beyond).toBe(0)
  })

  it('keep the entity of a movement, and what slices it', async () => {
    expect(await suggested('new_mrr', is('plan', 'pro'))).toEqual({ rollups: [{ semanticModel: 'subscriptions', metrics: ['new_mrr'], dimensions: ['plan'], entities: ['user'], grain: 'day', zone: 'UTC' }], beyond: 0 })
  })
})
