import type { FedColumn, FedTable, TableFeed } from '../../connectors/contract.ts'
import type { RecordKind, RecordedAmount } from '../store/recorded-amount.ts'
import type { LazyStore } from '../store/lazy-store.ts'

/** So many decimals at least, as money has them. */
const LEAST_SCALE = 2

type Column = FedColumn & { readonly of: (record: RecordedAmount) => string | null }

const text = (name: string, of: Column['of'], nullable = false): Column => ({ name, kind: 'text', nullable, of })

/**
 * Recorded costs and revenue as tables: `recorded_costs(id, date, type, amount, currency, channel, description)` and
 * `recorded_revenue`, which has `customer_id` as well. They are there, and empty, before anything is recorded; the store's file is not.
 */
export function storeFeed(store: LazyStore): TableFeed {
  return {
    async version() {
      const opened = await store.openIfThere()
      return opened === null ? NEVER : versionOf(await opened.amounts.revisions())
    },
    async read() {
      const opened = await store.openIfThere()
      const { revisions, records } = (await opened?.amounts.snapshot()) ?? EMPTY
      const tables = [tableOf('recorded_costs', revisions.cost, records.cost, []), tableOf('recorded_revenue', revisions.revenue, records.revenue, [text('customer_id', ({ customer }) => customer, true)])]
      return { version: versionOf(revisions), tables }
    },
  }
}

const EMPTY = { revisions: { cost: 0, revenue: 0 }, records: { cost: [], revenue: [] } } as const satisfies { revisions: Record<RecordKind, number>; records: Record<RecordKind, readonly RecordedAmount[]> }
const NEVER = versionOf(EMPTY.revisions)

function versionOf({ cost, revenue }: Readonly<Record<RecordKind, number>>): string {
  return `${cost}.${revenue}`
}

function tableOf(name: string, revision: number, records: readonly RecordedAmount[], more: readonly Column[]): FedTable {
  const scale = records.reduce((most, { amount }) => Math.max(most, decimalsOf(amount)), LEAST_SCALE)
  const columns: readonly Column[] = [
    text('id', ({ id }) => id),
    { name: 'date', kind: 'date', nullable: false, of: ({ date }) => date },
    text('type', ({ type }) => type),
    { name: 'amount', kind: 'decimal', scale, nullable: false, of: ({ amount }) => amount },
    text('currency', ({ currency }) => currency),
    ...more,
    text('channel', ({ channel }) => channel, true),
    text('description', ({ description }) => description, true),
  ]
  return { name, version: String(revision), key: 'id', columns, rows: records.map((record) => columns.map(({ of }) => of(record))) }
}

function decimalsOf(amount: string): number {
  const point = amount.indexOf('.')
  return point < 0 ? 0 : amount.length - point - 1
}
