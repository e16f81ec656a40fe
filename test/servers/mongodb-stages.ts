import { Aggregator } from 'mingo/aggregator'
import { Context, evalExpr } from 'mingo/core'
import { Lazy } from 'mingo/lazy'
import * as accumulatorOperators from 'mingo/operators/accumulator'
import * as expressionOperators from 'mingo/operators/expression'
import * as pipelineOperators from 'mingo/operators/pipeline'
import * as projectionOperators from 'mingo/operators/projection'
import * as queryOperators from 'mingo/operators/query'
import * as windowOperators from 'mingo/operators/window'
import { CommandError, expressions, holds } from './mongodb-expressions.ts'
import { ACCUMULATORS, type Accumulator } from './mongodb-accumulate.ts'
import { compareValues, keyOf } from './mongodb-order.ts'

type Options = Parameters<typeof evalExpr>[2]
type Rows = ReturnType<typeof Lazy>
export type Doc = Record<string, unknown>
type Expr = unknown

/** A function over all rows, run when the first is asked for. */
function whole(rows: Rows, work: (all: Doc[]) => Iterable<Doc>): Rows {
  let result: Iterator<Doc> | null = null
  return Lazy((() => {
    result ??= work(rows.collect() as Doc[])[Symbol.iterator]()
    return result.next()
  }) as never)
}

/** Row by row, and no row before it is asked for. */
function each(rows: Rows, work: (row: Doc) => Iterable<Doc>): Rows {
  function* all(): Generator<Doc> {
    for (let next = rows.next(); next.done !== true; next = rows.next()) yield* work(next.value as Doc)
  }
  return Lazy(all() as never)
}

const withoutMissing = (doc: Doc): Doc => Object.fromEntries(Object.entries(doc).filter(([, value]) => value !== undefined))

function begin(fields: Readonly<Record<string, Doc>>): { readonly name: string; readonly expr: Expr; readonly accumulator: Accumulator }[] {
  return Object.entries(fields).map(([name, spec]) => {
    const [operator = '', expr] = Object.entries(spec)[0] ?? []
    const make = ACCUMULATORS[operator]
    if (make === undefined) throw new CommandError(15952, 'Location15952', `unknown group operator '${operator}'`)
    return { name, expr, accumulator: make() }
  })
}

function group(rows: Rows, { _id, ...fields }: { _id: Expr } & Record<string, Doc>, options: Options): Rows {
  return whole(rows, (all) => {
    const groups = new Map<string, { id: unknown; kept: ReturnType<typeof begin> }>()
    for (const row of all) {
      const raw = evalExpr(row, _id, options) as unknown
      const id = raw !== null && typeof raw === 'object' && raw.constructor === Object ? withoutMissing(raw as Doc) : raw
      const key = keyOf(id)
      let found = groups.get(key)
      if (found === undefined) groups.set(key, (found = { id, kept: begin(fields) }))
      for (const { expr, accumulator } of found.kept) accumulator.take(evalExpr(row, expr, options))
    }
    return [...groups.values()].map(({ id, kept }): Doc => ({ _id: id ?? null, ...Object.fromEntries(kept.map(({ name, accumulator }) => [name, accumulator.result()])) }))
  })
}

function sorter(spec: Readonly<Record<string, number>>): (a: Doc, b: Doc) => number {
  const keys = Object.entries(spec)
  const at = (row: Doc, path: string): unknown => path.split('.').reduce<unknown>((value, name) => (value as Doc | undefined)?.[name], row)
  return (a, b) => {
    for (const [path, direction] of keys) {
      const order = compareValues(at(a, path), at(b, path))
      if (order !== 0) return order * direction
    }
    return 0
  }
}

interface WindowSpec {
  readonly partitionBy: Expr
  readonly sortBy?: Readonly<Record<string, number>>
  readonly output: Readonly<Record<string, Doc & { window?: { documents: readonly [string, string | number] } }>>
}

