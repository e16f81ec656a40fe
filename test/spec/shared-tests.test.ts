import { describe, expect, it } from 'vitest'
import { and, not, or, predicateText } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { AnyRead } from '../../src/plan/read.ts'
import { sharedTests } from '../../src/plan/forms/shared-tests.ts'
import { belongs } from '../oracle/row-test.ts'
import { randomFrom } from '../oracle/shop.ts'

type Row = Readonly<Record<string, string>>

const DIMENSIONS = ['a', 'b', 'c', 'd'] as const
const VALUES = ['x', 'y', 'z'] as const
const ROWS: readonly Row[] = VALUES.flatMap((a) => VALUES.flatMap((b) => VALUES.flatMap((c) => VALUES.map((d): Row => ({ a, b, c, d })))))

const eq = (dimension: string, ...values: readonly string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
const readsOf = (predicates: readonly Predicate[]): readonly AnyRead[] => predicates.map((predicate) => ({ predicate }) as AnyRead)

const holds = (predicate: Predicate, row: Row): boolean => belongs(predicate, (dimension) => ({ cell: row[dimension] ?? null, kind: 'text', utcMs: null }))

describe('what slices share', () => {
  it('is what stands in all of them, whatever else they test and in whatever order', () => {
    const { shared, rests } = sharedTests(readsOf([and([eq('a', 'x'), eq('b', 'y')]), and([eq('b', 'y'), eq('c', 'z')]), eq('b', 'y')]))
    expect([shared, ...rests.map(({ predicate }) => predicate)].map(predicateText)).toEqual([eq('b', 'y'), eq('a', 'x'), eq('c', 'z'), { kind: 'all' } as const].map(predicateText))
  })

  it('is all of a slice that is alone, and nothing beside one of all rows', () => {
    const alone = sharedTests(readsOf([or([eq('a', 'x'), eq('b', 'y')]), or([eq('a', 'x'), eq('b', 'y')])]))
    expect(alone.rests.map(({ predicate }) => predicate.kind)).toEqual(['all', 'all'])
    expect(sharedTests(readsOf([eq('a', 'x'), { kind: 'all' }])).shared.kind).toBe('all')
    expect(sharedTests([]).shared.kind).toBe('all')
  })

  it('and what is left keep just the rows of the slice (400 random sets of slices)', () => {
    const random = randomFrom(20261122)
    const chance = (share: number): boolean => random() < share
    const some = (most: number, make: () => Predicate): readonly Predicate[] => Array.from({ length: Math.floor(random() * (most + 1)) }, make)
    const leaf = (): Predicate => eq(DIMENSIONS[Math.floor(random() * DIMENSIONS.length)] ?? 'a', ...VALUES.filter(() => chance(0.5)))
    const part = (): Predicate => (chance(0.2) ? or([leaf(), leaf()]) : chance(0.2) ? not(leaf()) : leaf())
    let factored = 0
    for (let round = 0; round < 400; round++) {
      const common = some(2, part)
      const predicates = Array.from({ length: 1 + Math.floor(random() * 5) }, () => and([...common, ...some(2, part)]))
      const { shared, rests } = sharedTests(readsOf(predicates))
      if (shared.kind !== 'all') factored += 1
      predicates.forEach((predicate, index) => {
        const rest = rests[index]?.predicate ?? { kind: 'none' }
        const kept = ROWS.filter((row) => holds(shared, row) && holds(rest, row))
        expect(kept).toEqual(ROWS.filter((row) => holds(predicate, row)))
      })
    }
    expect(factored).toBeGreaterThan(200)
  })
})
