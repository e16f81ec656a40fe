import { KpiqlError } from '../../src/base/errors.ts'
import { fitsInt64 } from '../../src/base/int64.ts'
import { nearest } from '../../src/base/nearest.ts'
import type { Param } from '../contract.ts'
import type { Bson, BsonDocument, BsonValue } from './client.ts'
import type { Check, IndexedCondition, Json, JsonObject, PrintedPipeline, Stage } from './json.ts'
import { linkedLetterPairs } from './lower-case.ts'
import { isStoredAsIs, readColumn } from './read-column.ts'
import type { Shape, StoredColumn } from './shape.ts'

/** A pipeline to be run. */
export interface LinkedPipeline {
  /** Null where it begins with `$documents` and runs on the database. */
  readonly collection: string | null
  readonly pipeline: readonly BsonDocument[]
}

export interface Linking {
  readonly source: string
  readonly bson: Bson
  readonly shapes: ReadonlyMap<string, Shape>
  readonly params: readonly Param[]
}

/**
 * Puts collections, the types of their columns and the bound values into a printed pipeline.
 *
 * @throws KpiqlError `TABLE_MISSING`, `NOT_SUPPORTED`, and `SOURCE_FAILED` for a field that no document was seen to have.
 */
export function link(printed: PrintedPipeline, linking: Linking): LinkedPipeline {
  const linker = new Linker(linking)
  for (const check of printed.checks) linker.check(check)
  return linker.pipeline(printed.pipeline)
}

class Linker {
  readonly #linking: Linking

  constructor(linking: Linking) {
    this.#linking = linking
  }

