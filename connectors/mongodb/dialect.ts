import { KpiqlError } from '../../src/base/errors.ts'
import type { Dialect, PrintedQuery } from '../../src/sql/dialect.ts'
import { Printing } from '../../src/sql/printer.ts'
import { uniteGroupings } from '../../src/sql/dialects/unite-groupings.ts'
import type { Expr, From, OutputColumn, Query, Select } from '../../src/sql/tree.ts'
import { fieldOf, isNothing, TableRead, type Check, type IndexedCondition, type Json, type PrintedPipeline, type Stage } from './json.ts'
import { parseWritten } from './parse-written.ts'
import { AggregatePrinter } from './print-aggregates.ts'
import { ExprPrinter } from './print-expr.ts'
import { printFrom, storedPath } from './print-from.ts'
import { WindowPrinter } from './print-windows.ts'
import type { Scope } from './scope.ts'

/**
 * MongoDB's aggregation pipelines, from 7.0. The text of a statement is JSON (see json.ts): collections and bound values are put in
 * when it runs, because only then is it known how a collection holds its columns. Named results of a `with` are computed wherever they
 * are named, grouping sets one after the other. A table that is SQL by the author of the model is refused, as is what `parseWritten` refuses.
 */
export const mongodbDialect: Dialect = {
  name: 'mongodb',
  print(query: Query): PrintedQuery {
    const printing = new Printing()
    const checks: Check[] = []
    const pipeline = new QueryPrinter(printing, checks).query(query, new Map(), null)
    const printed: PrintedPipeline = { pipeline, columns: outputsOf(query).map(({ as }) => fieldOf(as)), checks }
    return { text: JSON.stringify(printed, null, 1), params: printing.params }
  },
}

type Named = ReadonlyMap<string, () => readonly Stage[]>

class QueryPrinter {
  readonly #printing: Printing
  readonly #checks: Check[]
  #joins = 0

  constructor(printing: Printing, checks: Check[]) {
    this.#printing = printing
    this.#checks = checks
  }

  /** @param names of the columns, in order, where they are not the query's own. */
  query(query: Query, named: Named, names: readonly string[] | null): readonly Stage[] {
    switch (query.kind) {
      case 'select':
        return query.groupingSets === null ? this.#select(query, named, names) : this.query(uniteGroupings({ ...query, groupingSets: query.groupingSets }), named, names)
      case 'union_all': {
        const [first, ...rest] = query.parts
        if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A union has no parts.' })
        // Rows of a union have the names of its first part.
        const shared = names ?? outputsOf(first).map(({ as }) => as)
        return [...this.query(first, named, shared), ...rest.map((part): Stage => ({ $union: { pipeline: this.query(part, named, shared) } }))]
      }
      case 'with': {
        let known: Named = named
        for (const { name, query: of } of query.tables) {
          const seen = known
          known = new Map([...seen, [name, () => this.query(of, seen, null)]])
        }
        return this.query(query.body, known, names)
      }
    }
  }

  #select(query: Select, named: Named, names: readonly string[] | null): readonly Stage[] {
    const { stages, scope } = printFrom(query.from, {
      printing: this.#printing,
      checks: this.#checks,
      query: (inner) => this.query(inner, named, null),
      named: (name) => this.#named(name, named),
      nextJoin: () => (this.#joins += 1),
    })
    const rows = new ExprPrinter(this.#printing, this.#checks, scope)
    const [outer, aggregates] = [[...query.columns.map(({ expr }) => expr), ...query.orderBy.map(({ expr }) => expr)], new AggregatePrinter()]
    const isGrouped = query.groupBy.length > 0 || holdsAggregate(outer, scope)
    const windows = new WindowPrinter()
    const keys = new Map(query.groupBy.map((key, index) => [idOf(key), `$_id.k${index}`]))
    const printer: ExprPrinter = new ExprPrinter(this.#printing, this.#checks, isGrouped ? groupedScope(scope) : scope, (expr) => {
      if (isGrouped) {
        const key = keys.size === 0 ? undefined : keys.get(idOf(expr))
        if (key !== undefined) return key
        if (expr.kind === 'aggregate') return aggregates.after(expr, rows, idOf(expr))
      }
      return expr.kind === 'window' || expr.kind === 'extreme_of_group' ? windows.after(expr, printer, idOf(expr)) : null
    })
    const fields = query.columns.map(({ expr, as }, index): [string, Json] => [fieldOf(names?.[index] ?? as), printer.value(expr)])
    const order = orderOf(query, printer)
    const where: readonly Stage[] = query.where === null ? [] : [{ $match: { $expr: rows.truth(query.where) } }]
    if (query.where !== null) this.#narrow(stages, query.from, query.where)
    const groups = isGrouped ? aggregates.stages(query.groupBy.map((key) => rows.value(key))) : []
    return [
      ...stages,
      ...where,
      ...groups,
      ...windows.stages(),
      { $replaceWith: Object.fromEntries([...fields, ...order.fields]) },
      ...(order.fields.length > 0 ? [{ $sort: order.sort }] : []),
      ...(query.offset === null ? [] : [{ $skip: query.offset }]),
      ...(query.limit === null ? [] : [query.limit === 0 ? { $match: { $expr: false } } : { $limit: query.limit }]),
      ...(order.fields.length > 0 ? [{ $unset: order.fields.map(([field]) => field) }] : []),
    ]
  }

