import { describe, expect, it } from 'vitest'
import { faultOfExpression } from '../../src/model/expression.ts'
import { expandPortable } from '../../src/sql/portable.ts'

const functions = { seconds_between: (from = '', to = '') => `between<${from};${to}>` }
const expanded = (sql: string): string => expandPortable(sql, functions)

describe('portable functions in expressions of the model', () => {
  it('are written by the engine, in any case and wherever they stand', () => {
    expect(expanded('seconds_between(a, b)')).toBe('between<(a);(b)>')
    expect(expanded('1 + SECONDS_BETWEEN ( a , b ) * 2')).toBe('1 + between<(a);(b)> * 2')
    expect(expanded('coalesce(seconds_between(least(a, x), b), 0)')).toBe('coalesce(between<(least(a, x));(b)>, 0)')
    expect(expanded('seconds_between(a, CASE WHEN seconds_between(a, b) > 9 THEN b END)')).toBe('between<(a);(CASE WHEN between<(a);(b)> > 9 THEN b END)>')
  })

  it('are told from texts, quoted names and longer names', () => {
    for (const sql of ["'seconds_between(a, b)'", '"seconds_between(a, b)"', '`seconds_between(`', 'my_seconds_between(a, b)', 'seconds_between', "x = 'it''s seconds_between(a'"]) expect(expanded(sql)).toBe(sql)
    expect(expanded("seconds_between(a, ')')")).toBe("between<(a);(')')>")
  })

  it('are refused with other arguments than they take', () => {
    for (const sql of ['seconds_between()', 'seconds_between(a)', 'seconds_between(a, b, c)']) expect(() => expanded(sql)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }))
    expect(faultOfExpression('seconds_between(a)')).toBe('"seconds_between" takes 2 arguments, not 1.')
    expect(faultOfExpression('seconds_between(a, b)')).toBeNull()
  })
})
