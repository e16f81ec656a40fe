import { or } from '../../model/predicate.ts'
import type { Predicate, Scalar, Test } from '../../model/predicate.ts'
import type { DimensionKind } from '../../model/types.ts'
import { allOf } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'
import { orderOf, predicateSql } from '../predicate-sql.ts'
import type { Reach } from '../predicate-sql.ts'
import type { PlanContext } from '../rows.ts'
import type { AnyRead } from '../read.ts'
import { sharedTests } from './shared-tests.ts'
import { distinctPredicates } from './slice-keys.ts'

/**
 * Slices together must keep less than this before testing every row for it pays: on 10 million rows of DuckDB six of 24 countries took
 * 158 ms with the test and 124 without, two 78.
 */
const WORTH = 0.1
/** The same of engines that work row by row: on a million rows of PostgreSQL, without workers and with an index, 12 of 25 countries took 252 ms and 326 without, 18 took 318. */
const WORTH_BY_ROW = 0.7
/** More than this many alternatives cost more to test than the rows they save. */
const MOST_ALTERNATIVES = 64

/** What all slices test, and the OR of what each tests beyond it where that is selective, as a condition on rows; null when there is nothing worth testing. */
export function narrowing(reads: readonly AnyRead[], reach: Reach, context: PlanContext): Expr | null {
  const { shared, rests } = sharedTests(reads)
  return allOf([shared.kind === 'all' ? null : predicateSql(shared, reach), anyOf(rests, reach, context)])
}

function anyOf(reads: readonly AnyRead[], reach: Reach, context: PlanContext): Expr | null {
  const semanticModel = reads[0]?.measure.semanticModel ?? ''
  const predicates = distinctPredicates(reads).map(({ predicate }) => predicate)
  if (predicates.length > MOST_ALTERNATIVES || predicates.some(({ kind }) => kind === 'all')) return null
  const kept = predicates.reduce((sum, predicate) => sum + selectivity(predicate, reach, context), 0)
  if (kept > (context.facts.byRow(semanticModel) ? WORTH_BY_ROW : WORTH)) return null
  return predicateSql(joined(predicates, reach), reach)
}

/** Equality tests of one dimension become one list, which engines look up at once. */
function joined(predicates: readonly Predicate[], reach: Reach): Predicate {
  const lists = new Map<string, Map<string, Scalar>>()
  const others: Predicate[] = []
  for (const predicate of predicates) {
    if (predicate.kind === 'atom' && predicate.test.op === 'in' && !predicate.test.caseInsensitive) {
      const values = lists.get(predicate.dimension) ?? new Map<string, Scalar>()
      const order = orderOf(reach(predicate.dimension).dimension)
      predicate.test.values.forEach((value) => values.set(order.id(value), value))
      lists.set(predicate.dimension, values)
    } else others.push(predicate)
  }
  const merged = [...lists].map(
    ([dimension, values]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [...values.values()], caseInsensitive: false } }),
  )
  return or([...merged, ...others])
}

/** Share of rows a predicate keeps, guessed from distinct counts and bounds; 1 where nothing is known. */
export function selectivity(predicate: Predicate, reach: Reach, context: PlanContext): number {
  switch (predicate.kind) {
    case 'none':
      return 0
    case 'and':
      return predicate.of.reduce((product, part) => product * selectivity(part, reach, context), 1)
    case 'or':
      return Math.min(1, predicate.of.reduce((sum, part) => sum + selectivity(part, reach, context), 0))
    case 'atom': {
      const { home, dimension } = reach(predicate.dimension)
      const distinct = context.facts.distinct(home, dimension.expr)
      if (predicate.test.op === 'in') return distinct === null ? 1 : Math.min(1, predicate.test.values.length / Math.max(1, distinct))
      if (predicate.test.op === 'range') return rangeShare(predicate.test, dimension.kind, context.facts.range(home, dimension.expr)) ?? 0.5
      return predicate.test.op === 'isNull' ? 0.1 : 0.5
    }
    default:
      return 1
  }
}

/** As if values lay evenly between the column's bounds; null where they are no numbers or times. */
export function rangeShare(test: Test & { op: 'range' }, kind: DimensionKind, bounds: { readonly min: string; readonly max: string } | null): number | null {
  if (bounds === null) return null
  const [min, max] = [placeOf(bounds.min, kind), placeOf(bounds.max, kind)]
  const from = test.from === null ? min : placeOf(test.from.value, kind)
  const to = test.to === null ? max : placeOf(test.to.value, kind)
  if (min === null || max === null || from === null || to === null || max <= min) return null
  return Math.max(0, Math.min(to, max) - Math.max(from, min)) / (max - min)
}

/** Rounded to a double, which is near enough for a guess. */
function placeOf(value: Scalar, kind: DimensionKind): number | null {
  if (kind === 'text' || kind === 'boolean') return null
  const place = kind === 'date' || kind === 'timestamp' ? Date.parse(String(value)) : Number(value)
  return Number.isNaN(place) ? null : place
}
