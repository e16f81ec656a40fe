import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInputObjectType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { formatError } from '../../schema/format-error.ts'
import { CALCULATORS } from '../../src/calculate/calculators.ts'
import { world } from './schema-world.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/calculators.md'), 'utf8')

/** The guide's questions, each with what it says comes back. */
const examples = [...guide.matchAll(/^```graphql( refused)?\n(.*?)\n```\n\n```json\n(.*?)\n```/gms)].map(([, refused, query = '', json = '']) => ({ query, refused: refused !== undefined, answer: JSON.parse(json) as object }))

describe('calculate', () => {
  it('answers as the guide says, and reads nothing', async () => {
    expect(examples).toHaveLength(2)
    for (const { query, refused, answer } of examples) {
      const at = world()
      const { data, errors } = await at.ask(query)
      if (refused) expect(errors?.map((error) => formatError(error.toJSON(), error))).toEqual([expect.objectContaining(answer)])
      else expect([errors, data]).toEqual([undefined, answer])
      expect([at.ticks, at.sessions]).toEqual([[], []])
    }
  })

  it('serves the other calculators of a request in which one is refused', async () => {
    const { data } = await world().ask(examples.find(({ refused }) => refused)?.query ?? '')
    expect(data).toEqual({ calculate: { churnRate: null, arr: { value: 1200 } } })
  })

  it('keeps every digit of money, as a literal, as text and in variables', async () => {
    const query = 'query ($mrr: Number!) { calculate { literal: arr(input: { mrr: 12345678901234567.89 }) { exact } text: arr(input: { mrr: "12345678901234567.89" }) { exact } variable: arr(input: { mrr: $mrr }) { exact } } }'
    const { data, errors } = await world().ask(query, { mrr: '12345678901234567.89' })
    expect(errors).toBeUndefined()
    expect(data).toEqual({ calculate: { literal: { exact: '148148146814814814.68' }, text: { exact: '148148146814814814.68' }, variable: { exact: '148148146814814814.68' } } })
  })

  it('tells the two sides of stickiness, and takes a list of durations', async () => {
    const { data } = await world().ask('{ calculate { stickiness(input: { dau: 300, mau: 1200 }) { value dau mau } timeToValue(input: { durations: [3600, 60, 7200] }) { value formatted unit benchmark { verdict } } } }')
    expect(data).toEqual({ calculate: { stickiness: { value: 25, dau: 300, mau: 1200 }, timeToValue: { value: 3600, formatted: '1 h', unit: 'DURATION', benchmark: { verdict: 'GOOD' } } } })
  })

  it('names the input in a variable that is no number', async () => {
    const { errors } = await world().ask('query ($input: ArpuInput!) { calculate { arpu(input: $input) { value } } }', { input: { totalRevenue: 'much', totalUsers: 3 } })
    expect(errors?.[0]?.message).toContain('input.totalRevenue')
  })

  it('leaves out nothing that an input of the table says', async () => {
    const { schema } = world()
    const calculators = schema.getType('Calculators')
    if (!isObjectType(calculators)) throw new Error('There are no calculators.')
    const fields = calculators.getFields()
    expect(Object.keys(fields)).toEqual(CALCULATORS.map(({ name }) => name))
    for (const { name, inputs } of CALCULATORS) {
      const type = schema.getType(`${name.charAt(0).toUpperCase()}${name.slice(1)}Input`)
      if (!isInputObjectType(type)) throw new Error(`${name} has no input.`)
      const given = Object.values(type.getFields()).filter((field) => field.name !== 'currency')
      expect(given.map((field) => field.name)).toEqual(inputs.map((input) => input.name))
      expect(given.map((field) => field.description).filter((text) => !text)).toEqual([])
      expect(given.map(({ type: of }) => String(of).endsWith('!'))).toEqual(inputs.map(({ optional, byDefault }) => !optional && byDefault === null))
      expect(fields[name]?.description).toBeTruthy()
    }
  })
})
