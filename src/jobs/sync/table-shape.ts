import type { LandedTable, LandingCell, LandingColumn, LandingTable, QuarantinedRecord } from '../../../connectors/landing-contract.ts'
import type { SyncColumn, SyncRecord, SyncTable } from '../../../connectors/sync-contract.ts'
import { checkOf, misfit, type CellCheck } from './check-cell.ts'
import { inferKind, snakeCase } from './drifted-columns.ts'
import { LandedValue } from './landed-value.ts'
import { hasher, policyOf } from './personal-cell.ts'
import type { SyncSettings } from './types.ts'

const DEFAULT_SCALE = 6
const CONTENT_CHARACTERS = 10_000
/** Fields that nobody declared, of one table: some tools take whatever their users invent. */
const MOST_DRIFTED = 300

/** What becomes of one field of a record. */
interface Field {
  /** Index among the table's columns; null where the field is dropped. */
  readonly at: number | null
  readonly column: LandingColumn
  readonly check: CellCheck
  /** As declared, which is what the value must fit before it is hashed. */
  readonly kind: SyncColumn['kind']
  readonly hash: ((text: string) => string) | null
  /** Whether the column was inferred from a first value: one that does not fit says nothing against the rest of its record. */
  readonly isLearned: boolean
}

/** Fields whose column belongs to another field, or would be one too many. */
const REFUSED = null

const float = checkOf('float', 0)
/** Large integers may be ids, of which a neighbour would be another's. */
const exactFloat: CellCheck = (value) => (typeof value === 'bigint' && BigInt(Number(value)) !== value ? undefined : float(value))

/** Turns records of one table into rows of its landed columns; learns columns as records bring fields that nobody declared. Shared by the readings and live events of a source. */
export class TableShape {
  readonly table: SyncTable
  /** As the landing has it. */
  readonly name: string
  readonly #columns: LandingColumn[] = []
  /** By names in records. */
  readonly #fields = new Map<string, Field | typeof REFUSED>()
  readonly #byColumn = new Map<string, Field>()
  /** Which field a column is for, by the column's name; a column of an earlier run is for the first field of this one that is called so. */
  readonly #owners = new Map<string, string>()
  /** Used for every record, so that a million of them leave nothing behind. */
  readonly #row: LandingCell[] = []
  #drifted = 0
  /** What was told of fields and cells, to be told with the next records. */
  readonly #told: QuarantinedRecord[] = []

