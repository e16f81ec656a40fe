import type { ScalarOrder } from '../../base/scalar.ts'
import type { Atom, Predicate, Scalar } from '../../model/predicate.ts'
import type { DimensionKind } from '../../model/types.ts'
import { isNull, small } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { stableText } from '../../base/stable-hash.ts'
import type { Facts } from '../facts.ts'
import { groupedAs } from '../grouped-as.ts'
import { halving } from './halving.ts'
import { atomSql, orderOf, scalarParam } from '../predicate-sql.ts'
import type { Reach } from '../predicate-sql.ts'
import type { ReachedDimension } from '../relation.ts'
import type { ScanColumn, ScanValue } from '../scan.ts'

/**
 * Predicates taken apart: every dimension they test becomes a key column coarse enough to stay small and fine enough to decide
 * each test. A row's keys are its cell; a slice is the set of cells its predicate accepts.
 */
export interface Cells {
  readonly columns: readonly CellColumn[]
  /** At most this many different cells, by what is known of the data. */
  readonly estimate: number
  /** At most this many where columns are grouped as they stand before stretches are told apart; null where there is nothing to tell apart so. */
  readonly fineEstimate: number | null
  /** Whether rows of a cell belong to the predicate; `values` are those of `columns`. */
  accepts(predicate: Predicate, values: readonly ScanValue[]): boolean
}

interface RawColumn {
  readonly semanticModel: string
  readonly expr: string
}

export interface CellColumn {
  readonly expr: Expr
  readonly kind: ScanColumn
  readonly estimate: number
  /** The column that it is as it stands; null where it is something else. */
  readonly raw: RawColumn | null
  /** Where stretches of a column of few values are told apart: the column as it stands, and the stretch of one of its values. */
  readonly fine?: { readonly expr: Expr; readonly raw: RawColumn; readonly estimate: number; stretch(value: Expr): Expr } | undefined
}

/** Up to this many distinct values a column is grouped as it stands: cheaper than classing each row, and the engine has it as a dictionary. */
export const RAW_LIMIT = 256
/** Up to this many distinct values rows are worth grouping by before their stretches are told apart. */
const FINE_LIMIT = 4096
/** Fewer thresholds are as well asked of every row. */
const FEWEST_CUTS = 6
/** Whole numbers whose stretches are spelled out in a statement. */
const MOST_LISTED = 2048

export const RAW_KINDS: Partial<Record<DimensionKind, ScanColumn>> = { text: 'text', boolean: 'boolean', integer: 'integer' }

type Decide = (value: ScanValue) => boolean

interface Placed {
  readonly column: number
  readonly decide: Decide
}

export function cellsOf(predicates: readonly Predicate[], reach: Reach, facts: Facts): Cells {
  const columns: CellColumn[] = []
  const placed = new Map<string, Placed>()
  for (const [dimension, atoms] of atomsByDimension(predicates)) {
    const reached = reach(dimension)
    for (const part of partition(atoms, reached, facts)) {
      const index = columns.push(part.column) - 1
      for (const [atom, decide] of part.decides) placed.set(atom, { column: index, decide })
    }
  }
  /** A predicate is asked of every cell: where its tests are decided is looked up once. */
  const decided = (predicate: Predicate): ((values: readonly ScanValue[]) => boolean) => {
    switch (predicate.kind) {
      case 'all':
        return () => true
      case 'none':
        return () => false
      case 'and': {
        const parts = predicate.of.map(decided)
        return (values) => parts.every((part) => part(values))
      }
      case 'or': {
        const parts = predicate.of.map(decided)
        return (values) => parts.some((part) => part(values))
      }
      case 'not': {
        const part = decided(predicate.of)
        return (values) => !part(values)
      }
      case 'atom': {
        const place = placed.get(atomId(predicate))
        if (place === undefined) throw new TypeError('A test was not placed in any cell column.')
        return (values) => place.decide(values[place.column] ?? null)
      }
      case 'member':
      case 'cohort':
        throw new TypeError('Cohorts are resolved before planning.')
    }
  }
  const known = new Map<Predicate, (values: readonly ScanValue[]) => boolean>()
  const accepts = (predicate: Predicate, values: readonly ScanValue[]): boolean => {
    let decide = known.get(predicate)
    if (decide === undefined) known.set(predicate, (decide = decided(predicate)))
    return decide(values)
  }
  return {
    columns,
    estimate: columns.reduce((product, { estimate }) => product * estimate, 1),
    fineEstimate: columns.some(({ fine }) => fine) ? columns.reduce((product, { estimate, fine }) => product * (fine ?? { estimate }).estimate, 1) : null,
    accepts,
  }
}

/** Asked for every slice and every cell of an answer, and long where a test lists many values. */
const atomIds = new WeakMap<Atom, string>()

