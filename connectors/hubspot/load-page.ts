import type { SyncRecord, TableWrite } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { closedAtOf } from './closed-at.ts'
import { losersOf } from './losers-of.ts'
import { readBatch } from './read-batch.ts'
import type { ObjectKind, ObjectReading } from './object-reading.ts'
import { valueOf } from './properties.ts'
import { readLinks } from './read-links.ts'
import { stagesOf } from './stages-of.ts'

/**
 * What is to be written of records that a search showed: the records with all their properties, what belongs to them, and the
 * deletion of those that are gone: archived while the index still shows them, or merged into another.
 *
 * @param merged ids that lost a merge; grows.
 */
export async function loadPage(reading: ObjectReading, ids: readonly string[], merged: Set<string>, signal: AbortSignal): Promise<readonly TableWrite[]> {
  if (ids.length === 0) return []
  const { kind, columns, currency } = reading
  const records = await readBatch(reading, ids, signal)
  for (const { id, properties } of records) for (const loser of losersOf(id, properties)) merged.add(loser)
  const kept = records.filter(({ id }) => !merged.has(id))
  const present = kept.map(({ id }) => id)
  const gone = new Set([...ids, ...kept.flatMap(({ id, properties }) => losersOf(id, properties))])
  for (const id of present) gone.delete(id)

  const links = await Promise.all(kind.links.map(async (link) => ({ link, found: await readLinks(reading, link, present, signal) })))
  const primary = new Map(links.flatMap(({ link, found }) => (link.to === 'companies' ? found.filter(({ is_primary }) => is_primary).map((one) => [one.from, one.to] as const) : [])))
  const read = kept.map((record) => {
    const { id, properties, createdAt, updatedAt } = record
    const row: SyncRecord = {
      id,
      created_at: utcMsOfIso(createdAt),
      updated_at: utcMsOfIso(updatedAt),
      ...Object.fromEntries(columns.map(({ property, column }) => [column.name, valueOf(properties[property], column)])),
      ...(kind.links.some(({ to }) => to === 'companies') ? { primary_company_id: primary.get(id) ?? null } : {}),
    }
    if (kind.object !== 'deals') return { row, stays: stagesOf(record, reading, {}) }
    const ownCurrency = properties.deal_currency_code || currency
    const stays = stagesOf(record, reading, { amount: row.amount ?? null, currency: ownCurrency })
    return { row: { ...row, currency: ownCurrency, closed_at: closedAtOf(record, row.closedate, stays) }, stays }
  })
  return [
    ...deletesOf(kind, [...gone]),
    { kind: 'upsert', table: kind.object, records: read.map(({ row }) => row) },
    ...links.map(({ link, found }): TableWrite => ({
      kind: 'replace', table: link.table, where: { column: kind.idColumn, values: present },
      records: found.map(({ from, to, is_primary, labels }) => ({ [kind.idColumn]: from, [link.column]: to, is_primary, labels })),
    })),
    ...(kind.history === null ? [] : [{ kind: 'replace' as const, table: kind.history.table, where: { column: kind.idColumn, values: present }, records: read.flatMap(({ stays }) => stays) }]),
  ]
}

/** Records that are no more, and what belonged to them. */
export function deletesOf(kind: ObjectKind, ids: readonly string[]): readonly TableWrite[] {
  if (ids.length === 0) return []
  const tables = [...kind.links.map(({ table }) => table), ...(kind.history === null ? [] : [kind.history.table])]
  return [
    { kind: 'delete', table: kind.object, keys: ids.map((id) => [id]) },
    ...tables.map((table): TableWrite => ({ kind: 'replace', table, where: { column: kind.idColumn, values: ids }, records: [] })),
  ]
}
