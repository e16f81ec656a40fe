import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readResultText } from '../../src/answer/read-result-text.ts'
import type { Part, ReadGroup, ReadResult } from '../../src/plan/read.ts'

const AMPLE = 10_000_000

const bigInteger = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n })
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.constant(null),
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, Number.MIN_VALUE, Number.MAX_VALUE, 2 ** 53),
  bigInteger,
  fc.record({ units: bigInteger, scale: fc.integer({ min: 0, max: 40 }) }, { noNullPrototype: true }),
)
const value: fc.Arbitrary<ReadGroup['values'][number]> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '0', '+', '-', '!', 'i1', '2d5', 'NaN', '2026-02-29', '2026-03-29T02:30:00.000Z', '\u0000', '\uD800', 'é', 'é', 'مرحبا', '__proto__', '"\\\n'),
  // Keys are as JSON has them, which knows no negative zero.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
)
const bucket = fc.oneof(fc.constant(undefined), fc.array(part, { maxLength: 4 }))
const group: fc.Arbitrary<ReadGroup> = fc.record({ values: fc.array(value, { maxLength: 3 }), parts: fc.array(bucket, { maxLength: 6 }) }, { noNullPrototype: true })
const result: fc.Arbitrary<ReadResult> = fc.record({ groups: fc.array(group, { maxLength: 5 }) }, { noNullPrototype: true })

describe('results as text', () => {
  it('come back as they were written: big integers, decimals with their scale, doubles that JSON has no word for, nulls, texts', () => {
    fc.assert(
      fc.property(result, (given) => {
        const text = readResultText.write(given, AMPLE)
        expect(text).not.toBeNull()
        expect(readResultText.read(text ?? '')).toStrictEqual(given)
      }),
      { numRuns: 500, seed: 20261121 },
    )
  })

  it('are as this page says, so that another version of Node reads the same', () => {
    const given: ReadResult = { groups: [{ values: ['DE', null, true, 1.5], parts: [[12n, { units: -1230n, scale: 2 }, 0.5, null], undefined, [Number.NaN, Number.NEGATIVE_INFINITY, -0]] }] }
    expect(readResultText.write(given, AMPLE)).toBe('[1,[[["DE",null,true,1.5],[["i12","2d-1230",0.5,null],0,["NaN","-Infinity","-0"]]]]]')
  })

  it('are not read where they were cut, damaged or written by another build', () => {
    const text = readResultText.write({ groups: [{ values: ['DE'], parts: [[12n, { units: 5n, scale: 1 }]] }] }, AMPLE) ?? ''
    for (let length = 0; length < text.length; length++) expect(readResultText.read(text.slice(0, length)), text.slice(0, length)).toBeNull()
    for (const other of ['', '!', 'null', '{}', '[]', '[2,[]]', '[1]', '[1,{}]', '[1,[[["DE"]]]]', '[1,[[[{}],[]]]]', '[1,[[["DE"],[1]]]]', '[1,[[["DE"],[["i1.5"]]]]]', '[1,[[["DE"],[["x"]]]]]', '[1,[[["DE"],[[true]]]]]']) {
      expect(readResultText.read(other), other).toBeNull()
    }
  })

  it('are not written beyond the size allowed, counted in bytes', () => {
    const given: ReadResult = { groups: [{ values: ['ü'.repeat(100)], parts: [[1n]] }] }
    const text = readResultText.write(given, AMPLE) ?? ''
    expect(text).toHaveLength(Buffer.byteLength(text) - 100)
    expect(readResultText.write(given, Buffer.byteLength(text))).toBe(text)
    expect(readResultText.write(given, Buffer.byteLength(text) - 1)).toBeNull()
  })
})
