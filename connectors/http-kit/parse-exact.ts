/** Digits in a row from which on a number may not survive as a double. */
const LONG = /\d{16}|\d\.\d{15}|\d{8,}\.\d{8,}/

/**
 * JSON in which numbers that doubles would change come as their text: `9007199254740993` is `"9007199254740993"`, `0.5` is 0.5. Costs
 * twice as much as `JSON.parse` where there are long numbers (or texts with long rows of digits), and nothing elsewhere.
 *
 * @throws SyntaxError
 */
export function parseExact(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text)
  return JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || context?.source === undefined) return value
    const { source } = context
    return source.length < 16 || isKept(value, source) ? value : source
  })
}

function isKept(value: number, source: string): boolean {
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value)
  return significant(String(value)) === significant(source)
}

/** Digits that count, without signs, points, exponents and zeros at the ends. */
function significant(number: string): string {
  return number.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
}
