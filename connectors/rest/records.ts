import { localMsAt } from '../../src/base/time-zone.ts'
import { currencyExponent, majorUnits } from '../sync-kit/minor-units.ts'
import type { SyncColumn, SyncRecord, SyncTable, TableWrite } from '../sync-contract.ts'
import { compileOne, isJsonPath, outerField, topField } from './json-path.ts'
import type { ColumnOptions, StreamOptions } from './option-types.ts'
import { readTime } from './times.ts'

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Makes rows of what the tool shows. */
export class Records {
  readonly table: SyncTable
  readonly #columns: readonly (readonly [string, (record: unknown) => unknown])[]
  readonly #keepsOthers: boolean
  /** By the name of a field whether it becomes a column of its own. */
  readonly #isOther = new Map<string, boolean>()
  readonly #declared: ReadonlySet<string>
  readonly #taken: ReadonlySet<string>
  readonly #isDeleted: (record: unknown) => boolean
  readonly #mark: (record: unknown) => number | null

  constructor(stream: StreamOptions) {
    const { name, description, key, columns, others, deletes, incremental, person, refers } = stream
    const all: readonly (readonly [string, ColumnOptions])[] = [...key.filter((column) => !(column in columns)).map((column) => [column, { kind: 'text', timezone: 'UTC', personal: false }] as const), ...Object.entries(columns)]
    this.table = { name, description: description ?? `Records of ${name}.`, columns: all.map(([column, options]) => columnOf(column, options)), key, person, refers }
    this.#columns = all.map(([column, options]) => [column, readerOf(column, options)])
    const personal = all.flatMap(([, options]) => (options.personal && options.from !== undefined ? [outerField(options.from)] : []))
    this.#keepsOthers = others === 'keep' && !personal.includes(null)
    this.#declared = new Set(all.map(([column]) => column))
    const renamed = all.flatMap(([, { from, currency }]) => (from === undefined || currency !== undefined ? [] : [topField(from)]))
    this.#taken = new Set([...renamed, ...personal].filter((field) => field !== null))
    this.#isDeleted = deletes?.kind === 'field' ? flagOf(deletes.field, deletes.values) : () => false
    const field = incremental?.kind === 'time' ? compileOne(incremental.field) : null
    this.#mark = (record) => (field && incremental ? readTime(field(record), incremental.format, incremental.timezone) : null)
  }

  /** What to write for the records of a page, in their order, and the latest instant among them, UTC ms. */
  writes(found: readonly unknown[]): { readonly writes: readonly TableWrite[]; readonly highUtcMs: number | null } {
    const runs: ({ kind: 'upsert'; table: string; records: SyncRecord[] } | { kind: 'delete'; table: string; keys: (readonly (string | number)[])[] })[] = []
    let highUtcMs: number | null = null
    const table = this.table.name
    for (const record of found) {
      const mark = this.#mark(record)
      if (mark !== null) highUtcMs = Math.max(highUtcMs ?? mark, mark)
      const row = this.#row(record)
      const last = runs.at(-1)
      const key = this.#isDeleted(record) ? this.#keyOf(row) : null
      if (key === null) {
        if (last?.kind === 'upsert') last.records.push(row)
        else runs.push({ kind: 'upsert', table, records: [row] })
      } else if (last?.kind === 'delete') last.keys.push(key)
      else runs.push({ kind: 'delete', table, keys: [key] })
    }
    return { writes: runs, highUtcMs }
  }

  #row(record: unknown): SyncRecord {
    const row: Record<string, unknown> = {}
    if (typeof record !== 'object' || record === null) return { ...Object.fromEntries(this.#columns.map(([column, read]) => [column, read({ value: record })])), value: record }
    if (this.#keepsOthers) for (const [field, value] of Object.entries(record)) if (this.#becomesColumn(field)) row[field] = value
    for (const [column, read] of this.#columns) row[column] = read(record)
    return row
  }

  /** Not what a column is made of under another name, not what holds the value of a personal column, and not what would get the name of a column. */
  #becomesColumn(field: string): boolean {
    const known = this.#isOther.get(field)
    if (known !== undefined) return known
    const becomes = !this.#taken.has(field) && !this.#declared.has(field) && !this.#declared.has(snakeCase(field))
    this.#isOther.set(field, becomes)
    return becomes
  }

  /** Null where a part of the key is missing: such a record is written, and refused there. */
  #keyOf(row: SyncRecord): readonly (string | number)[] | null {
    const values = this.table.key.map((column) => row[column])
    return values.every((value) => typeof value === 'string' || typeof value === 'number') ? (values as (string | number)[]) : null
  }
}

function columnOf(name: string, { kind, scale, personal, description }: ColumnOptions): SyncColumn {
  return { name, kind, ...(scale === undefined ? {} : { scale }), ...(description === undefined ? {} : { description }), ...(personal ? { personal } : {}) }
}

function readerOf(name: string, { kind, from, format, timezone, currency }: ColumnOptions): (record: unknown) => unknown {
  const value = compileOne(from ?? `$['${name}']`)
  if (currency !== undefined) {
    const code = isJsonPath(currency) ? compileOne(currency) : () => currency
    return (record) => majorUnits(value(record), currencyExponent(code(record)))
  }
  if (kind === 'timestamp') {
    return (record) => {
      const found = value(record)
      if (found === '' || (format === undefined && typeof found !== 'string')) return found === '' ? null : found
      // What is no such time goes on as it is, so that it is refused with its reason.
      return found === null || found === undefined ? null : (readTime(found, format ?? 'iso', timezone) ?? found)
    }
  }
  if (kind === 'date') {
    return (record) => {
      const found = value(record)
      if (found === null || found === undefined || found === '') return null
      if (format === undefined && typeof found === 'string' && DATE.test(found)) return found
      const utcMs = readTime(found, format ?? 'iso', timezone)
      return utcMs === null ? found : new Date(localMsAt(timezone, utcMs)).toISOString().slice(0, 10)
    }
  }
  return value
}

/** Whether a record is marked as deleted. */
function flagOf(path: string, values: readonly unknown[] | undefined): (record: unknown) => boolean {
  const value = compileOne(path)
  return (record) => {
    const found = value(record)
    if (values !== undefined) return values.includes(found)
    return found !== undefined && found !== null && found !== false && found !== 0 && found !== '' && found !== 'false'
  }
}

function snakeCase(text: string): string {
  return text.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[^A-Za-z0-9]+/g, '_').toLowerCase()
}
