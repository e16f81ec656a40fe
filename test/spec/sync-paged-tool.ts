import type { Json, SyncPage, SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import { streamOf, toolOf } from './sync-world.ts'
import type { SyncSource } from '../../connectors/sync-contract.ts'

export const ITEMS: SyncTable = {
  name: 'items',
  description: 'Items.',
  key: ['id'],
  columns: [{ name: 'id', kind: 'text' }, { name: 'page', kind: 'integer' }, { name: 'amount', kind: 'decimal', scale: 2 }, { name: 'label', kind: 'text' }, { name: 'happened_at', kind: 'timestamp' }],
}
export const DAYS: SyncTable = { name: 'days', description: 'Restated by day.', key: ['day', 'part'], columns: [{ name: 'day', kind: 'integer' }, { name: 'part', kind: 'integer' }, { name: 'total', kind: 'integer' }] }

export interface ToolPage {
  readonly items: readonly SyncRecord[]
  readonly days: readonly SyncRecord[]
  /** The number of the next page; null at the end. */
  readonly next: number | null
}

const PAGES_A_DAY = 5
const FIRST_MS = Date.UTC(2024, 0, 1)

/** A page of the tool: its items, the last of the page before once more, one that does not fit in every fiftieth, and its day restated so far. */
export function toolPage(page: number, pages: number, size: number): ToolPage {
  const item = (index: number): SyncRecord => ({ id: `item-${index}`, page: Math.floor(index / size), amount: `${index}.${String(index % 100).padStart(2, '0')}`, label: index % 7 === 0 ? null : `label of ${index}`, happened_at: FIRST_MS + index * 1000 })
  const first = page * size
  const items = Array.from({ length: size }, (_, at) => item(first + at))
  if (page > 0) items.unshift(item(first - 1))
  if (page % 50 === 49) items.push({ id: `odd-${page}`, amount: 'much' })
  const day = Math.floor(page / PAGES_A_DAY)
  const days = Array.from({ length: (page % PAGES_A_DAY) + 1 }, (_, part) => ({ day, part, total: (part + 1) * size }))
  return { items, days, next: page + 1 < pages ? page + 1 : null }
}

/** Reads such pages over HTTP. */
export function pagedTool(url: string): SyncSource {
  return toolOf([
    streamOf('items', [ITEMS, DAYS], async function* ({ cursor, signal }) {
      let at: Json = cursor ?? 0
      while (at !== 'end') {
        const response = await fetch(`${url}/page/${Number(at)}`, { signal })
        const { items, days, next } = (await response.json()) as ToolPage
        at = next ?? 'end'
        yield {
          writes: [
            { kind: 'upsert', table: 'items', records: items },
            { kind: 'replace', table: 'days', where: { column: 'day', values: days.slice(0, 1).map(({ day }) => Number(day)) }, records: days },
          ],
          cursor: at,
          done: null,
        } satisfies SyncPage
      }
    }),
  ])
}
