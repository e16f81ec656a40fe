import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GraphQLError, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { formatError } from '../../schema/format-error.ts'
import { formatValue } from '../../schema/format-value.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { printErrors } from '../../scripts/print-errors.ts'
import { buildSchema } from '../../schema/build-schema.ts'
import { shopModel, world } from './schema-world.ts'

/** As Apollo sends it: its code for what has none. */
function shown(error: GraphQLError, code = 'INTERNAL_SERVER_ERROR') {
  const json = error.toJSON()
  return formatError({ ...json, extensions: { code, ...json.extensions } }, error)
}

const wrapped = (original: Error): GraphQLError => new GraphQLError(original.message, { path: ['slice', 'metric'], originalError: original })

describe('an error', () => {
  it('of ours keeps its message and gets code, hint and facts', () => {
    const error = wrapped(new KpiqlError('TOO_MANY_POINTS', { message: 'Too many.', hint: 'Ask fewer.', data: { points: 20_000 }, cause: new Error('secret') }))
    expect(shown(error)).toEqual({ message: 'Too many.', path: ['slice', 'metric'], extensions: { code: 'TOO_MANY_POINTS', hint: 'Ask fewer.', points: 20_000 } })
  })

  it('nobody expected is INTERNAL and says nothing of what happened inside', () => {
    const formatted = shown(wrapped(new TypeError('cannot read /etc/passwd of undefined')))
    expect(formatted).toMatchObject({ message: 'Something went wrong in the gateway.', extensions: { code: 'INTERNAL' } })
    expect(JSON.stringify(formatted)).not.toMatch(/passwd|stack/)
  })

  it('of an answer that breaks the schema is INTERNAL too', () => {
    const error = new GraphQLError('Enum "Reason" cannot represent value: "x"')
    expect(shown(wrapped(error))).toMatchObject({ extensions: { code: 'INTERNAL' } })
  })

  it('of the query keeps GraphQL’s message and code', () => {
    const [error] = validate(buildSchema(shopModel), parse('{ slices }'))
    expect(error && shown(error, 'GRAPHQL_VALIDATION_FAILED')).toMatchObject({ message: expect.stringContaining('slices'), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })
  })

  it('of another part of the server keeps its code', () => {
    const error = new GraphQLError('Too deep.', { extensions: { code: 'QUERY_TOO_DEEP', limit: 25 } })
    expect(shown(error)).toMatchObject({ message: 'Too deep.', extensions: { code: 'QUERY_TOO_DEEP', limit: 25 } })
  })

  it('of a value in the query or a variable names its place, our code and our hint', async () => {
    const [inQuery] = validate(buildSchema(shopModel), parse('{ slice(period: { preset: TODAY }, timezone: "Berlin") { key } }'))
    expect(inQuery && shown(inQuery, 'GRAPHQL_VALIDATION_FAILED')).toMatchObject({ message: expect.stringMatching(/TimeZone.*"Berlin" is not an IANA time zone/), extensions: { code: 'INVALID_TIME_ZONE', hint: expect.stringContaining('Europe/Berlin') } })
    const { errors } = await world().ask('query ($zone: TimeZone) { slice(period: { preset: TODAY }, timezone: $zone) { key } }', { zone: '+02:00' })
    expect(errors?.[0] && shown(errors[0], 'BAD_USER_INPUT')).toMatchObject({ message: expect.stringMatching(/\$zone.*"\+02:00" is not an IANA time zone/), extensions: { code: 'INVALID_TIME_ZONE' } })
  })

  it('of a null given for what must not be null is the caller’s', async () => {
    const { errors } = await world().ask('query ($grain: Grain! = DAY) { slice(period: { preset: TODAY }) { metric(name: SALES) { series(grain: $grain) { value } } } }', { grain: null })
    expect(errors?.[0] && shown(errors[0], 'BAD_USER_INPUT')).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  })
})

describe('a formatted value', () => {
  it.each([
    [1234.5, 'currency', 'USD', '$1,234.50'],
    [-0.5, 'currency', 'EUR', '-€0.50'],
    [1234.5, 'currency', 'JPY', '¥1,235'],
    [1234.5, 'currency', null, '1,234.50'],
    [12.345, 'percent', null, '12.3%'],
    [1_234_567, 'count', null, '1,234,567'],
    [2.3456, 'ratio', null, '2.35'],
    [41.26, 'score', null, '41.3'],
    [45.54, 'duration', null, '45.5 s'],
    [125, 'duration', null, '2 min 5 s'],
    [7500, 'duration', null, '2 h 5 min'],
    [3599.9, 'duration', null, '1 h'],
    [-93_600, 'duration', null, '-1 d 2 h'],
    [0, 'duration', null, '0 s'],
  ] as const)('of %s in %s (%s) reads %s', (value, unit, currency, text) => {
    expect(formatValue(value, unit, currency)).toBe(text)
  })
})

describe('the list of errors', () => {
  it('is what the vocabulary prints now', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')).toBe(printErrors())
  })
})
