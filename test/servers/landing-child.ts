import type { LandingCommit, LandingTable, LandingWrite, OpenLanding } from '../../connectors/landing-contract.ts'

/**
 * Lands pages of a made-up tool one after the other, going on from the cursor that was kept; for tests that kill it. Each page puts in some
 * orders, puts some again, replaces the lines of others and deletes a few. Run as a program: `node landing-child.ts '{"connector": …, "options": …, "pages": …}'`
 */
export interface ChildTask {
  readonly connector: 'postgres' | 'clickhouse'
  /** Of the landing, not yet parsed. */
  readonly options: Readonly<Record<string, unknown>>
  readonly pages: number
}

export const ORDERS: LandingTable = {
  name: 'tool_orders',
  key: ['id'],
  columns: [
    { name: 'id', kind: 'integer', scale: 0 },
    { name: 'page', kind: 'integer', scale: 0 },
    { name: 'amount', kind: 'decimal', scale: 2 },
  ],
}
export const LINES: LandingTable = {
  name: 'tool_lines',
  key: ['order_id', 'line'],
  columns: [
    { name: 'order_id', kind: 'integer', scale: 0 },
    { name: 'line', kind: 'integer', scale: 0 },
    { name: 'page', kind: 'integer', scale: 0 },
  ],
}
const PAGE_ORDERS = 200

/** What one page holds, by plain numbers: orders put in, orders deleted, and lines of orders that replace those before. */
export function pageOf(page: number): { readonly put: readonly number[]; readonly gone: readonly number[]; readonly lines: ReadonlyMap<number, number> } {
  const first = page * PAGE_ORDERS
  const fresh = Array.from({ length: PAGE_ORDERS }, (_, index) => first + index)
  const again = Array.from({ length: 20 }, (_, index) => Math.floor((first * index) / 23))
  const gone = page === 0 ? [] : [first - 7, first - 3 * page]
  const restated = [...fresh.slice(0, 30), ...again.slice(0, 5)]
  return { put: [...new Set([...fresh, ...again])], gone, lines: new Map(restated.map((order) => [order, (order + page) % 4])) }
}

export const amountOf = (id: number, page: number): string => `${id * 3 + page}.${String(page % 100).padStart(2, '0')}`

function commitOf(page: number, pages: number): LandingCommit {
  const { put, gone, lines } = pageOf(page)
  const at = BigInt(page)
  const pairs = [...lines].flatMap(([order, count]) => Array.from({ length: count }, (_, line) => [order, line] as const))
  const writes: readonly LandingWrite[] = [
    { kind: 'upsert', table: ORDERS.name, rows: { names: ['id', 'page', 'amount'], columns: [put.map(BigInt), put.map(() => at), put.map((id) => amountOf(id, page))], count: put.length } },
    { kind: 'delete', table: ORDERS.name, keys: gone.map((id) => [BigInt(id)]) },
    { kind: 'replace', table: LINES.name, where: { column: 'order_id', values: [...lines.keys()].map(BigInt) }, rows: { names: ['order_id', 'line', 'page'], columns: [pairs.map(([order]) => BigInt(order)), pairs.map(([, line]) => BigInt(line)), pairs.map(() => at)], count: pairs.length } },
  ]
  return { source: 'tool', stream: 'orders', tables: [ORDERS, LINES], writes, quarantined: [], state: { cursor: page + 1, generation: 1, isWhole: page + 1 === pages, completeUntilUtcMs: null, committedUtcMs: page }, sweeps: false }
}

/** Lands the pages that are still to come. @returns How many those were. */
export async function landPages({ landing }: OpenLanding, pages: number): Promise<number> {
  const from = Number((await landing.states('tool')).get('orders')?.cursor ?? 0)
  for (let page = from; page < pages; page++) await landing.commit(commitOf(page, pages))
  return pages - from
}

if (process.argv[1]?.endsWith('landing-child.ts') === true) {
  const { connector, options, pages } = JSON.parse(process.argv[2] ?? '') as ChildTask
  const { default: place } = connector === 'postgres' ? await import('../../connectors/postgres/open-landing.ts') : await import('../../connectors/clickhouse/open-landing.ts')
  const parsed = place.options.parse(options)
  const opened = place.open('warehouse', parsed as never, { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' })
  process.stdout.write('begins\n')
  await landPages(opened, pages)
  await opened.source.close()
  process.stdout.write('done\n')
}
