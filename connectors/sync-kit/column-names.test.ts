import { describe, expect, it } from 'vitest'
import { columnNames } from './column-names.ts'
import { roundDecimal } from './round-decimal.ts'

describe('names of columns', () => {
  it('are snake_case, begin with a letter, and are all different', () => {
    expect(columnNames(['AccountId', 'Is_VIP__c', 'hs_object_id', '2nd line', 'e-mail', 'E Mail', 'Product2Id', 'id'], ['id'])).toEqual(['account_id', 'is_vip_c', 'hs_object_id', 'p_2nd_line', 'e_mail', 'e_mail_2', 'product2_id', 'id_2'])
  })
})

describe('decimals with too many places', () => {
  it.each([
    ['1234.5', 6, '1234.5'], ['-0.0000005', 6, '-0.000001'], ['-0.0000004', 6, '0.000000'], ['0.9999995', 6, '1.000000'], ['12345678901234567890.12345678', 6, '12345678901234567890.123457'],
    ['.5', 0, '1'], ['2.49', 0, '2'], ['1e5', 6, '1e5'], ['abc', 6, 'abc'], ['', 6, ''],
  ] as const)('%s to %i is %s', (text, scale, expected) => {
    expect(roundDecimal(text, scale)).toBe(expected)
  })
})
