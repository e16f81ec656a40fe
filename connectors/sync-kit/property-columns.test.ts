import { describe, expect, it } from 'vitest'
import { columnsOf, propertyColumns, valuesOf } from './property-columns.ts'

const schema = propertyColumns(['event'])

describe('columns of properties', () => {
  it('are named after the property, or as told', () => {
    const columns = schema.parse(['plan', 'Plan Type', '$initialReferrer', { property: '1st', name: 'first', kind: 'integer', personal: true }])
    expect(columnsOf(columns).map(({ name, kind, personal }) => `${name} ${kind} ${String(personal)}`)).toEqual(['plan text false', 'plan_type text false', 'initial_referrer text false', 'first integer true'])
    expect(valuesOf(columns, { plan: 'Pro', 'Plan Type': ['a'], '1st': 1, other: 2 })).toEqual({ plan: 'Pro', plan_type: '["a"]', initial_referrer: undefined, first: 1 })
  })

  it('have names of their own', () => {
    expect(() => schema.parse(['event'])).toThrow('is there already')
    expect(() => schema.parse(['plan', 'Plan'])).toThrow('is there already')
    expect(() => schema.parse(['1st'])).toThrow('give it one with')
    expect(() => schema.parse([{ property: 'a', name: 'Not Snake' }])).toThrow('lower case')
    expect(schema.parse(undefined)).toEqual([])
  })
})
