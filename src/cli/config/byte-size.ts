const factors: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40 }

/** Bytes of `200MB`, `1.5 GiB` or a plain number: kB, MB and GB are powers of 1000, KiB, MiB and GiB of 1024. Null where it is none of these. */
export function parseByteSize(text: string | number): number | null {
  const [, digits, unit = 'B'] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?\s*$/i.exec(String(text)) ?? []
  const factor = factors[unit.toUpperCase()]
  if (digits === undefined || factor === undefined) return null
  const bytes = Math.round(Number(digits) * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}
