import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const MODEL = `
semantic_models:
  - name: spent
    source: kpiql
    table: recorded_costs
    agg_time_dimension: date
    entities: [{ name: spending, type: primary, expr: id }]
    dimensions: [{ name: date, type: time, granularity: day }]
  - name: visits
    table: visits
    agg_time_dimension: day
    entities: [{ name: visit, type: primary, expr: id }]
    dimensions: [{ name: day, type: time, granularity: day }]
metrics:
  - { name: spend, type: simple, semantic_model: spent, agg: sum, expr: amount, unit: currency, currency: EUR }
  - { name: visits, type: simple, semantic_model: visits, agg: count }
`

let world: TestWorld
beforeEach(() => {
  world = testWorld()
  mkdirSync(join(world.cwd, 'data'))
  writeFileSync(join(world.cwd, 'data', 'visits.csv'), 'id,day\n1,2026-01-01\n')
  writeFileSync(join(world.cwd, 'model.yml'), MODEL)
})
afterEach(() => world.remove())

const configure = (text: string): void => writeFileSync(join(world.cwd, 'kpiql.config.yml'), text)

describe('the store of a configuration', () => {
  it('stands where `store.path` says, from the folder of the configuration, and keeps what one command records for the next', async () => {
    configure('model: model.yml\nsources: { main: { connector: duckdb, folder: ./data } }\nstore: { path: kept/own.db }\n')
    expect(await world.run('query', 'mutation { recordCost(input: {date: "2026-01-02", type: OTHER, amount: "3.5"}) { id } }')).toBe(0)
    expect([existsSync(join(world.cwd, 'kept', 'own.db')), existsSync(join(world.cwd, '.kpiql', 'store.db'))]).toEqual([true, false])
    expect(await world.run('query', '{ slice(period: {between: {start: "2026-01-01", end: "2026-02-01"}}) { spend: metric(name: SPEND) { exact } visits: metric(name: VISITS) { value } } }', '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: { slice: { spend: { exact: '3.5' }, visits: { value: 1 } } } })
    expect(await world.run('doctor')).toBe(0)
    expect(world.written.out).toMatch(/ok {4}Store .*own\.db/)
  })

  it('makes no file where nothing is recorded', async () => {
    configure('model: model.yml\nsources: { main: { connector: duckdb, folder: ./data } }\n')
    expect(await world.run('query', '{ slice(period: {preset: THIS_YEAR}) { metric(name: SPEND) { value reason } } }')).toBe(0)
    expect(await world.run('check', '--data')).toBe(0)
    expect(existsSync(join(world.cwd, '.kpiql', 'store.db'))).toBe(false)
  })

  it('is the only source named kpiql', async () => {
    configure('model: model.yml\nsources: { kpiql: { connector: duckdb, folder: ./data } }\n')
    expect(await world.run('check')).toBe(1)
    expect(world.written.err + world.written.out).toMatch(/kpiql\.config\.yml:2:\d+ "kpiql" cannot be a name here/)
  })

  it('is no folder of files: a model beside its data may read both', async () => {
    writeFileSync(join(world.cwd, 'data', 'kpiql.yml'), MODEL.replace('table: visits', 'source: files\n    table: visits'))
    expect(await world.run('query', '{ slice(period: {between: {start: "2026-01-01", end: "2026-02-01"}}) { metric(name: VISITS) { value } } }', '--data', 'data', '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: { slice: { metric: { value: 1 } } } })
  })
})