function windows(rows: Rows, { partitionBy, sortBy, output }: WindowSpec, options: Options): Rows {
  return whole(rows, (all) => {
    const partitions = new Map<string, Doc[]>()
    for (const row of all) {
      const key = keyOf(evalExpr(row, partitionBy, options))
      const rowsOf = partitions.get(key) ?? []
      partitions.set(key, rowsOf)
      rowsOf.push({ ...row })
    }
    const sorted = [...partitions.values()].map((part) => (sortBy === undefined ? part : part.toSorted(sorter(sortBy))))
    for (const part of sorted) {
      const values = Object.entries(output).map(([name, { window, ...spec }]) => ({ name, found: overPart(part, spec, window?.documents ?? ['unbounded', 'unbounded'], sortBy !== undefined, options) }))
      part.forEach((row, index) => values.forEach(({ name, found }) => (row[name] = found[index])))
    }
    return sorted.flat()
  })
}

function overPart(part: readonly Doc[], spec: Doc, [from, to]: readonly [string, string | number], isSorted: boolean, options: Options): readonly unknown[] {
  const [operator = '', expr] = Object.entries(spec)[0] ?? []
  if (!isSorted && (operator === '$documentNumber' || operator === '$shift' || to !== 'unbounded')) throw new CommandError(5371602, 'Location5371602', `'${operator}' requires a sortBy`)
  if (operator === '$documentNumber') return part.map((_, index) => BigInt(index + 1))
  if (operator === '$shift') {
    const { output, by, default: otherwise } = expr as { output: Expr; by: number; default: unknown }
    return part.map((_, index) => (part[index + by] === undefined ? otherwise : evalExpr(part[index + by], output, options)))
  }
  if (from !== 'unbounded') throw new CommandError(9, 'FailedToParse', 'Such windows are not built here.')
  const [kept] = begin({ value: spec as Doc })
  if (kept === undefined) throw new CommandError(9, 'FailedToParse', 'A window without an operator.')
  const of = part.map((row) => evalExpr(row, expr, options) as unknown)
  if (to === 'unbounded') {
    of.forEach((value) => kept.accumulator.take(value))
    return part.map(() => kept.accumulator.result())
  }
  return of.map((value, index) => {
    const taken = to === 'current' ? value : of[index - 1]
    if (to === 'current' || index > 0) kept.accumulator.take(taken)
    return kept.accumulator.result()
  })
}

interface LookupSpec {
  readonly from?: string
  readonly localField?: string
  readonly foreignField?: string
  readonly let?: Doc
  readonly pipeline: readonly Doc[]
  readonly as: string
}

