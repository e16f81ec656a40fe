import { describe, expect, it } from 'vitest'
import type { Predicate, Scalar } from '../../src/model/predicate.ts'
import type { DimensionKind } from '../../src/model/types.ts'
import { excludeEachOther } from '../../src/plan/funnel/funnel-exclusive.ts'

const isIn = (dimension: string, ...values: Scalar[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const and = (...of: Predicate[]): Predicate => ({ kind: 'and', of })
const certain = (one: Predicate, other: Predicate, kind: DimensionKind = 'text'): boolean => excludeEachOther(one, other, () => kind)

describe('filters of two steps', () => {
  it('surely exclude each other when both want one dimension to be of values of which they share none', () => {
    expect(certain(isIn('event', 'view'), isIn('event', 'cart', 'buy'))).toBe(true)
    expect(certain(and(isIn('plan', 'pro'), isIn('event', 'view')), and(isIn('event', 'buy'), isIn('plan', 'pro')))).toBe(true)
    expect(certain(isIn('kind', 1, 2), isIn('kind', 3), 'integer')).toBe(true)
    expect(certain(isIn('rush', true), isIn('rush', false), 'boolean')).toBe(true)
  })

  it('may be passed by one row when they share a value, test different dimensions, or one of them takes any row', () => {
    expect(certain(isIn('event', 'view', 'cart'), isIn('event', 'cart'))).toBe(false)
    expect(certain(isIn('event', 'view'), isIn('plan', 'pro'))).toBe(false)
    expect(certain({ kind: 'all' }, isIn('event', 'view'))).toBe(false)
    expect(certain({ kind: 'or', of: [isIn('event', 'view'), isIn('plan', 'pro')] }, isIn('event', 'buy'))).toBe(false)
    expect(certain({ kind: 'not', of: isIn('event', 'view') }, isIn('event', 'buy'))).toBe(false)
  })

  it('are not trusted where a database may take values as equal that are written differently', () => {
    expect(certain(isIn('event', 'View'), isIn('event', 'view '))).toBe(false)
    expect(certain(isIn('event', 'café'), isIn('event', 'cafe'))).toBe(false)
    expect(certain(isIn('price', '2.0'), isIn('price', '2'), 'decimal')).toBe(false)
    expect(certain(isIn('day', '2025-01-01'), isIn('day', '2025-01-02'), 'date')).toBe(false)
  })
})
