import { KpiqlError } from '../../src/base/errors.ts'
import type { SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { SalesforceClient } from './client.ts'
import type { Place } from './cursor.ts'
import { valueOf } from './fields.ts'
import { readPage } from './read-page.ts'
import type { ObjectReading, RawRecord } from './read-page.ts'
import { beyond, idIn } from './soql.ts'

/** Ids that fit an address beside the fields. */
const IDS = 250

/** What Salesforce calls closed and won, by names of stages. */
export type Stages = ReadonlyMap<string, { readonly isClosed: boolean; readonly isWon: boolean }>

export interface HistoryReading extends ObjectReading {
  readonly stages: Stages
}

/** The stages of opportunities, by their API names and labels; those that are no longer used too. Empty where the user may not see them. */
export async function readStages(client: SalesforceClient, signal: AbortSignal): Promise<Stages> {
  try {
    const { records } = await client.get<{ readonly records: readonly { readonly ApiName: string; readonly MasterLabel: string; readonly IsClosed: boolean; readonly IsWon: boolean }[] }>(
      '/query', { q: 'SELECT ApiName,MasterLabel,IsClosed,IsWon FROM OpportunityStage' }, signal,
    )
    return new Map(records.flatMap(({ ApiName, MasterLabel, IsClosed, IsWon }) => [MasterLabel, ApiName].map((name) => [name, { isClosed: IsClosed, isWon: IsWon }] as const)))
  } catch (error) {
    if (error instanceof KpiqlError && error.code === 'SOURCE_FAILED') return new Map()
    throw error
  }
}

/**
 * The histories of parents, whole, by their ids and oldest first: each state is left when the next begins, which only their order tells.
 *
 * @param parents rows of the parents' table, for ids, currencies, and whether the present state closes.
 */
export async function readHistory(reading: HistoryReading, parents: readonly SyncRecord[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly SyncRecord[]>> {
  const { object: { parent = '' }, stamp, fields, stages } = reading
  const parentField = fields.find(({ column }) => column.name === parent)?.field
  if (parents.length === 0 || parentField === undefined) return new Map()
  const ids = parents.map(({ id }) => String(id))
  const readSome = async (some: readonly string[]): Promise<readonly RawRecord[]> => {
    const found: RawRecord[] = []
    const refuse = refuseLoops('Salesforce')
    const of = idIn(parentField, some)
    for (let at: Place | null = null; ; ) {
      refuse({ ...at })
      const { records, last, isLast } = await readPage(reading, [of, ...(at === null ? [] : [beyond(stamp, at, 'ASC')])], 'ASC', signal)
      found.push(...records.filter((record) => record.IsDeleted !== true))
      if (isLast || last === null) return found
      at = last
    }
  }
  const batches = Array.from({ length: Math.ceil(ids.length / IDS) }, (_, index) => ids.slice(index * IDS, (index + 1) * IDS))
  const found = (await Promise.all(batches.map(readSome))).flat()
  const rowOf = new Map(parents.map((row) => [row.id, row]))
  const byParent = Map.groupBy(new Map(found.map((record) => [record.Id, record])).values(), (record) => String(record[parentField]))
  const statesOf = ([id, states]: readonly [string, readonly RawRecord[]]): readonly SyncRecord[] => {
    const row = rowOf.get(id)
    const ordered = states.toSorted((a, b) => instantOf(a) - instantOf(b) || (a.Id < b.Id ? -1 : 1))
    return ordered.map((record, index): SyncRecord => {
      const next = ordered[index + 1]
      const stage = stages.get(String(record.StageName))
      // Of its present state an opportunity tells itself, also where its stage is none of the list any more.
      const now = next === undefined && typeof row?.is_closed === 'boolean' ? { isClosed: row.is_closed, isWon: row.is_won } : null
      return {
        id: record.Id,
        ...Object.fromEntries(fields.map(({ field, column }) => [column.name, valueOf(record[field], column)])),
        left_at: next === undefined ? null : instantOf(next),
        is_closed: now?.isClosed ?? stage?.isClosed ?? (record.ForecastCategory === 'Closed' ? true : null), is_won: now?.isWon ?? stage?.isWon ?? null, currency: row?.currency ?? null,
      }
    })
  }
  return new Map([...byParent].map((one) => [one[0], statesOf(one)]))
}

function instantOf(record: RawRecord): number {
  return utcMsOfIso(record.CreatedDate) ?? 0
}