  #named(name: string, named: Named): readonly Stage[] {
    const stages = named.get(name)
    if (stages === undefined) throw new KpiqlError('PLAN_BROKEN', { message: `Nothing is named "${name}".` })
    return stages()
  }

  /** Conditions on stored fields of the collection that is read first, so that its indexes may help. They only leave out rows that `where` leaves out too. */
  #narrow(stages: readonly Stage[], from: From, where: Expr): void {
    const read = stages[0]?.['$table']
    const base = leftmost(from)
    if (!(read instanceof TableRead) || base.kind !== 'query' || base.query.kind !== 'select') return
    // A window sees rows that the condition leaves out.
    if (base.query.columns.some(({ expr }) => expr.kind !== 'written' && expr.kind !== 'exact_text' && expr.kind !== 'column' && expr.kind !== 'integer')) return
    for (const part of where.kind === 'and' ? where.of : [where]) {
      if (part.kind === 'and') this.#narrow(stages, from, part)
      if (part.kind !== 'compare' || part.left.kind !== 'column' || part.left.table !== base.as || part.right.kind !== 'param') continue
      const stored = storedPath(base.query, part.left.name)
      if (stored !== null) read.where.push({ path: stored.path, op: INDEXED[part.op], param: this.#printing.bind(part.right.value, part.right.type) })
    }
  }
}

const INDEXED = { '=': '$eq', '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const satisfies Record<string, IndexedCondition['op']>

function leftmost(from: From): From {
  return from.kind === 'left_join' || from.kind === 'inner_join' ? leftmost(from.left) : from
}

/** Nulls last, either way. */
function orderOf({ orderBy }: Select, printer: ExprPrinter): { readonly fields: readonly [string, Json][]; readonly sort: Record<string, 1 | -1> } {
  const fields: [string, Json][] = []
  const sort: Record<string, 1 | -1> = {}
  orderBy.forEach(({ expr, direction }, index) => {
    const value = printer.value(expr)
    if (direction === 'ASC') {
      fields.push([`~~s${index}null`, { $cond: [isNothing(value), 1, 0] }])
      sort[`~~s${index}null`] = 1
    }
    fields.push([`~~s${index}`, value])
    sort[`~~s${index}`] = direction === 'ASC' ? 1 : -1
  })
  return { fields, sort }
}

function outputsOf(query: Query): readonly OutputColumn[] {
  if (query.kind === 'select') return query.columns
  const first = query.kind === 'with' ? query.body : query.parts[0]
  if (first === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A union has no parts.' })
  return outputsOf(first)
}

/** Columns of single rows, where rows are together already. */
function groupedScope(scope: Scope): Scope {
  return new Map([...scope.keys()].map((alias) => [alias, (name) => {
    throw new KpiqlError('PLAN_BROKEN', { message: `Column "${name}" of "${alias}" is neither grouped by nor aggregated.` })
  }]))
}

/** Whether a part of the tree is an aggregate or holds one. What is written stands over the first table of the scope. */
function holdsAggregate(part: unknown, scope: Scope): boolean {
  if (part === null || typeof part !== 'object') return false
  const { kind } = part as Partial<Expr>
  if (kind === 'aggregate') return true
  if (kind === 'written') {
    const { sql } = part as Extract<Expr, { kind: 'written' }>
    const [table = ''] = scope.keys()
    return /\b(?:count|sum|min|max)\s*\(/i.test(sql) && holdsAggregate(parseWritten(sql, table), scope)
  }
  return Object.values(part).some((inner) => holdsAggregate(inner, scope))
}

/** Two expressions of one id are one expression. */
function idOf(expr: Expr): string {
  return JSON.stringify(expr, (_, value: unknown) => (typeof value === 'bigint' ? { bigint: value.toString() } : value))
}