function lookup(rows: Rows, { from, localField, foreignField, let: variables = {}, pipeline, as }: LookupSpec, options: Options): Rows {
  const resolve = (options as unknown as { collectionResolver(name: string): Doc[] }).collectionResolver
  const foreign = from === undefined ? [] : resolve(from)
  const at = (row: Doc, path: string): unknown => path.split('.').reduce<unknown>((value, name) => (value as Doc | undefined)?.[name], row)
  const keyed = foreignField === undefined ? null : Map.groupBy(foreign, (row) => keyOf(at(row, foreignField) ?? null))
  // What does not depend on the row of the left is computed once, as MongoDB does.
  const names = Object.keys(variables).map((name) => `$$${name}`)
  const own = keyed === null ? pipeline.findIndex((stage) => names.some((name) => JSON.stringify(stage, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes(name))) : 0
  const shared = own > 0 ? new Aggregator(pipeline.slice(0, own) as never, options as never).run(foreign as never) : foreign
  const rest = pipeline.slice(Math.max(own, 0))
  let always: unknown[] | null = null
  return each(rows, (row) => {
    const bound = Object.fromEntries(Object.entries(variables).map(([name, expr]) => [name, evalExpr(row, expr, options) as unknown]))
    const outer = (options as unknown as { local?: { variables?: Doc }; variables?: Doc }).variables ?? {}
    const { context, collectionResolver } = options as unknown as { context: unknown; collectionResolver: unknown }
    const inner = { context, collectionResolver, variables: { ...outer, ...bound } }
    const candidates = keyed === null ? shared : (keyed.get(keyOf(localField === undefined ? null : (at(row, localField) ?? null))) ?? [])
    const found: unknown[] = own === -1 ? (always ??= new Aggregator(pipeline as never, inner as never).run(candidates as never)) : new Aggregator(rest as never, inner as never).run(candidates as never)
    return [{ ...row, [as]: found }]
  })
}

const stages = {
  $group: group,
  $setWindowFields: windows,
  $lookup: lookup,
  $sort: (rows: Rows, spec: Readonly<Record<string, number>>): Rows => whole(rows, (all) => all.toSorted(sorter(spec))),
  $sample: (rows: Rows, { size }: { size: number }): Rows => whole(rows, (all) => all.slice(0, size)),
  $replaceWith: (rows: Rows, expr: Expr, options: Options): Rows => each(rows, (row) => [withoutMissing(evalExpr(row, expr, options) as Doc)]),
  $match: (rows: Rows, spec: Doc, options: Options): Rows => {
    const isExpr = '$expr' in spec
    const test = isExpr ? (row: Doc): boolean => holds(evalExpr(row, spec['$expr'], options)) : (row: Doc): boolean => matches(row, spec)
    return each(rows, (row) => (test(row) ? [row] : []))
  },
  $unset: (rows: Rows, fields: readonly string[]): Rows => each(rows, (row) => [Object.fromEntries(Object.entries(row).filter(([name]) => !fields.includes(name)))]),
  $unwind: (rows: Rows, { path, preserveNullAndEmptyArrays = false }: { path: string; preserveNullAndEmptyArrays?: boolean }): Rows => {
    const field = path.slice(1)
    return each(rows, (row) => {
      const { [field]: of, ...rest } = row
      const items = Array.isArray(of) ? (of as readonly unknown[]) : of === undefined || of === null ? [] : [of]
      return items.length > 0 ? items.map((item) => ({ ...row, [field]: item })) : preserveNullAndEmptyArrays ? [rest] : []
    })
  },
  $limit: (rows: Rows, count: number): Rows => {
    function* first(): Generator<Doc> {
      for (let left = count; left > 0; left--) {
        const next = rows.next()
        if (next.done === true) return
        yield next.value as Doc
      }
    }
    return Lazy(first() as never)
  },
}

/** Conditions of the query language, as far as ours go: types do not mix, and `$ne: null` is something. */
function matches(row: Doc, spec: Doc): boolean {
  return Object.entries(spec).every(([path, test]) => {
    if (path === '$and') return (test as readonly Doc[]).every((part) => matches(row, part))
    const value = path.split('.').reduce<unknown>((of, name) => (of as Doc | undefined)?.[name], row)
    return Object.entries(test as Doc).every(([op, to]) => {
      if (op === '$type') return (to as readonly string[]).includes(value instanceof Date ? 'date' : typeof value)
      if (op === '$ne' && to === null) return value !== undefined && value !== null
      const order = bracketOf(value) === bracketOf(to) ? compareValues(value, to) : Number.NaN
      return op === '$eq' ? order === 0 : op === '$lt' ? order < 0 : op === '$lte' ? order <= 0 : op === '$gt' ? order > 0 : op === '$gte' ? order >= 0 : fail(op)
    })
  })
}

function fail(op: string): never {
  throw new CommandError(2, 'BadValue', `unknown operator: ${op}`)
}

const bracketOf = (value: unknown): string => (typeof value === 'bigint' || typeof value === 'number' || value?.constructor.name === 'Dec' ? 'number' : value === null || value === undefined ? 'null' : value instanceof Date ? 'date' : typeof value)

const context = Context.init({
  accumulator: accumulatorOperators as never,
  expression: { ...expressionOperators, ...expressions } as never,
  pipeline: { ...pipelineOperators, ...stages } as never,
  projection: projectionOperators as never,
  query: queryOperators as never,
  window: windowOperators as never,
})

/** Runs a pipeline over documents in memory; `collection` finds the documents of others that it names. */
export function runPipeline(documents: readonly Doc[], pipeline: readonly Doc[], collection: (name: string) => readonly Doc[]): readonly Doc[] {
  return new Aggregator(pipeline as never, { context, collectionResolver: collection as never, useStrictMode: false } as never).run(documents as never) as Doc[]
}