export function atomId(atom: Atom): string {
  let id = atomIds.get(atom)
  if (id === undefined) atomIds.set(atom, (id = stableText([atom.dimension, atom.test])))
  return id
}

function atomsByDimension(predicates: readonly Predicate[]): ReadonlyMap<string, readonly Atom[]> {
  const found = new Map<string, Map<string, Atom>>()
  const visit = (node: Predicate): void => {
    if (node.kind === 'atom') {
      const atoms = found.get(node.dimension) ?? new Map<string, Atom>()
      found.set(node.dimension, atoms.set(atomId(node), node))
    } else if (node.kind === 'not') visit(node.of)
    else if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit)
  }
  predicates.forEach(visit)
  return new Map([...found].map(([dimension, atoms]) => [dimension, [...atoms.values()]]))
}

interface Partition {
  readonly column: CellColumn
  readonly decides: readonly (readonly [atom: string, decide: Decide])[]
}

function partition(atoms: readonly Atom[], reached: ReachedDimension, facts: Facts): readonly Partition[] {
  const loose = atoms.filter(({ test }) => isLoose(test))
  const exact = atoms.filter(({ test }) => !isLoose(test))
  const parts = loose.map((atom) => flag(atom, reached))
  if (exact.length === 0) return parts
  if (exact.some(({ test }) => test.op === 'range')) return [...parts, ranges(exact, reached, facts)]
  return [...parts, raw(exact, reached, facts) ?? classes(exact, reached)]
}

function isLoose(test: Atom['test']): boolean {
  return test.op === 'contains' || test.op === 'startsWith' || test.op === 'endsWith' || (test.op === 'in' && test.caseInsensitive)
}

/** A column of 1 and 0 for a test the engine must decide row by row. */
function flag(atom: Atom, reached: ReachedDimension): Partition {
  const expr: Expr = { kind: 'case', whens: [{ when: atomSql(atom, reached), result: small(1) }], otherwise: small(0) }
  return { column: { expr, kind: 'id', estimate: 2, raw: null }, decides: [[atomId(atom), (value) => value === 1]] }
}

/** The column as it stands, tested here. */
function raw(atoms: readonly Atom[], reached: ReachedDimension, facts: Facts): Partition | null {
  const kind = RAW_KINDS[reached.dimension.kind]
  const distinct = facts.distinct(reached.home, reached.dimension.expr)
  if (kind === undefined || distinct === null || distinct > RAW_LIMIT) return null
  const order = orderOf(reached.dimension)
  const decides = atoms.map((atom) => [atomId(atom), decideRaw(atom, order)] as const)
  return { column: { expr: groupedAs(reached, facts), kind, estimate: distinct + 1, raw: { semanticModel: reached.home, expr: reached.dimension.expr } }, decides }
}

function decideRaw({ test }: Atom, order: ScalarOrder): Decide {
  if (test.op === 'isNull') return (value) => value === null
  if (test.op !== 'in') throw new TypeError(`A ${test.op} test is not decided on raw values.`)
  const values = new Set(test.values.map(order.id))
  return (value) => value !== null && typeof value !== 'object' && values.has(order.id(value))
}

/** Values no test tells apart share a number; values no test names are 0. */
function classes(atoms: readonly Atom[], reached: ReachedDimension): Partition {
  const order = orderOf(reached.dimension)
  const namedBy = new Map<string, { value: Scalar; atoms: number[] }>()
  atoms.forEach(({ test }, index) => {
    if (test.op !== 'in') return
    for (const value of test.values) {
      const id = order.id(value)
      const named = namedBy.get(id) ?? { value, atoms: [] }
      if (!named.atoms.includes(index)) named.atoms.push(index)
      namedBy.set(id, named)
    }
  })
  const byAtoms = new Map<string, { values: Scalar[]; atoms: readonly number[] }>()
  for (const { value, atoms: named } of namedBy.values()) {
    const group = byAtoms.get(named.join()) ?? { values: [], atoms: named }
    group.values.push(value)
    byAtoms.set(named.join(), group)
  }
  const groups = [...byAtoms.values()]
  const whens = groups.map(({ values }, index) => ({
    when: atomSql({ kind: 'atom', dimension: reached.dimension.publicName, test: { op: 'in', values, caseInsensitive: false } }, reached),
    result: small(index + 1),
  }))
  const testsNull = atoms.some(({ test }) => test.op === 'isNull')
  const nullId = groups.length + 1
  if (testsNull) whens.unshift({ when: isNull(reached.expr), result: small(nullId) })
  const decides = atoms.map((atom, index): readonly [string, Decide] => {
    if (atom.test.op === 'isNull') return [atomId(atom), (value) => value === nullId]
    return [atomId(atom), (value) => typeof value === 'number' && value > 0 && (groups[value - 1]?.atoms.includes(index) ?? false)]
  })
  const expr: Expr = whens.length === 0 ? small(0) : { kind: 'case', whens, otherwise: small(0) }
  return { column: { expr, kind: 'id', estimate: groups.length + 1 + (testsNull ? 1 : 0), raw: null }, decides }
}

