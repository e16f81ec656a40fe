import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { addDecimals, decimalToText, parseDecimal } from '../base/decimal-number.ts'
import type { DecimalNumber } from '../base/decimal-number.ts'
import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import { answeredBefore, answerOnce } from './answer-once.ts'
import { acceptAmount } from './check-amount.ts'
import type { RejectedRow } from './csv-table.ts'
import { newId } from './new-id.ts'
import { decodePlace, encodePlace } from './place-in-list.ts'
import { readUpload } from './read-upload.ts'
import { FIELDS_OF } from './recorded-amount.ts'
import type { AmountFields, AmountInput, RecordKind, RecordedAmount } from './recorded-amount.ts'
import { countChange } from './store-files.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreReader, StoreTables, StoreWriter } from './tables.ts'

/** Which amounts; all that is given must hold. Dates are half-open: `from` belongs to it, `to` does not. */
export interface AmountFilter {
  readonly from: string | null
  readonly to: string | null
  readonly type: string | null
}

export interface AmountPage {
  /** Newest date first; of one date, last recorded first. */
  readonly records: readonly RecordedAmount[]
  readonly totalCount: number
  readonly hasNextPage: boolean
  readonly endCursor: string | null
}

/** Sum of one currency, exact. */
export interface CurrencyTotal {
  readonly currency: string
  readonly amount: string
  readonly count: number
}

export interface UploadAsked {
  readonly csv: string
  /** For rows that name none. */
  readonly currency: string | null
  /** Checks and reports, and records nothing. */
  readonly dryRun: boolean
  /** With `reject_all` one bad row keeps all out. */
  readonly onError: 'reject_rows' | 'reject_all'
  readonly key: string | null
}

export interface UploadReport {
  /** Rows that could be recorded. */
  readonly accepted: number
  /** Rows that were; 0 for a dry run, and where one bad row keeps all out. */
  readonly recorded: number
  readonly rejectedCount: number
  /** The first 1000 of them, in the order of the text. */
  readonly rejected: readonly RejectedRow[]
  readonly truncated: boolean
}

/** All amounts at one moment; `revisions` changes with them. */
export interface AmountsSnapshot {
  readonly revisions: Readonly<Record<RecordKind, number>>
  readonly records: Readonly<Record<RecordKind, readonly RecordedAmount[]>>
}

const ROWS_A_STATEMENT = 500
const LISTED_REJECTIONS = 1000

/** Costs and revenue that people record by hand or upload. */
export class RecordedAmounts {
  readonly #files: StoreFiles
  readonly #clock: Clock

