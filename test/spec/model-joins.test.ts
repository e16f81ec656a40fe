import { describe, expect, it } from 'vitest'
import { findEntityPath, findJoinPath, reachableDimensions } from '../../src/model/join-path.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Model } from '../../src/model/types.ts'

interface Table {
  readonly name: string
  readonly source?: string
  /** `primary`, `unique` and `foreign` entities, like `p:order f:customer`. */
  readonly keys: string
  /** Names of categorical dimensions. */
  readonly has?: string
}

const TYPES: Readonly<Record<string, string>> = { p: 'primary', u: 'unique', f: 'foreign' }

function modelOf(...tables: readonly Table[]): Model {
  const semanticModels = tables.map(({ name, source = 'shop', keys, has = '' }) => ({
    name,
    source,
    entities: keys.split(' ').filter(Boolean).map((key) => ({ name: key.slice(2), type: TYPES[key.charAt(0)], expr: `${key.slice(2)}_id` })),
    dimensions: has.split(' ').filter(Boolean).map((dimension) => ({ name: dimension, type: 'categorical' })),
  }))
  const result = loadModel([{ name: 'model.yml', text: JSON.stringify({ semantic_models: semanticModels }) }])
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.model
}

const CUSTOMERS: Table = { name: 'customers', keys: 'p:customer f:region', has: 'segment' }
const REGIONS: Table = { name: 'regions', keys: 'p:region f:continent', has: 'climate' }
const CONTINENTS: Table = { name: 'continents', keys: 'p:continent f:planet', has: 'area' }
const PLANETS: Table = { name: 'planets', keys: 'p:planet', has: 'gravity' }
const ORDERS: Table = { name: 'orders', keys: 'p:order f:customer', has: 'status' }

/** The semantic models a way goes through, or why there is none. */
function way(model: Model, from: string, dimension: string): string {
  const result = findJoinPath(model, from, dimension)
  if (result.kind === 'path') return [from, ...result.path.steps.map((step) => step.to)].join(' ')
  return result.kind === 'none' ? result.code : 'AMBIGUOUS'
}

