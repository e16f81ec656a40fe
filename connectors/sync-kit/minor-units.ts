// ISO 4217, list one. Not from Intl: its data (CLDR) says how amounts are shown, with no decimals for IQD or LBP, which have three and two.
const EXPONENTS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
}
const OWN = new Map(Object.entries(EXPONENTS).flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, Number(exponent)] as const)))
let known: ReadonlySet<string> | null = null

/**
 * How many decimals a currency's major unit has by ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.
 *
 * @param code in any case. @param own exponents that the tool itself uses instead, by upper-case code (Stripe counts ISK in hundredths).
 * @returns Null for what is no currency in use, and then no major amount can be told.
 */
export function currencyExponent(code: unknown, own: Readonly<Record<string, number>> = {}): number | null {
  if (typeof code !== 'string') return null
  const upper = code.trim().toUpperCase()
  const special = own[upper] ?? OWN.get(upper)
  if (special !== undefined) return special
  known ??= new Set(Intl.supportedValuesOf('currency'))
  return known.has(upper) ? 2 : null
}

/**
 * An amount in minor units as a decimal in major units, exact: 1999 with exponent 2 is `19.99`, 5 with exponent 0 is `5`.
 *
 * @param minor a whole number, or its text; up to 12 decimals of a minor unit are kept (`0.5` cents is `0.005`).
 * @returns Plain notation; null for null, an unknown exponent, and what is no plain number.
 */
export function majorUnits(minor: unknown, exponent: number | null): string | null {
  if (exponent === null || minor === null || minor === undefined) return null
  if (typeof minor === 'number' && !Number.isSafeInteger(minor) && Math.abs(minor) >= Number.MAX_SAFE_INTEGER) return null
  const match = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(typeof minor === 'string' ? minor.trim() : typeof minor === 'number' || typeof minor === 'bigint' ? String(minor) : '')
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  const digits = whole.padStart(exponent + 1, '0')
  const decimals = `${digits.slice(digits.length - exponent)}${fraction}`
  const head = digits.slice(0, digits.length - exponent).replace(/^0+(?=\d)/, '')
  const text = decimals === '' ? head : `${head}.${decimals}`
  return /[1-9]/.test(text) ? `${sign}${text}` : text
}
