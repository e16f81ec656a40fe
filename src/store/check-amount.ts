import { isCalendarDay } from '../base/calendar-day.ts'
import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { TYPES_OF } from './recorded-amount.ts'
import type { AmountField, AmountFields, AmountInput, RecordKind } from './recorded-amount.ts'
import { cleanText } from './clean-text.ts'

/** Why a field cannot be taken, as a sentence without its name: `is no date`. */
export interface FieldFault {
  readonly field: AmountField
  readonly reason: string
}

export type CheckedAmount = { readonly ok: true; readonly fields: AmountFields } | { readonly ok: false; readonly faults: readonly FieldFault[] }

const LONGEST_NAME = 200
const LONGEST_DESCRIPTION = 2000
const PLAIN_AMOUNT = /^\+?0*(\d+(?:\.\d+)?)$/
const MOST_WHOLE_DIGITS = 18
const MOST_DECIMALS = 9
const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

type Read<T> = { readonly value: T } | { readonly reason: string }

/** Looks at every field, so that all that is wrong is told at once. */
export function checkAmount(kind: RecordKind, input: AmountInput): CheckedAmount {
  const faults: FieldFault[] = []
  const read = <T>(field: AmountField, how: (text: string | null) => Read<T>): T | null => {
    const found = how(input[field]?.trim() || null)
    if ('value' in found) return found.value
    faults.push({ field, reason: found.reason })
    return null
  }
  const date = read('date', readDate)
  const type = read('type', (text) => readType(kind, text))
  const amount = read('amount', readAmount)
  const currency = read('currency', readCurrency)
  const customer = read('customer', (text) => (kind === 'cost' && text !== null ? { reason: 'belongs to revenue only' } : cleanText(text, LONGEST_NAME)))
  const channel = read('channel', (text) => cleanText(text, LONGEST_NAME))
  const description = read('description', (text) => cleanText(text, LONGEST_DESCRIPTION))
  if (faults.length > 0 || date === null || type === null || amount === null || currency === null) return { ok: false, faults }
  return { ok: true, fields: { date, type, amount, currency, customer, channel, description } }
}

/** @throws KpiqlError `RECORD_INVALID` naming every field at fault. */
export function acceptAmount(kind: RecordKind, input: AmountInput): AmountFields {
  const checked = checkAmount(kind, input)
  if (checked.ok) return checked.fields
  throw new KpiqlError('RECORD_INVALID', {
    message: `The ${kind === 'cost' ? 'cost' : 'revenue'} cannot be recorded: ${checked.faults.map(({ field, reason }) => `${field} ${reason}`).join('; ')}.`,
    hint: 'Correct these fields and send it again; nothing was recorded.',
    data: { fields: checked.faults },
  })
}

function readDate(text: string | null): Read<string> {
  if (text === null) return { reason: 'is missing' }
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return { reason: 'is no date; write YYYY-MM-DD' }
  if (!isCalendarDay(text)) return { reason: 'is not on the calendar' }
  return text >= '1900-01-01' && text < '2200-01-01' ? { value: text } : { reason: 'lies outside 1900 to 2199' }
}

function readType(kind: RecordKind, text: string | null): Read<string> {
  const types = TYPES_OF[kind]
  if (text === null) return { reason: `is missing; it is one of ${types.join(', ')}` }
  const wanted = text.toLowerCase().replaceAll(/[\s-]+/g, '_')
  if (types.includes(wanted)) return { value: wanted }
  const [near] = nearest(wanted, types)
  return { reason: `is none of ${types.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}` }
}

function readAmount(text: string | null): Read<string> {
  if (text === null) return { reason: 'is missing' }
  const plain = PLAIN_AMOUNT.exec(text)?.[1]
  if (plain === undefined) return { reason: 'is no positive number in plain notation; write 1234.56, without a sign of currency, thousands separators or an exponent' }
  const [whole = '', decimals = ''] = plain.split('.')
  if (whole.length > MOST_WHOLE_DIGITS) return { reason: `has more than ${MOST_WHOLE_DIGITS} digits before the point` }
  if (decimals.replace(/0+$/, '').length > MOST_DECIMALS) return { reason: `has more than ${MOST_DECIMALS} digits after the point` }
  if (!/[1-9]/.test(plain)) return { reason: 'is zero; it must be positive' }
  return { value: decimals === '' ? whole : `${whole}.${decimals.slice(0, MOST_DECIMALS)}` }
}

function readCurrency(text: string | null): Read<string> {
  if (text === null) return { reason: 'is missing, and the model has no single currency to fall back on; write a code of ISO 4217 such as USD' }
  const code = text.toUpperCase()
  return CURRENCIES.has(code) ? { value: code } : { reason: 'is no currency of ISO 4217; write a code such as USD' }
}
