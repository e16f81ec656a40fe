/**
 * A decimal as text with at most `scale` decimals, half away from zero; exact, whatever its length. What is no plain decimal stays as it came.
 * For tools whose calculated amounts have more decimals than any currency.
 */
export function roundDecimal(text: string, scale: number): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text.trim())
  if (!match || `${match[2] ?? ''}${match[3] ?? ''}` === '') return text
  const [, sign = '', whole = '', fraction = ''] = match
  if (fraction.length <= scale) return text.trim()
  const units = BigInt(`${whole}${fraction.slice(0, scale)}` || '0') + (Number(fraction[scale]) >= 5 ? 1n : 0n)
  const digits = units.toString().padStart(scale + 1, '0')
  const plain = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return `${sign === '-' && units > 0n ? '-' : ''}${plain}`
}
