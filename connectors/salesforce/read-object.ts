import type { ConnectorLog } from '../contract.ts'
import type { ReadRequest, SyncRecord, TableWrite } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { closedOnOf } from './closed-on.ts'
import type { ObjectCursor, Place } from './cursor.ts'
import { valueOf } from './fields.ts'
import type { SalesforceObject } from './objects.ts'
import { readDeleted } from './read-deleted.ts'
import { readHistory } from './read-history.ts'
import type { HistoryReading } from './read-history.ts'
import { readPage } from './read-page.ts'
import type { ObjectReading, RawRecord } from './read-page.ts'
import { beyond, bound } from './soql.ts'

export interface ObjectPage {
  readonly writes: readonly TableWrite[]
  readonly cursor: ObjectCursor
}

export interface Reading extends ObjectReading {
  /** Objects of the stream whose rows go with this one's. */
  readonly children: readonly SalesforceObject[]
  /** What is read whole with each record. */
  readonly history: HistoryReading | null
  readonly lookbackMs: number
  readonly currency: string | null
  readonly log: ConnectorLog
}

/** Reads one object: first from the newest modification to the oldest, then what was modified or deleted since. Only events are cut where they are wanted from some day on. */
export async function* readObject(reading: Reading, kept: ObjectCursor | undefined, { nowUtcMs, sinceUtcMs, signal }: ReadRequest): AsyncGenerator<ObjectPage> {
  const { stamp, lookbackMs, object, log } = reading
  const refuse = refuseLoops('Salesforce')
  const alive = reading.hasBin ? ['IsDeleted = false'] : []
  const wantedUtcMs = object.isEvent === true ? sinceUtcMs : null
  const since = wantedUtcMs === null ? [] : [bound(stamp, '>=', wantedUtcMs)]
  let at: ObjectCursor = kept ?? { phase: 'first', startedUtcMs: nowUtcMs, before: null }

  while (at.phase === 'first') {
    refuse({ ...at.before })
    const begins = at.before === null ? bound(stamp, '<=', at.startedUtcMs) : beyond(stamp, at.before, 'DESC')
    const { records, last, isLast } = await readPage(reading, [...alive, ...since, begins], 'DESC', signal)
    at = isLast || last === null ? { phase: 'changes', untilUtcMs: at.startedUtcMs, deletedUntilUtcMs: at.startedUtcMs, window: null } : { ...at, before: last }
    yield { writes: await writesOf(reading, records, signal), cursor: at }
  }

  while (at.untilUtcMs < nowUtcMs || at.window !== null) {
    if (at.window === null) {
      // Before the modifications, and not far behind them, since a record that was taken out of the bin is among both.
      const deleted = await readDeleted(reading, at.deletedUntilUtcMs, nowUtcMs, signal)
      if (!deleted.isWhole) log.warn({ object: object.name }, 'The log of deletions of Salesforce begins after the last sync: records that were purged in between stay until a full reading.')
      const fromUtcMs = Math.min(at.untilUtcMs - lookbackMs, deleted.fromUtcMs)
      at = { ...at, deletedUntilUtcMs: deleted.untilUtcMs, window: { fromUtcMs, toUtcMs: nowUtcMs, after: null } }
      yield { writes: deletesOf(reading, deleted.ids), cursor: at }
      continue
    }
    const { fromUtcMs, toUtcMs, after }: { fromUtcMs: number; toUtcMs: number; after: Place | null } = at.window
    refuse({ ...after, toUtcMs })
    const begins: string = after === null ? bound(stamp, '>=', Math.max(fromUtcMs, wantedUtcMs ?? 0)) : beyond(stamp, after, 'ASC')
    const { records, last, isLast } = await readPage(reading, [begins, bound(stamp, '<=', toUtcMs)], 'ASC', signal)
    at = isLast || last === null ? { ...at, untilUtcMs: Math.max(at.untilUtcMs, toUtcMs), window: null } : { ...at, window: { fromUtcMs, toUtcMs, after: last } }
    yield { writes: await writesOf(reading, records, signal), cursor: at }
  }
}

async function writesOf(reading: Reading, found: readonly RawRecord[], signal: AbortSignal): Promise<readonly TableWrite[]> {
  const { object, fields, currency, history } = reading
  const alive = found.filter((record) => record.IsDeleted !== true)
  const rows = alive.map((record): SyncRecord => ({
    id: record.Id,
    ...Object.fromEntries(fields.map(({ field, column }) => [column.name, valueOf(record[field], column)])),
    currency: typeof record.CurrencyIsoCode === 'string' ? record.CurrencyIsoCode : currency,
  }))
  const gone = found.filter((record) => record.IsDeleted === true).map(({ Id }) => Id)
  const states = history === null ? null : await readHistory(history, rows, signal)
  const records = object.name === 'Opportunity' ? rows.map((row) => ({ ...row, closed_on: closedOnOf(row, states?.get(String(row.id)) ?? []) })) : rows
  return [
    ...deletesOf(reading, gone),
    ...(rows.length === 0 ? [] : [{ kind: 'upsert' as const, table: object.table, records }]),
    ...(history?.object.parent === undefined || rows.length === 0 ? [] : [{ kind: 'replace' as const, table: history.object.table, where: { column: history.object.parent, values: rows.map(({ id }) => String(id)) }, records: [...(states?.values() ?? [])].flat() }]),
  ]
}

function deletesOf({ object, children }: Reading, ids: readonly string[]): readonly TableWrite[] {
  if (ids.length === 0) return []
  return [
    { kind: 'delete', table: object.table, keys: ids.map((id) => [id]) },
    ...children.flatMap(({ table, parent }): TableWrite[] => (parent === undefined ? [] : [{ kind: 'replace', table, where: { column: parent, values: ids }, records: [] }])),
  ]
}