/** A point of the axis just before (`after: false`) or just after a value. */
interface Cut {
  readonly value: Scalar
  readonly after: boolean
}

/** Numbers the stretches between all thresholds, 0 upwards; null is the number after the last. Single values are stretches of their own. */
function ranges(atoms: readonly Atom[], reached: ReachedDimension, facts: Facts): Partition {
  const order = orderOf(reached.dimension)
  const cuts = sortedCuts(atoms, order)
  const indexOf = new Map(cuts.map((cut, index) => [cutId(cut, order), index]))
  const at = (value: Scalar, after: boolean): number => indexOf.get(cutId({ value, after }, order)) ?? -1
  // Stretch `i` lies between cut `i - 1` and cut `i`. A null is below no cut, so it comes to the last stretch and is told apart there alone.
  const stretch = (value: Expr): Expr =>
    halving(
      cuts.length,
      (index) => {
        const cut = cuts[index] as Cut
        return { kind: 'compare', op: cut.after ? '<=' : '<', left: value, right: scalarParam(cut.value, reached) }
      },
      (index) => (index < cuts.length ? small(index) : { kind: 'case', whens: [{ when: isNull(value), result: small(cuts.length + 1) }], otherwise: small(cuts.length) }),
    )
  const distinct = reached.dimension.kind === 'integer' ? facts.distinct(reached.home, reached.dimension.expr) : null
  const fine = distinct === null || distinct > FINE_LIMIT || cuts.length < FEWEST_CUTS ? undefined : { expr: reached.expr, raw: { semanticModel: reached.home, expr: reached.dimension.expr }, estimate: distinct + 1, stretch }
  const decides = atoms.map((atom): readonly [string, Decide] => [atomId(atom), decideStretch(atom, at, cuts.length)])
  return { column: { expr: listed(stretch(reached.expr), cuts, reached, order, facts), kind: 'id', estimate: cuts.length + 2, raw: null, fine }, decides }
}

/** Where the column's whole numbers are few, the stretch of each is looked up in a list. What lies outside of the bounds known is searched for. */
function listed(search: Expr, cuts: readonly Cut[], reached: ReachedDimension, order: ScalarOrder, facts: Facts): Expr {
  const bounds = reached.dimension.kind === 'integer' ? facts.range(reached.home, reached.dimension.expr) : null
  const [from, to] = [Number(bounds?.min ?? Number.NaN), Number(bounds?.max ?? Number.NaN)]
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to - from >= MOST_LISTED || cuts.length < FEWEST_CUTS) return search
  let stretch = 0
  const values = Array.from({ length: to - from + 1 }, (_, index) => {
    for (let cut = cuts[stretch]; cut !== undefined && isPast(cut, from + index, order); cut = cuts[++stretch]);
    return stretch
  })
  return { kind: 'lookup', of: reached.expr, from, values, otherwise: search }
}

function isPast({ value: cut, after }: Cut, value: number, order: ScalarOrder): boolean {
  const apart = order.compare(cut, value)
  return apart < 0 || (apart === 0 && !after)
}

function decideStretch({ test }: Atom, at: (value: Scalar, after: boolean) => number, count: number): Decide {
  switch (test.op) {
    case 'isNull':
      return (value) => value === count + 1
    case 'in': {
      const stretches = new Set(test.values.map((value) => at(value, true)))
      return (value) => typeof value === 'number' && value >= 0 && stretches.has(value)
    }
    case 'range': {
      const first = test.from ? at(test.from.value, !test.from.inclusive) + 1 : 0
      const last = test.to ? at(test.to.value, test.to.inclusive) : count
      return (value) => typeof value === 'number' && value >= first && value <= last
    }
    default:
      throw new TypeError(`A ${test.op} test is not decided on stretches.`)
  }
}

function sortedCuts(atoms: readonly Atom[], order: ScalarOrder): readonly Cut[] {
  const cuts = new Map<string, Cut>()
  const add = (value: Scalar, after: boolean): void => void cuts.set(cutId({ value, after }, order), { value, after })
  for (const { test } of atoms) {
    if (test.op === 'in') {
      for (const value of test.values) {
        add(value, false)
        add(value, true)
      }
    } else if (test.op === 'range') {
      if (test.from) add(test.from.value, !test.from.inclusive)
      if (test.to) add(test.to.value, test.to.inclusive)
    }
  }
  return [...cuts.values()].toSorted((a, b) => order.compare(a.value, b.value) || Number(a.after) - Number(b.after))
}

function cutId({ value, after }: Cut, order: ScalarOrder): string {
  return `${after}|${order.id(value)}`
}
