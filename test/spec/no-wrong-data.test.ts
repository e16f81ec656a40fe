import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Cell } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { ReadColumn, ReadType } from '../../src/base/read-options.ts'
import { DEMO_PACKS } from '../../src/cli/data-folder.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { inputsOf, modelsReadBy } from '../../src/model/metric-inputs.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Metric, Model } from '../../src/model/types.ts'
import { optionalInputs } from '../../src/plan/metrics/evaluate-formula.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { ColumnType, Columns, TestSource, TableSpec } from '../engines/open-test-source.ts'
import type { Row } from '../oracle/row-test.ts'

// Every metric of every pack over no sources, no rows, and rows of zeros, nulls and nonsense.

const NOW = '2025-06-18T09:00:00Z'

async function load(...packs: readonly string[]): Promise<Model> {
  const loaded = loadModel(await readModelFiles(packs.map((pack) => fileURLToPath(new URL(`../../models/${pack}.yml`, import.meta.url))), 'company'))
  if (!loaded.ok) throw new Error(loaded.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'))
  return loaded.model
}
const MODELS = [await load(...DEMO_PACKS), await load('product-daily')]

const TYPES: Readonly<Record<ReadType, ColumnType>> = { text: 'VARCHAR', integer: 'BIGINT', decimal: 'DECIMAL(12,2)', float: 'DOUBLE', boolean: 'BOOLEAN', date: 'DATE', timestamp: 'TIMESTAMP', month: 'DATE' }

/** What the packs read of tables that no file makes. */
const recorded = (name: string, type: ReadType): ReadColumn => ({ name, type, format: null, required: true, unique: false, min: null, values: null })
const RECORDED = [recorded('id', 'text'), recorded('date', 'date'), recorded('amount', 'decimal'), recorded('currency', 'text'), recorded('channel', 'text'), recorded('customer_id', 'text'), recorded('description', 'text')]
const RECORDED_TYPES: Readonly<Record<string, readonly string[]>> = {
  recorded_costs: ['marketing', 'sales', 'advertising', 'infrastructure', 'personnel', 'support', 'other'],
  recorded_revenue: ['subscription', 'upsell', 'expansion', 'one_time'],
}

function columnsOf(model: Model): ReadonlyMap<string, ReadonlyMap<string, ReadColumn>> {
  const tables = new Map<string, Map<string, ReadColumn>>()
  for (const { relation, read } of model.semanticModels.values()) {
    if (!('table' in relation)) continue
    const columns = tables.get(relation.table) ?? new Map<string, ReadColumn>()
    tables.set(relation.table, columns)
    for (const column of read?.columns ?? []) columns.set(column.name, column)
    const types = RECORDED_TYPES[relation.table]
    if (types) for (const column of [...RECORDED, { ...recorded('type', 'text'), values: types }]) columns.set(column.name, column)
  }
  return tables
}

type Random = (below: number) => number

function randomOf(seed: number): Random {
  let state = seed * 7919
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function valueOf(random: Random, { name, type, values }: ReadColumn): string | number | boolean | null {
  if (random(8) === 0) return null
  const day = (): string => new Date(Date.UTC(2024, 3, 1) + random(440) * 86_400_000).toISOString().slice(0, 10)
  switch (type ?? 'text') {
    case 'integer':
      return [0, 0, 1, 2, -3, 40][random(6)] as number
    case 'decimal':
      return ['0.00', '0.00', '10.00', '2.50', '-1.25', '99999999.99'][random(6)] as string
    case 'float':
      return [0, 0, 1.5, -2, 1e15, 3e-9][random(6)] as number
    case 'boolean':
      return random(2) === 0
    case 'date':
      return day()
    case 'month':
      return `${day().slice(0, 7)}-01`
    case 'timestamp':
      return `${day()} ${String(random(24)).padStart(2, '0')}:30:00`
    default: {
      const choices = values ?? (name.endsWith('_id') ? ['1', '2', '3', '4', '5'] : ['', 'a', 'b', 'nps', 'csat', 'osat', 'ces', 'organic_search', 'feature_used', 'login'])
      return choices[random(choices.length)] as string
    }
  }
}

function tablesOf(model: Model, rows: (columns: ReadonlyMap<string, ReadColumn>) => readonly Row[], without: string | null = null): Readonly<Record<string, TableSpec>> {
  const entries = [...columnsOf(model)].filter(([table]) => table !== without)
  return Object.fromEntries(entries.map(([table, columns]) => [table, { columns: Object.fromEntries([...columns].map(([name, { type }]) => [name, TYPES[type ?? 'text']])) as Columns, rows: rows(columns) }]))
}

const randomRows = (random: Random, count: number) => (columns: ReadonlyMap<string, ReadColumn>): readonly Row[] =>
  Array.from({ length: count }, () => Object.fromEntries([...columns.values()].map((column) => [column.name, valueOf(random, column)])))

interface Told {
  readonly metric: Metric
  readonly allowEstimates: boolean
  readonly cells: readonly Cell[]
}

/** Every metric by the month and over the quarter, with and without estimates. What a source refuses is an error, and no cell. */
async function tellAll(model: Model, source: TestSource | null, brief = false): Promise<readonly Told[]> {
  const connected = source === null ? [] : [...new Set([...model.semanticModels.values()].map((one) => one.source))].map((name) => [name, { source, connector: 'duckdb', nowUtcMs: null }] as const)
  const analytics = createAnalytics({ model, sources: new Map(connected), cacheBytes: 1_000_000, clock: fixedClock(Date.parse(NOW)), maxGroups: 100_000 })
  const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const period = (start: string, end: string): ReturnType<typeof resolvePeriod> => resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: Date.parse(NOW), calendar: model.calendar })
  const year = period('2024-07-01', '2025-09-01')
  const quarter = period('2025-01-01', '2025-04-01')
  const asks = [...model.metrics.values()].flatMap((metric) =>
    (brief ? [false] : [false, true]).flatMap((allowEstimates) =>
      ([...(brief ? [] : [[year, 'month'] as const]), [quarter, null] as const]).map(async ([when, grain]): Promise<Told> => {
        try {
          const { groups } = await session.metric({ metric: metric.name, predicate: { kind: 'all' }, period: when, grain, by: [], allowEstimates })
          return { metric, allowEstimates, cells: groups.flatMap(({ cells }) => cells) }
        } catch (error) {
          if (error instanceof KpiqlError && error.code !== 'PLAN_BROKEN' && error.code !== 'INTERNAL') return { metric, allowEstimates, cells: [] }
          throw error
        }
      }),
    ),
  )
  return Promise.all(asks)
}