  constructor(files: StoreFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  /**
   * @param currency where the input names none; no part of what a key is remembered with.
   * @throws KpiqlError `RECORD_INVALID`, `KEY_REUSED`, `STORE_UNAVAILABLE`.
   */
  async record(kind: RecordKind, input: AmountInput, key: string | null, currency: string | null = null): Promise<RecordedAmount> {
    const once = { scope: `record_${kind}`, key, sent: input }
    const before = await answeredBefore<RecordedAmount>(this.#files.read, once)
    if (before !== null) return before
    const fields = acceptAmount(kind, { ...input, currency: input.currency ?? currency })
    return this.#change(kind, (writer, nowIso) =>
      answerOnce(writer, once, nowIso, async () => {
        const record = this.#stamped(fields, nowIso)
        await insert(writer, kind, [record])
        return record
      }),
    )
  }

  /** Changes the fields given; a null empties one that may be empty. @throws KpiqlError `RECORD_UNKNOWN`, `RECORD_INVALID`. */
  async update(kind: RecordKind, id: string, changes: AmountInput): Promise<RecordedAmount> {
    return this.#change(kind, async (writer, updatedAt) => {
      const before = await find(writer, kind, id)
      const given = Object.fromEntries(FIELDS_OF[kind].flatMap((field) => (changes[field] === undefined ? [] : [[field, changes[field]]])))
      const fields = acceptAmount(kind, { ...before, ...given })
      await writer
        .updateTable('recorded_amounts')
        .set({ ...fields, updated_at: updatedAt })
        .where('id', '=', id)
        .execute()
      return { ...before, ...fields, updatedAt }
    })
  }

  /** @returns What was deleted. @throws KpiqlError `RECORD_UNKNOWN`. */
  async delete(kind: RecordKind, id: string): Promise<RecordedAmount> {
    return this.#change(kind, async (writer) => {
      const before = await find(writer, kind, id)
      await writer.deleteFrom('recorded_amounts').where('id', '=', id).execute()
      return before
    })
  }

  /** @param first at least 1. @throws KpiqlError `INVALID_CURSOR`. */
  async list(kind: RecordKind, filter: AmountFilter, first: number, after: string | null): Promise<AmountPage> {
    const list = stableHash([kind, filter])
    let page = filtered(this.#files.read, kind, filter).selectAll().orderBy('date', 'desc').orderBy('id', 'desc').limit(first + 1)
    if (after !== null) {
      const { date, id } = decodePlace(after, list)
      page = page.where(({ or, and, eb }) => or([eb('date', '<', date), and([eb('date', '=', date), eb('id', '<', id)])]))
    }
    const rows = await page.execute()
    const { count } = await filtered(this.#files.read, kind, filter)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    const records = rows.slice(0, first).map(toRecord)
    const last = records.at(-1)
    return { records, totalCount: count, hasNextPage: rows.length > first, endCursor: last === undefined ? null : encodePlace(last, list) }
  }

  /** By currency, in its order: amounts of several are never added up. */
  async totals(kind: RecordKind, filter: AmountFilter): Promise<readonly CurrencyTotal[]> {
    const rows = await filtered(this.#files.read, kind, filter).select(['currency', 'amount']).execute()
    const sums = new Map<string, { sum: DecimalNumber; count: number }>()
    for (const { currency, amount } of rows) {
      const { sum, count } = sums.get(currency) ?? { sum: { units: 0n, scale: 0 }, count: 0 }
      sums.set(currency, { sum: addDecimals(sum, parseDecimal(amount)), count: count + 1 })
    }
    return [...sums].map(([currency, { sum, count }]) => ({ currency, amount: decimalToText(sum), count })).toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
  }

  /** Records the rows of a CSV text, all in one transaction. @throws KpiqlError `RECORD_INVALID` for the text as a whole, `KEY_REUSED`. */
  async upload(kind: RecordKind, { csv, currency, dryRun, onError, key }: UploadAsked): Promise<UploadReport> {
    const once = { scope: `upload_${kind}`, key, sent: { csv, onError } }
    const before = dryRun ? null : await answeredBefore<UploadReport>(this.#files.read, once)
    if (before !== null) return before
    const { accepted, rejected } = await readUpload(kind, csv, currency)
    const recorded = dryRun || (onError === 'reject_all' && rejected.length > 0) ? 0 : accepted.length
    const report = { accepted: accepted.length, recorded, rejectedCount: rejected.length, rejected: rejected.slice(0, LISTED_REJECTIONS), truncated: rejected.length > LISTED_REJECTIONS }
    // What records nothing uses up no key: the text may come again with it once its rows are mended.
    if (recorded === 0) return report
    return this.#change(kind, (writer, nowIso) =>
      answerOnce(writer, once, nowIso, async () => {
        for (let from = 0; from < accepted.length; from += ROWS_A_STATEMENT) {
          // Other requests are answered between the statements of a long upload.
          if (from > 0) await nextTurn()
          await insert(writer, kind, accepted.slice(from, from + ROWS_A_STATEMENT).map((fields) => this.#stamped(fields, nowIso)))
        }
        return report
      }),
    )
  }

  /** Changes whenever recorded costs or revenue do, whoever changes them. */
  async revisions(): Promise<AmountsSnapshot['revisions']> {
    return { cost: this.#files.revision('cost'), revenue: this.#files.revision('revenue') }
  }

  /** All of it at one moment. */
  async snapshot(): Promise<AmountsSnapshot> {
    return this.#files.read.transaction().execute(async (reader) => {
      const revisions = await revisionsIn(reader)
      const rows = await reader.selectFrom('recorded_amounts').selectAll().orderBy('date').orderBy('id').execute()
      const of = (kind: RecordKind): readonly RecordedAmount[] => rows.filter((row) => row.kind === kind).map(toRecord)
      return { revisions, records: { cost: of('cost'), revenue: of('revenue') } }
    })
  }

  #change<Result>(kind: RecordKind, work: (writer: StoreWriter, nowIso: string) => Promise<Result>): Promise<Result> {
    return this.#files.write(async (writer) => {
      const result = await work(writer, new Date(this.#clock.nowMs()).toISOString())
      await countChange(writer, kind)
      return result
    })
  }

  #stamped(fields: AmountFields, nowIso: string): RecordedAmount {
    return { id: newId(this.#clock.nowMs()), ...fields, createdAt: nowIso, updatedAt: nowIso }
  }
}

async function insert(writer: StoreWriter, kind: RecordKind, records: readonly RecordedAmount[]): Promise<void> {
  const rows = records.map(({ createdAt, updatedAt, ...fields }) => ({ ...fields, kind, created_at: createdAt, updated_at: updatedAt }))
  await writer.insertInto('recorded_amounts').values(rows).execute()
}

async function find(reader: StoreReader, kind: RecordKind, id: string): Promise<RecordedAmount> {
  const row = await reader.selectFrom('recorded_amounts').selectAll().where('id', '=', id).where('kind', '=', kind).executeTakeFirst()
  if (row !== undefined) return toRecord(row)
  throw new KpiqlError('RECORD_UNKNOWN', { message: `There is no recorded ${kind} with this id.`, hint: `List them with { recorded${kind === 'cost' ? 'Costs' : 'Revenue'}(first: 20) { records { id date amount } } }.` })
}

function filtered(reader: StoreReader, kind: RecordKind, { from, to, type }: AmountFilter) {
  return reader
    .selectFrom('recorded_amounts')
    .where('kind', '=', kind)
    .$if(from !== null, (query) => query.where('date', '>=', from))
    .$if(to !== null, (query) => query.where('date', '<', to))
    .$if(type !== null, (query) => query.where('type', '=', type))
}

async function revisionsIn(reader: StoreReader): Promise<AmountsSnapshot['revisions']> {
  const rows = await reader.selectFrom('revisions').select(['name', 'value']).execute()
  const of = (kind: RecordKind): number => rows.find(({ name }) => name === kind)?.value ?? 0
  return { cost: of('cost'), revenue: of('revenue') }
}

function toRecord({ id, date, type, amount, currency, customer, channel, description, created_at, updated_at }: StoreTables['recorded_amounts']): RecordedAmount {
  return { id, date, type, amount, currency, customer, channel, description, createdAt: created_at, updatedAt: updated_at }
}
