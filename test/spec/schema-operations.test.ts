import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema as readSchema, Kind, OperationTypeNode, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printDemoSchema, schemaFile } from '../../schema/print-schema.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Model } from '../../src/model/types.ts'
import { CatalogDocument, CohortComparisonDocument, CohortsSentDocument, ExecutiveOverviewDocument, SendCohortDocument, TableForBiDocument } from '../generated/graphql.ts'
import { openDemoWorld } from '../demo-world.ts'
import type { DemoWorld } from '../demo-world.ts'
import { world } from './schema-world.ts'

const root = join(import.meta.dirname, '..', '..')
const folder = join(root, 'schema', 'operations')
const operations = readdirSync(folder).filter((name) => name.endsWith('.graphql'))

let demo: Model
beforeAll(async () => {
  const loaded = loadModel(await readModelFiles(['saas.yml', 'product.yml', 'satisfaction.yml', 'delivery.yml', 'demo.yml'].map((pack) => join(root, 'models', pack)), 'demo'))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  demo = loaded.model
})

describe('the printed schema', () => {
  it('is what the demo model prints now', async () => {
    expect(readFileSync(schemaFile(), 'utf8')).toBe(await printDemoSchema())
  })

  it('reads back as a schema', () => {
    expect(() => readSchema(readFileSync(schemaFile(), 'utf8'))).not.toThrow()
  })
})

describe('the example operations', () => {
  let company: DemoWorld
  beforeAll(async () => {
    // Nobody listens there, and nothing is sent.
    company = await openDemoWorld({ customers: 400, events: 20_000 }, "destinations: { crm: { connector: webhook, url: 'http://127.0.0.1:1', secret: a-secret-of-many-characters } }")
  })
  afterAll(() => company.close())

  it('change nothing unless they are told to', () => {
    const changing = operations.filter((name) => parse(readFileSync(join(folder, name), 'utf8')).definitions.some((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation !== OperationTypeNode.QUERY))
    expect(changing).toEqual(['send-cohort.graphql'])
  })

  it('count whom a cohort would be sent with, as often as they are asked', async () => {
    const members = await company.ask('{ cohort(name: GERMAN_ENTERPRISE) { size } }')
    const size = (members.data as { readonly cohort: { readonly size: number } }).cohort.size
    for (let time = 0; time < 2; time++) {
      expect(await company.ask(SendCohortDocument)).toMatchObject({ data: { activateCohort: { state: 'DONE', dryRun: true, members: size, entered: size, left: 0, sent: 0, unaddressed: 0, error: null } } })
    }
    expect(size).toBeGreaterThan(0)
    const { data } = await company.ask(CohortsSentDocument, { first: 2 })
    expect(data?.destinations).toEqual([{ name: 'crm', connector: 'webhook' }])
    expect(data?.activations?.map(({ cohort, dryRun }) => [cohort, dryRun])).toEqual([['german_enterprise', true], ['german_enterprise', true]])
  })

  it.each(operations)('%s says what it is for, is valid, and is answered by the demo company without variables', async (name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    expect(text).toMatch(/^# \S/)
    expect(validate(company.gateway.schema, parse(text))).toEqual([])
    const { data, errors } = await company.ask(text)
    expect(errors).toBeUndefined()
    expect(data).not.toBeNull()
  })
})

describe('a typed document', () => {
  it('gives typed tiles and trends', async () => {
    const { data, errors } = await world(demo).ask(ExecutiveOverviewDocument, { timezone: 'Europe/Berlin' })
    expect(errors).toBeUndefined()
    const labels: readonly string[] = data?.month?.metrics.map((tile) => tile?.label ?? '') ?? []
    expect(labels).toHaveLength(10)
    const months: readonly string[] = data?.year?.mrr?.series?.map((point) => point.start) ?? []
    expect(months.map((start) => start.slice(0, 7))).toEqual(['2025-03', '2025-04', '2025-05', '2025-06', '2025-07', '2025-08', '2025-09', '2025-10', '2025-11', '2025-12', '2026-01', '2026-02'])
  })

  it('asks twenty-four slices of three metrics with their series in one tick', async () => {
    const at = world(demo)
    const { data } = await at.ask(CohortComparisonDocument)
    expect(data?.slices.map((slice) => slice?.key)).toHaveLength(24)
    expect(at.ticks.map((asks) => asks.length)).toEqual([24 * 3 * 2])
  })

  it('takes its variables from the generated types, and gives rows as plain values', async () => {
    const at = world(demo)
    const { data } = await at.ask(TableForBiDocument, { after: 'c1' })
    const cell: string | number | boolean | null | undefined = data?.table?.rows[0]?.['sales']
    expect(cell).toBe(12.5)
    expect(at.tables[0]?.after).toBe('c1')
    const { data: found } = await at.ask(CatalogDocument, { search: 'recurring' })
    expect(found?.catalog.metrics.map(({ name }) => name)).toContain('MRR')
  })
})
