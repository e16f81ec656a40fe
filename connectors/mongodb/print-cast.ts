import type { SqlType } from '../../src/sql/tree.ts'
import type { Json } from './json.ts'

/** Digits that a decimal of the gateway keeps behind the point. */
const SCALE = 9

/** A value as another type; null stays null, and what does not fit fails the statement. */
export function castTo(of: Json, to: SqlType): Json {
  switch (to) {
    case 'text':
      return { $toString: of }
    case 'boolean':
      return { $toBool: of }
    case 'integer':
      // `$toLong` cuts off the fraction; SQL rounds.
      return { $let: { vars: { cast: of }, in: { $toLong: { $cond: [{ $isNumber: '$$cast' }, { $round: ['$$cast', 0] }, '$$cast'] } } } }
    case 'float':
      return { $toDouble: of }
    case 'decimal':
      return { $round: [{ $toDecimal: of }, SCALE] }
    case 'date':
      return { $dateTrunc: { date: { $toDate: of }, unit: 'day' } }
    case 'timestamp':
      return { $toDate: of }
  }
}