  pipeline(stages: readonly Stage[]): LinkedPipeline {
    const [first] = stages
    const table = first?.['$table'] as TableStage | undefined
    const linked = stages.flatMap((stage) => this.#stage(stage))
    return { collection: table?.name ?? null, pipeline: linked }
  }

  check(check: Check): void {
    const column = this.#column(check.table, check.path)
    if (check.rule === 'number') {
      if (!isNumber(column)) throw this.#unlike(`"${check.path}" of "${check.table}" is ${column.type}, and no number to be added or multiplied`)
      return
    }
    const other = this.#column(check.other.table, check.other.path)
    if (familyOf(column) !== familyOf(other)) throw this.#unlike(`"${check.path}" of "${check.table}" is ${column.type}, which does not compare with "${check.other.path}", which is ${other.type}`)
  }

  #stage(stage: Stage): readonly BsonDocument[] {
    const { $table, $join, $union } = stage as { $table?: TableStage; $join?: JoinStage; $union?: { pipeline: readonly Stage[] } }
    if ($table) return this.#table($table)
    if ($join) return this.#join($join)
    if ($union) {
      const { collection, pipeline } = this.pipeline($union.pipeline)
      return [{ $unionWith: { ...(collection === null ? {} : { coll: collection }), pipeline } }]
    }
    return [this.#value(stage) as BsonDocument]
  }

  #table({ name, columns, where = [] }: TableStage): readonly BsonDocument[] {
    const fields = Object.entries(columns).map(([field, path]): [string, BsonValue] => [field, this.#value(readColumn(this.#column(name, path)))])
    const conditions = where.flatMap(({ path, op, param }) => {
      const column = this.#column(name, path)
      return isStoredAsIs(column) ? [{ [path]: { [op]: this.#plain(param, column) } }] : []
    })
    this.#shape(name)
    return [...(conditions.length === 0 ? [] : [{ $match: { $and: conditions } }]), { $replaceWith: Object.fromEntries(fields.length > 0 ? fields : [['~~', null]]) }]
  }

  /** Where the right is a collection whose field is stored as it compares, the join also names the field, for an index to find it by. */
  #join({ keyed, let: variables, pipeline: stages, as }: JoinStage): readonly BsonDocument[] {
    const { collection, pipeline } = this.pipeline(stages)
    const lookup = { ...(collection === null ? {} : { from: collection }), let: this.#value(variables), pipeline, as }
    const column = keyed === undefined ? null : this.#column(keyed.foreign.table, keyed.foreign.path)
    if (keyed === undefined || column === null || collection !== keyed.foreign.table) return [{ $lookup: lookup }]
    const isObjectId = column.type === 'text' && column.seen.length > 0 && column.seen.every((type) => type === 'objectId')
    if (!isObjectId && !isStoredAsIs(column)) return [{ $lookup: lookup }]
    const local = this.#value(keyed.local)
    const key = `${as}key`
    const found = isObjectId ? { $convert: { input: local, to: 'objectId', onError: null, onNull: null } } : local
    // Null finds null and what is missing: not so in SQL.
    const something = { $match: { [column.path]: { $ne: null } } }
    return [{ $set: { [key]: found } }, { $lookup: { ...lookup, localField: key, foreignField: column.path, pipeline: [something, ...pipeline] } }]
  }

  #value(json: Json): BsonValue {
    if (json === null || typeof json !== 'object') return json
    if (Array.isArray(json)) return (json as readonly Json[]).map((part) => this.#value(part))
    const { bson } = this.#linking
    const object = json as JsonObject
    if ('$param' in object) {
      const { $param, beside } = object as { $param: number; beside?: { table: string; path: string } }
      return { $literal: this.#plain($param, beside === undefined ? null : this.#column(beside.table, beside.path)) }
    }
    if ('$numberLong' in object) return bson.Long.fromString(String(object['$numberLong']))
    if ('$numberDecimal' in object) return bson.Decimal128.fromString(String(object['$numberDecimal']))
    if ('$maxKey' in object) return new bson.MaxKey()
    if ('$letters' in object) return { $literal: linkedLetterPairs() }
    if ('$texts' in object) {
      const texts = JSON.parse(String(this.#param(object['$texts'] as number).value)) as readonly string[]
      return texts.map((text) => ({ [String(object['field'])]: { $literal: text } }))
    }
    return Object.fromEntries(Object.entries(object).map(([key, part]) => [key, this.#value(part)]))
  }

  /** A bound value; beside a column, as one that compares with it. */
  #plain(index: number, column: StoredColumn | null): BsonValue {
    const param = this.#param(index)
    if (column === null || param.value === null) return valueOf(param, this.#linking.bson)
    const isMoment = column.type === 'date' || column.type === 'timestamp'
    // A double equals no decimal of as many digits: 0.1 is none of its values.
    const type = isMoment && param.type === 'text' ? 'timestamp' : column.type === 'float' && param.type === 'decimal' ? 'float' : param.type
    if (FAMILIES[type] !== familyOf(column)) throw this.#unlike(`"${column.path}" is ${column.type}, which does not compare with a ${param.type}`)
    const value = valueOf({ ...param, type }, this.#linking.bson)
    if (value instanceof Date && Number.isNaN(value.getTime())) throw this.#unlike(`"${column.path}" is ${column.type}, and is compared with a text that is none`)
    return value
  }

  #param(index: number): Param {
    const param = this.#linking.params[index - 1]
    if (param === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `A statement names value ${index}, which is not bound.` })
    return param
  }

  #shape(table: string): Shape {
    const { shapes, source } = this.#linking
    const shape = shapes.get(table)
    if (shape !== undefined) return shape
    const near = nearest(table, shapes.keys(), 3)
    throw new KpiqlError('TABLE_MISSING', { message: `Source "${source}" has no collection "${table}"${near.length > 0 ? ` (closest: ${near.join(', ')})` : ''}.`, hint: 'Check `table` in the model, and that the user of the connection may read it.' })
  }

  #column(table: string, path: string): StoredColumn {
    const shape = this.#shape(table)
    const column = shape.columns.get(path)
    if (column !== undefined) return column
    const left = shape.left.find((one) => one.path === path)
    const near = nearest(path, shape.columns.keys(), 3)
    throw new KpiqlError('SOURCE_FAILED', {
      message: `"${path}" of collection "${table}" in source "${this.#linking.source}" is no column: ${left?.reason ?? 'no document looked at has it'}${near.length > 0 ? ` (closest: ${near.join(', ')})` : ''}.`,
      hint: 'Check `expr` in the model; or raise `sampleSize` of the source, or declare the type of the field under its `columns`.',
    })
  }

  #unlike(what: string): KpiqlError {
    return new KpiqlError('NOT_SUPPORTED', { message: `In source "${this.#linking.source}", ${what}.`, hint: 'Correct the expression in the model, or declare the type of the field under `columns` of the source.' })
  }
}

interface TableStage {
  readonly name: string
  readonly columns: Readonly<Record<string, string>>
  readonly where?: readonly IndexedCondition[]
}

interface JoinStage {
  readonly keyed?: { readonly local: Json; readonly foreign: { readonly table: string; readonly path: string } }
  readonly let: JsonObject
  readonly pipeline: readonly Stage[]
  readonly as: string
}

const FAMILIES: Readonly<Record<Param['type'], string>> = { text: 'text', boolean: 'boolean', integer: 'number', float: 'number', decimal: 'number', date: 'moment', timestamp: 'moment' }
const familyOf = ({ type }: StoredColumn): string => FAMILIES[type]
const isNumber = (column: StoredColumn): boolean => familyOf(column) === 'number'

function valueOf({ value, type }: Param, bson: Bson): BsonValue {
  if (value === null) return null
  switch (type) {
    case 'text':
      return String(value)
    case 'boolean':
      return value === true
    case 'integer':
      return integerOf(BigInt(value), bson)
    case 'float':
      return new bson.Double(Number(value))
    case 'decimal':
      return bson.Decimal128.fromString(String(value))
    case 'date':
    case 'timestamp':
      return moment(String(value))
  }
}

/** Larger than all that is no infinity, and than all that 34 digits hold to the last. */
const BEYOND = '9E+6144'

/** Beyond 64 bits a decimal, which compares exactly with integers; one of more digits than those have is larger than any integer stored. */
function integerOf(value: bigint, bson: Bson): BsonValue {
  if (fitsInt64(value)) return bson.Long.fromBigInt(value)
  const text = value.toString()
  return bson.Decimal128.fromString(text.replace('-', '').length <= 34 ? text : `${text.startsWith('-') ? '-' : ''}${BEYOND}`)
}

/** Without a zone, in UTC. */
function moment(text: string): Date {
  const iso = text.replace(' ', 'T')
  return new Date(/T/.test(iso) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? `${iso}Z` : iso)
}