async function over<T>(tables: Readonly<Record<string, TableSpec>>, then: (source: TestSource) => Promise<T>): Promise<T> {
  const source = await openTestSource('company', tables)
  try {
    return await then(source)
  } finally {
    await source.close()
  }
}

/** Costs that a number of recorded costs goes without. */
const LEFT_OUT = /^Nothing is (recorded|known yet) of /

/** What is wrong with a cell whatever the data; nothing, we hope. */
function faultsOf({ metric, allowEstimates, cells }: Told): readonly string[] {
  return cells.flatMap(({ value, exact, quality, reason, remedy, assumptions }) => {
    const faults: string[] = []
    if (value !== null && !Number.isFinite(value)) faults.push(`is ${value}`)
    if ((value === null) !== (reason !== null)) faults.push(`is ${value} for the reason ${reason}`)
    if (value === null && (remedy === null || remedy.length < 10)) faults.push(`has no remedy for ${reason}`)
    if ((value === null) !== (quality === 'INSUFFICIENT_DATA')) faults.push(`is ${value} of quality ${quality}`)
    if (exact !== null && (!/^-?\d+(\.\d+)?$/.test(exact) || Number(exact) !== value)) faults.push(`is ${value} and exactly ${exact}`)
    if (quality === 'ESTIMATED' && (!allowEstimates || assumptions.length === 0 || exact !== null)) faults.push('is estimated unasked, or without saying how')
    if (quality !== 'ESTIMATED' && !assumptions.every((said) => LEFT_OUT.test(said))) faults.push('takes something for granted and is no estimate')
    return faults.map((fault) => `${metric.name} ${fault}`)
  })
}

/** Semantic models without which a metric cannot be had; none for one that can be had in several ways. */
function needed(model: Model, metric: Metric): ReadonlySet<string> {
  const [definition, ...others] = metric.implementations
  if (definition === undefined || others.length > 0) return new Set()
  const optional = definition.type === 'derived' ? optionalInputs(definition.formula) : new Set<string>()
  const inputs = inputsOf(definition).filter(({ alias }) => !optional.has(alias)).flatMap((input) => {
    const found = model.metrics.get(input.metric)
    return found === undefined ? [] : [...needed(model, found)]
  })
  return new Set([...modelsReadBy(definition), ...inputs])
}

describe.each(MODELS.map((model, index) => ({ model, name: index === 0 ? 'of the company' : 'of daily figures' })))('every metric $name', ({ model }) => {
  it('is null, with a remedy, when no source is connected; or an estimate, on request', async () => {
    const told = await tellAll(model, null)
    expect(told.flatMap(faultsOf)).toEqual([])
    expect(told.flatMap(({ metric, cells }) => cells.flatMap(({ value, quality }) => (value !== null && quality !== 'ESTIMATED' ? [metric.name] : [])))).toEqual([])
  })

  it('is null over empty tables, unless it counts or adds up what there is none of', async () => {
    const told = await over(tablesOf(model, () => []), (source) => tellAll(model, source))
    expect(told.flatMap(faultsOf)).toEqual([])
    const numbers = told.flatMap(({ metric, cells }) => cells.flatMap(({ value, quality }) => (value !== null && quality !== 'ESTIMATED' ? [{ name: metric.name, unit: metric.unit, value }] : [])))
    expect(numbers.filter(({ unit, value }) => value !== 0 || (unit !== 'count' && unit !== 'currency'))).toEqual([])
  })

  it.each([1, 2, 3, 4, 5, 6])('is a finite number or null with a reason over nonsense (%i)', async (seed) => {
    const random = randomOf(seed)
    const told = await over(tablesOf(model, randomRows(random, 1 + random(30))), (source) => tellAll(model, source))
    expect(told.flatMap(faultsOf)).toEqual([])
    expect(told.some(({ cells }) => cells.some(({ value }) => value !== null))).toBe(true)
  })

  it('is never a number while a table that it needs is missing', async () => {
    for (const table of columnsOf(model).keys()) {
      const gone = [...model.semanticModels.values()].filter(({ relation }) => 'table' in relation && relation.table === table).map(({ name }) => name)
      const told = await over(tablesOf(model, randomRows(randomOf(9), 12), table), (source) => tellAll(model, source, true))
      const numbers = told.filter(({ metric, cells }) => gone.some((name) => needed(model, metric).has(name)) && cells.some(({ value, quality }) => value !== null && quality !== 'ESTIMATED'))
      expect(numbers.map(({ metric }) => metric.name), `without ${table}`).toEqual([])
      expect(told.flatMap(faultsOf)).toEqual([])
    }
  })
})
