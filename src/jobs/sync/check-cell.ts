import type { LandingCell } from '../../../connectors/landing-contract.ts'
import type { SyncColumnKind } from '../../../connectors/sync-contract.ts'
import { isCalendarDay } from '../../base/calendar-day.ts'
import { fitsInt64 } from '../../base/int64.ts'

/** A value as the cell that lands; undefined where it does not fit. Never called with null or undefined. */
export type CellCheck = (value: unknown) => LandingCell | undefined

/** Of decimals, in every engine. */
const DIGITS = 38
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z')
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(?:([Zz])|([+-]\d{2}):?(\d{2})?)$/
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/** The kinds of the contract of synced tables. */
export function checkOf(kind: SyncColumnKind, scale: number): CellCheck {
  return kind === 'decimal' ? (value) => decimalText(value, scale) : CHECKS[kind]
}

const CHECKS: Readonly<Record<Exclude<SyncColumnKind, 'decimal'>, CellCheck>> = {
  text: (value) => {
    if (typeof value === 'string') return plainText(value)
    return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : undefined
  },
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  integer: (value) => {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
    const whole = typeof value === 'bigint' ? value : typeof value === 'string' && /^[+-]?\d{1,40}$/.test(value) ? BigInt(value.replace(/^\+/, '')) : null
    return whole !== null && fitsInt64(whole) ? whole : undefined
  },
  float: (value) => {
    const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : typeof value === 'bigint' ? Number(value) : Number.NaN
    return Number.isFinite(number) ? number : undefined
  },
  date: (value) => (typeof value === 'string' && isCalendarDay(value) && !value.startsWith('0000') ? value : undefined),
  timestamp: (value) => {
    const ms = typeof value === 'number' ? value : typeof value === 'string' ? instantOf(value) : Number.NaN
    return ms >= FIRST_INSTANT && ms <= LAST_INSTANT ? Math.floor(ms) : undefined
  },
  json: (value) => {
    try {
      return JSON.stringify(value)
    } catch {
      // Large integers and circles have no JSON.
      return undefined
    }
  },
}

/** Engines refuse the NUL character, and would each mend half a pair of surrogates their own way. */
function plainText(text: string): string | undefined {
  if (text.includes('\u0000')) return undefined
  return text.isWellFormed() ? text : text.toWellFormed()
}

function instantOf(text: string): number {
  const found = INSTANT.exec(text)
  if (!found) return Number.NaN
  const [, day = '', time = '', zulu, hours, minutes = '00'] = found
  if (!isCalendarDay(day)) return Number.NaN
  return Date.parse(`${day}T${time.replace(',', '.')}${zulu === undefined ? `${hours}:${minutes}` : 'Z'}`)
}

/** Plain notation without needless zeros, so that equal numbers are equal texts; undefined where more decimals than the scale are not zero. */
function decimalText(value: unknown, scale: number): string | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value)
    if (!Number.isFinite(value)) return undefined
  } else if (typeof value !== 'string' && typeof value !== 'bigint') return undefined
  const found = DECIMAL.exec(String(value))
  if (!found) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = found
  if (whole === '' && fraction === '') return undefined
  // The digits as one integer, and where the point stands in it.
  let digits = whole + fraction
  let point = whole.length + Number(exponentText)
  const leading = /^0*/.exec(digits)?.[0].length ?? 0
  digits = digits.slice(leading)
  point -= leading
  digits = digits.replace(/0+$/, '')
  if (digits === '') return '0'
  const decimals = Math.max(0, digits.length - point)
  if (decimals > scale || Math.max(0, point) + scale > DIGITS) return undefined
  const minus = sign === '-' ? '-' : ''
  if (point <= 0) return `${minus}0.${'0'.repeat(-point)}${digits}`
  return decimals === 0 ? `${minus}${digits.padEnd(point, '0')}` : `${minus}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Why a value does not fit, in words; the value itself is in the record's content. */
export function misfit(value: unknown, kind: SyncColumnKind, scale: number): string {
  const is = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
  if (kind === 'decimal') return `${is} that is no decimal of ${scale} decimals`
  if (kind === 'text' && typeof value === 'string') return 'a text with a NUL character'
  return `${is} that is no ${KIND_WORDS[kind]}`
}

const KIND_WORDS: Readonly<Record<SyncColumnKind, string>> = {
  text: 'text',
  boolean: 'boolean',
  integer: 'integer of 64 bits',
  decimal: 'decimal',
  float: 'finite number',
  date: 'date as YYYY-MM-DD',
  timestamp: 'instant: UTC milliseconds, or ISO text with Z or an offset',
  json: 'JSON',
}