  /** @param landed what is in the landing of an earlier run; null where nothing is. */
  constructor(source: string, table: SyncTable, settings: SyncSettings, landed: LandedTable | null) {
    this.table = table
    this.name = `${source}_${table.name}`
    const policy = policyOf(settings, table.name)
    const hash = hasher(source, settings)
    for (const { name, kind, scale = DEFAULT_SCALE, personal = false } of table.columns) {
      const isKey = table.key.includes(name)
      const isHashed = personal && policy !== 'keep' && (policy === 'hash' || isKey)
      const isDropped = personal && policy === 'drop' && !isKey
      const isEmail = [...(table.person?.email ?? []), ...(table.person?.staff ?? [])].includes(name)
      const column: LandingColumn = isHashed ? { name, kind: 'text', scale: 0 } : { name, kind, scale: kind === 'decimal' ? scale : 0 }
      const at = isDropped ? null : this.#columns.push(column) - 1
      const field: Field = { at, column, check: checkOf(kind, scale), kind, hash: isHashed ? (text) => hash(text, isEmail) : null, isLearned: false }
      this.#fields.set(name, field)
      this.#byColumn.set(name, field)
      this.#owners.set(name, name)
    }
    for (const { name, kind, scale } of landed?.columns ?? []) if (!this.#byColumn.has(name)) this.#learned(name, { name, kind, scale })
  }

  /** Columns so far: those declared, and those learned. */
  get landing(): LandingTable {
    return { name: this.name, columns: [...this.#columns], key: this.table.key }
  }

  /** What fields and cells were refused since the last call. */
  takeTold(): readonly QuarantinedRecord[] {
    return this.#told.splice(0)
  }

  /** Where a column stands in a row. */
  at(name: string): number {
    return this.#columns.findIndex((column) => column.name === name)
  }

  /** A cell for every column, valid until the next record; or why the record does not fit. */
  rowOf(record: SyncRecord): readonly LandingCell[] | QuarantinedRecord {
    const row = this.#row
    for (let at = 0; at < this.#columns.length; at++) row[at] = null
    for (const name in record) {
      const value = record[name]
      if (value === null || value === undefined) continue
      let field = this.#fields.get(name)
      if (field === undefined) field = this.#unknown(name, value)
      if (field === REFUSED) continue
      if (typeof value === 'object' && value instanceof LandedValue) {
        if (field.at !== null) row[field.at] = value.cell
        continue
      }
      const cell = field.check(value)
      if (cell === undefined) {
        const reason = misfit(value, field.kind, field.column.scale)
        if (!field.isLearned) return this.#misfit(record, field.column.name, reason)
        this.#told.push(this.#misfit(record, field.column.name, `${reason}; the rest of the record landed`))
        continue
      }
      if (field.at !== null) row[field.at] = field.hash === null ? cell : field.hash(String(cell))
    }
    for (const name of this.table.key) {
      if ((row[this.#byColumn.get(name)?.at ?? -1] ?? null) === null) return this.#misfit(record, name, 'no value in a column of the key')
    }
    return row
  }

  /** Cells of some columns of a record, of which others may not fit; undefined where one of these is missing or does not fit either. */
  readable(record: SyncRecord, names: readonly string[]): readonly LandingCell[] | undefined {
    const cells: LandingCell[] = []
    for (const name of names) {
      const field = this.#byColumn.get(name)
      const value = record[name]
      const cell = value === null || value === undefined ? undefined : field?.check(value)
      if (field === undefined || cell === undefined || cell === null) return undefined
      cells.push(field.hash === null ? cell : field.hash(String(cell)))
    }
    return cells
  }

  /** Cells of named columns as they landed: for deletions and replacements. Undefined where a value fits no row, so that there is none. */
  cellsOf(names: readonly string[], values: readonly (string | number)[]): LandingCell[] | undefined {
    const cells: LandingCell[] = []
    for (const [index, name] of names.entries()) {
      const field = this.#byColumn.get(name)
      const value = values[index]
      const cell = value === undefined ? undefined : field?.check(value)
      if (field === undefined || cell === undefined) return undefined
      cells.push(field.hash === null ? cell : field.hash(String(cell)))
    }
    return cells
  }

  #unknown(field: string, value: unknown): Field | typeof REFUSED {
    const name = snakeCase(field)
    const owner = this.#owners.get(name)
    if (owner === undefined && !this.#byColumn.has(name) && this.#drifted >= MOST_DRIFTED) return this.#refuse(field, null, `more than ${MOST_DRIFTED} fields that are not declared: the others are not landed`)
    if (owner !== undefined) return this.#refuse(field, name, `the fields "${owner}" and "${field}" would be one column: only the first is landed`)
    const learned = this.#byColumn.get(name) ?? this.#learned(name, { name, kind: inferKind(value), scale: 0 })
    this.#owners.set(name, field)
    this.#fields.set(field, learned)
    return learned
  }

  #learned(name: string, column: LandingColumn): Field {
    this.#drifted++
    const at = this.#columns.push(column) - 1
    const field: Field = { at, column, check: column.kind === 'float' ? exactFloat : checkOf(column.kind, column.scale), kind: column.kind, hash: null, isLearned: true }
    this.#byColumn.set(name, field)
    return field
  }

  #refuse(field: string, column: string | null, reason: string): typeof REFUSED {
    this.#fields.set(field, REFUSED)
    this.#told.push({ table: this.name, column, reason, content: JSON.stringify({ field: field.slice(0, 200) }) })
    return REFUSED
  }

  #misfit(record: SyncRecord, column: string, reason: string): QuarantinedRecord {
    return { table: this.name, column, reason, content: this.#contentOf(record) }
  }

  /** Personal columns as they would have landed, whatever is wrong with the record. */
  #contentOf(record: SyncRecord): string {
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(record)) {
      const field = this.#fields.get(name)
      if (field === undefined || field === REFUSED || value === null || value === undefined) shown[name] = value
      else if (value instanceof LandedValue) shown[name] = value.cell
      else if (field.at !== null) shown[name] = field.hash === null ? value : field.hash(typeof value === 'object' ? (checkOf('json', 0)(value) as string) : String(value))
    }
    // Large integers have no JSON of their own.
    return JSON.stringify(shown, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)).toWellFormed().replaceAll('\\u0000', '').slice(0, CONTENT_CHARACTERS)
  }
}
