import type { SyncRecord } from '../../../connectors/sync-contract.ts'
import { LandedValue } from './landed-value.ts'
import type { TableShape } from './table-shape.ts'

/** What both say of a thing, and where they differ what the newer says: its own fields, and those of its JSON objects. A field that is undefined says nothing; one that is null does. */
export function mergeRecords(older: SyncRecord, newer: SyncRecord, { table, landing }: TableShape): SyncRecord {
  const said = Object.entries(newer).filter(([, value]) => value !== undefined)
  return {
    ...older,
    ...Object.fromEntries(
      said.map(([name, value]) => {
        const isJson = table.columns.some((column) => column.name === name && column.kind === 'json') && landing.columns.some((column) => column.name === name && column.kind === 'json')
        const [before, after] = isJson ? [objectOf(older[name]), objectOf(value)] : [null, null]
        return [name, before === null || after === null ? value : { ...before, ...after }]
      }),
    ),
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  const plain: unknown = value instanceof LandedValue ? (typeof value.cell === 'string' ? (JSON.parse(value.cell) as unknown) : null) : value
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as Readonly<Record<string, unknown>>) : null
}
