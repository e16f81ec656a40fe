import type { Unit } from '../src/model/types.ts'

const formats = new Map<string, Intl.NumberFormat>()

function formatOf(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options)
  const format = formats.get(key) ?? new Intl.NumberFormat('en-US', options)
  formats.set(key, format)
  return format
}

const FRACTION_DIGITS = { currency: 2, percent: 1, count: 2, ratio: 2, duration: 1, score: 1 } as const satisfies Record<Unit, number>
const DURATION_STEPS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3600 },
  { unit: 'min', seconds: 60 },
  { unit: 's', seconds: 1 },
] as const

/**
 * A value as people read it, in American English: `$1,234.50`, `12.3%`, `1,234`, `2 h 5 min`. Rounded: never calculate with it.
 *
 * @param currency ISO 4217; null writes money as a plain number.
 */
export function formatValue(value: number, unit: Unit, currency: string | null): string {
  const maximumFractionDigits = FRACTION_DIGITS[unit]
  if (unit === 'currency' && currency !== null) return formatOf({ style: 'currency', currency }).format(value)
  if (unit === 'currency') return formatOf({ minimumFractionDigits: 2, maximumFractionDigits }).format(value)
  if (unit === 'duration') return formatDuration(value)
  const text = formatOf({ maximumFractionDigits }).format(value)
  return unit === 'percent' ? `${text}%` : text
}

/** The two largest steps that are not zero: `2 h 5 min`, `45.5 s`. */
function formatDuration(seconds: number): string {
  const size = Math.abs(seconds)
  const sign = seconds < 0 ? '-' : ''
  if (size < 60) return `${sign}${formatOf({ maximumFractionDigits: FRACTION_DIGITS.duration }).format(size)} s`
  const first = DURATION_STEPS.findIndex((step) => size >= step.seconds)
  const smallest = DURATION_STEPS[Math.min(first + 1, DURATION_STEPS.length - 1)]?.seconds ?? 1
  let rest = Math.round(size / smallest) * smallest
  const parts: string[] = []
  for (const { unit, seconds: length } of DURATION_STEPS) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) parts.push(`${formatOf({}).format(count)} ${unit}`)
  }
  return sign + parts.join(' ')
}
