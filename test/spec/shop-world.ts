import { startVendor } from '../vendors/vendor-server.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'

export interface Order {
  readonly id: string
  readonly ordered_at: string
  readonly amount: string
}

/** A tool of two orders of May 2026, which tests change as they like. */
export interface Shop extends VendorServer {
  orders: readonly Order[]
  /** Whether the key may read nothing. */
  isBroken: boolean
  /** What the shop waits for before it answers. */
  held: Promise<void>
}

export const SHOP_KEY = 'key-of-the-shop'

export async function startShop(): Promise<Shop> {
  const state: Pick<Shop, 'orders' | 'isBroken' | 'held'> = {
    orders: [{ id: 'a', ordered_at: '2026-05-03T10:00:00Z', amount: '10.10' }, { id: 'b', ordered_at: '2026-05-20T10:00:00Z', amount: '20.20' }],
    isBroken: false,
    held: Promise.resolve(),
  }
  const server = await startVendor(async ({ path, headers }) => {
    await state.held
    if (headers['authorization'] !== `Bearer ${SHOP_KEY}`) return { status: 401, json: {} }
    if (state.isBroken) return { status: 403, json: { error: 'not yours' } }
    return path === '/orders' ? { json: { data: state.orders } } : { status: 404, json: {} }
  })
  return Object.assign(state, server)
}

/** The shop as a source of a configuration. @param schedule cron, or null for none. */
export function storeOf({ url }: Shop, schedule: string | null = null): object {
  return {
    connector: 'rest',
    baseUrl: url,
    auth: { kind: 'bearer', token: SHOP_KEY },
    streams: [{ name: 'orders', path: '/orders', records: '$.data[*]', key: ['id'], columns: { ordered_at: 'timestamp', amount: { kind: 'decimal', scale: 2 } } }],
    sync: { schedule },
  }
}

/** Of a source named `store`. */
export const SHOP_MODEL = `
semantic_models:
  - name: orders
    source: store
    table: orders
    agg_time_dimension: ordered_at
    entities: [{ name: order, type: primary, expr: id }]
    dimensions: [{ name: ordered_at, type: time, granularity: minute, timezone: UTC }]
metrics:
  - { name: turnover, type: simple, semantic_model: orders, agg: sum, expr: amount, unit: count }
  - { name: order_count, type: simple, semantic_model: orders, agg: count }
`
export const TURNOVER = '{ slice(period: { between: { start: "2026-05-01", end: "2026-06-01" } }) { turnover: metric(name: TURNOVER) { exact reason remedy } count: metric(name: ORDER_COUNT) { value } } }'
