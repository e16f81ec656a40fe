import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildGateway } from '../servers/gateway.ts'
import type { BuiltGateway } from '../servers/gateway.ts'

/** Writes down every file that becomes a module, by `import` or `require`. */
const HOOK = `
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    appendFileSync(process.env.LOADED_MODULES, url + '\\n')
    return next(url, context)
  },
})
`
const MODEL = `
semantic_models:
  - name: orders
    table: orders
    agg_time_dimension: sold
    dimensions: [{ name: sold, type: time, granularity: day }]
metrics:
  - { name: orders, semantic_model: orders, agg: count }
`

const folder = mkdtempSync(join(tmpdir(), 'kpiql-start-'))
let build: BuiltGateway
let loaded: readonly string[]

beforeAll(async () => {
  build = buildGateway()
  mkdirSync(join(folder, 'shop'))
  writeFileSync(join(folder, 'shop/orders.csv'), 'id,sold\n1,2025-03-03\n2,2025-03-20\n')
  writeFileSync(join(folder, 'model.yml'), MODEL)
  writeFileSync(join(folder, 'kpiql.config.yml'), 'model: { use: ./model.yml, source: shop }\nsources: { shop: { connector: duckdb, folder: ./shop, now: 2025-05-10 } }\n')
  writeFileSync(join(folder, 'hook.mjs'), HOOK)
  const list = join(folder, 'loaded.txt')
  const gateway = await build.serve(folder, { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, 'hook.mjs')).href}`, LOADED_MODULES: list })
  const answer = await gateway.ask('{ slice(period: { between: { start: "2025-03-01", end: "2025-04-01" } }) { metric(name: ORDERS) { value } } }')
  expect(answer.data).toEqual({ slice: { metric: { value: 2 } } })
  loaded = readFileSync(list, 'utf8').trim().split('\n')
  await gateway.stop()
}, 180_000)
afterAll(() => {
  build?.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** Packages of which a module was loaded. */
const packages = (): ReadonlySet<string> => new Set(loaded.flatMap((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []))

describe('a gateway over files, up to its first answer', () => {
  it('loads no client of a vendor that is not configured', () => {
    const { peerDependenciesMeta } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { peerDependenciesMeta: Readonly<Record<string, unknown>> }
    const clients = [...Object.keys(peerDependenciesMeta), 'mixpanel', 'ioredis', '@segment/analytics-node', '@hubspot/api-client']
    expect(clients).toContain('pg')
    expect([...packages()].filter((name) => clients.includes(name))).toEqual([])
  })

  it('loads no other connector than the one configured', () => {
    const connectors = new Set(loaded.flatMap((url) => /\/kpiql-gateway-[^/]+\/connectors\/([^/.]+)\//.exec(url)?.[1] ?? []))
    expect([...connectors].toSorted()).toEqual(['duckdb', 'sql-kit'])
  })

  it('loads no compiler, no store engine and nothing that only other commands need', () => {
    const heavy = ['typescript', 'vite', 'react', 'autocannon', '@graphql-codegen/cli', 'yauzl', 'yazl', 'kysely']
    expect([...packages()].filter((name) => heavy.includes(name))).toEqual([])
    expect(packages().has('@duckdb/node-api')).toBe(true)
  })
})
