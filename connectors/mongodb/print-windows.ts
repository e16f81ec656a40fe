import type { Expr, WindowExpr } from '../../src/sql/tree.ts'
import { isNothing, isSomething, long, type Json, type JsonObject, type Stage } from './json.ts'
import type { ExprPrinter } from './print-expr.ts'

type Windowed = WindowExpr | Extract<Expr, { kind: 'extreme_of_group' }>

/** Windows of one partition and order, which one stage computes. */
interface Pane {
  readonly prefix: string
  readonly partition: JsonObject
  readonly order: readonly { readonly of: Json; readonly direction: 1 | -1 }[]
  readonly args: Record<string, Json>
  readonly outputs: Record<string, JsonObject>
  /** Outputs that every row of equal order takes from the last of them. */
  readonly ofPeers: Set<string>
}

const WHOLE: JsonObject = { documents: ['unbounded', 'unbounded'] }
const FRAMES = { partition: WHOLE, peers: { documents: ['unbounded', 'current'] }, rows: { documents: ['unbounded', 'current'] }, before: { documents: ['unbounded', -1] } } as const satisfies Record<WindowExpr['frame'], JsonObject>

/** Gathers the windows of one select, and prints the `$setWindowFields` that compute them. */
export class WindowPrinter {
  readonly #panes = new Map<string, Pane>()
  readonly #results = new Map<string, Json>()

  /** The value of a window after the stages, as an expression. */
  after(expr: Windowed, rows: ExprPrinter, id: string): Json {
    let result = this.#results.get(id)
    if (result === undefined) {
      result = expr.kind === 'window' ? this.#window(expr, rows) : this.#extreme(expr, rows)
      this.#results.set(id, result)
    }
    return result
  }

  stages(): readonly Stage[] {
    return [...this.#panes.values()].flatMap(stagesOf)
  }

  #extreme({ which, of, keys }: Extract<Expr, { kind: 'extreme_of_group' }>, rows: ExprPrinter): Json {
    const pane = this.#pane(keys.map((key) => rows.value(key)), [])
    const field = nextField(pane)
    pane.args[`${field}v`] = rows.value(of)
    pane.outputs[field] = { [`$${which}`]: `$${field}v`, window: WHOLE }
    return { $ifNull: [`$${field}`, null] }
  }

  #window({ fn, arg, partitionBy, orderBy, frame }: WindowExpr, rows: ExprPrinter): Json {
    const order = orderBy.map(({ expr, direction }) => ({ of: rows.value(expr), direction: direction === 'ASC' ? (1 as const) : (-1 as const) }))
    const pane = this.#pane(partitionBy.map((key) => rows.value(key)), order)
    const field = nextField(pane)
    const value: Json = arg === null ? true : rows.value(arg)
    if (fn === 'row_number') {
      pane.outputs[field] = { $documentNumber: {} }
      return { $toLong: `$${field}` }
    }
    pane.args[`${field}v`] = value
    if (fn === 'lag' || fn === 'lead') {
      pane.outputs[field] = { $shift: { output: `$${field}v`, by: fn === 'lag' ? -1 : 1, default: null } }
      return { $ifNull: [`$${field}`, null] }
    }
    const window = orderBy.length === 0 && frame === 'peers' ? WHOLE : FRAMES[frame]
    const keep = (name: string, operator: string, of: string): void => {
      pane.outputs[name] = { [operator]: of, window }
      if (frame === 'peers' && orderBy.length > 0) pane.ofPeers.add(name)
    }
    if (fn === 'min' || fn === 'max' || fn === 'first_value') {
      keep(field, fn === 'first_value' ? '$first' : `$${fn}`, `$${field}v`)
      return { $ifNull: [`$${field}`, null] }
    }
    pane.args[`${field}c`] = { $cond: [isSomething(value), long(1), long(0)] }
    keep(`${field}n`, '$sum', `$${field}c`)
    const counted: Json = { $ifNull: [`$${field}n`, long(0)] }
    if (fn === 'count') return { $toLong: counted }
    keep(field, '$sum', `$${field}v`)
    return { $cond: [{ $gt: [counted, long(0)] }, `$${field}`, null] }
  }

  #pane(partition: readonly Json[], order: Pane['order']): Pane {
    const id = JSON.stringify([partition, order])
    let pane = this.#panes.get(id)
    if (pane === undefined) {
      pane = { prefix: `~~w${this.#panes.size}`, partition: Object.fromEntries(partition.map((key, index) => [`k${index}`, key])), order, args: {}, outputs: {}, ofPeers: new Set() }
      this.#panes.set(id, pane)
    }
    return pane
  }
}

function nextField({ prefix, outputs }: Pane): string {
  return `${prefix}_${Object.keys(outputs).length}`
}

function stagesOf({ prefix, partition, order, args, outputs, ofPeers }: Pane): readonly Stage[] {
  const place = `${prefix}place`
  const keys: Record<string, Json> = { [`${prefix}keys`]: Object.keys(partition).length === 0 ? null : partition }
  const sortBy: Record<string, 1 | -1> = {}
  order.forEach(({ of, direction }, index) => {
    const key = `${prefix}order${index}`
    keys[key] = of
    // Nulls come last; MongoDB has them first where it counts upwards.
    if (direction === 1) {
      keys[`${key}null`] = { $cond: [isNothing(of), 1, 0] }
      sortBy[`${key}null`] = 1
    }
    sortBy[key] = direction
  })
  const sorted: JsonObject = order.length === 0 ? {} : { sortBy }
  const first: Stage = {
    $setWindowFields: { partitionBy: `$${prefix}keys`, ...sorted, output: { ...outputs, ...(ofPeers.size > 0 ? { [place]: { $documentNumber: {} } } : {}) } },
  }
  const set: Stage = { $set: { ...keys, ...args } }
  if (ofPeers.size === 0) return [set, first]
  const peers: JsonObject = { keys: `$${prefix}keys`, ...Object.fromEntries(order.map((_, index) => [`o${index}`, `$${prefix}order${index}`])) }
  const last = Object.fromEntries([...ofPeers].map((name): [string, JsonObject] => [name, { $last: `$${name}`, window: WHOLE }]))
  return [set, first, { $setWindowFields: { partitionBy: peers, sortBy: { [place]: 1 }, output: last } }]
}