describe('joins', () => {
  const chain = modelOf(ORDERS, CUSTOMERS, REGIONS, CONTINENTS, PLANETS)

  it('find a dimension in the model itself, and over one to three hops, no further', () => {
    expect(way(chain, 'orders', 'status')).toBe('orders')
    expect(way(chain, 'orders', 'segment')).toBe('orders customers')
    expect(way(chain, 'orders', 'climate')).toBe('orders customers regions')
    expect(way(chain, 'orders', 'area')).toBe('orders customers regions continents')
    expect(way(chain, 'orders', 'gravity')).toBe('NO_PATH')
    expect(way(chain, 'customers', 'gravity')).toBe('customers regions continents planets')
  })

  it('tell the keys of each step', () => {
    expect(findJoinPath(chain, 'orders', 'climate')).toMatchObject({
      kind: 'path',
      path: {
        home: 'regions',
        dimension: { name: 'climate' },
        steps: [
          { from: 'orders', fromExpr: 'customer_id', to: 'customers', toExpr: 'customer_id', entity: 'customer' },
          { from: 'customers', fromExpr: 'region_id', to: 'regions', toExpr: 'region_id', entity: 'region' },
        ],
      },
    })
  })

  it('refuse to go from one to many, and say which join would count rows several times', () => {
    expect(findJoinPath(chain, 'customers', 'status')).toEqual({
      kind: 'none',
      code: 'FANS_OUT',
      reason: '"status" is in orders, where one customer has many rows: joining customers to orders would count rows of customers several times.',
    })
  })

  it('refuse to meet again at a shared parent: orders do not reach invoices over the customer', () => {
    const model = modelOf(ORDERS, CUSTOMERS, { name: 'invoices', keys: 'p:invoice f:customer', has: 'due' })
    expect(way(model, 'orders', 'due')).toBe('FANS_OUT')
  })

  it('name what is missing where nothing leads there', () => {
    const model = modelOf(CUSTOMERS, { name: 'costs', keys: '', has: 'kind' }, { name: 'visits', keys: 'p:visit', has: 'page' })
    expect(findJoinPath(model, 'costs', 'segment')).toMatchObject({ code: 'NO_PATH', reason: 'No joins lead from costs to "segment" in customers: costs has no entities.' })
    expect(findJoinPath(model, 'visits', 'segment')).toMatchObject({ reason: 'No joins lead from visits to "segment" in customers: visits has the entity visit, and none of them leads to customer.' })
    expect(findJoinPath(model, 'visits', 'kind')).toMatchObject({ code: 'NO_PATH', reason: '"kind" belongs to no entity: only rows of costs have it, and visits cannot be joined to them.' })
    expect(way(model, 'visits', 'nothing')).toBe('NO_PATH')
    expect(way(model, 'nowhere', 'kind')).toBe('NO_PATH')
  })

  it('join over unique keys and from one to one', () => {
    const model = modelOf({ name: 'accounts', keys: 'p:account u:customer', has: 'tier' }, CUSTOMERS, ORDERS)
    expect(way(model, 'orders', 'tier')).toBe('orders accounts')
    expect(way(model, 'customers', 'tier')).toBe('customers accounts')
    expect(way(model, 'accounts', 'segment')).toBe('accounts customers')
  })

  it('prefer fewer hops', () => {
    const model = modelOf(CUSTOMERS, { name: 'users', keys: 'p:user f:customer' }, { name: 'events', keys: 'p:event f:user f:customer' })
    expect(way(model, 'events', 'segment')).toBe('events customers')
  })

  it('call two different shortest ways ambiguous and show both', () => {
    const model = modelOf({ name: 'shipments', keys: 'p:shipment f:depot f:carrier' }, { name: 'depots', keys: 'p:depot f:region' }, { name: 'carriers', keys: 'p:carrier f:region' }, REGIONS)
    const result = findJoinPath(model, 'shipments', 'climate')
    expect(result.kind === 'ambiguous' && result.paths.map((path) => path.steps.map((step) => step.to))).toEqual([
      ['depots', 'regions'],
      ['carriers', 'regions'],
    ])
    expect(reachableDimensions(model, 'shipments').has('climate')).toBe(false)
    expect(reachableDimensions(model, 'depots').has('climate')).toBe(true)
  })

  it('take the first of several homes of one conformed dimension', () => {
    const model = modelOf(ORDERS, CUSTOMERS, { name: 'crm_customers', keys: 'p:customer', has: 'segment owner' })
    expect(way(model, 'orders', 'segment')).toBe('orders customers')
    expect(way(model, 'orders', 'owner')).toBe('orders crm_customers')
    expect(way(model, 'crm_customers', 'segment')).toBe('crm_customers')
    expect(model.dimensions.get('segment')?.homes).toEqual([
      { semanticModel: 'customers', dimension: 'segment' },
      { semanticModel: 'crm_customers', dimension: 'segment' },
    ])
  })

  it('never leave the source, and say so', () => {
    const model = modelOf(ORDERS, { ...CUSTOMERS, source: 'crm' })
    expect(findJoinPath(model, 'orders', 'segment')).toMatchObject({ code: 'NO_PATH', reason: 'orders reads the source "shop" and customers the source "crm": there are no joins between sources.' })
  })

  it('find the key of an entity: its own of any type, else over joins', () => {
    const model = modelOf(CUSTOMERS, { name: 'users', keys: 'p:user f:customer' }, { name: 'surveys', keys: 'p:survey f:user' })
    expect(findEntityPath(model, 'users', 'customer')).toMatchObject({ kind: 'path', path: { steps: [], home: 'users', expr: 'customer_id', type: 'foreign' } })
    expect(findEntityPath(model, 'surveys', 'customer')).toMatchObject({ kind: 'path', path: { steps: [{ to: 'users' }], home: 'users', expr: 'customer_id', type: 'foreign' } })
    expect(findEntityPath(model, 'surveys', 'region')).toMatchObject({ kind: 'path', path: { steps: [{ to: 'users' }, { to: 'customers' }], home: 'customers' } })
    expect(findEntityPath(model, 'customers', 'user')).toMatchObject({ kind: 'none', code: 'FANS_OUT' })
    expect(findEntityPath(model, 'customers', 'planet')).toMatchObject({ kind: 'none', code: 'NO_PATH' })
  })

  it('are looked for once a model', () => {
    expect(findJoinPath(chain, 'orders', 'area')).toBe(findJoinPath(chain, 'orders', 'area'))
  })
})
