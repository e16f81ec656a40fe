import type { CellValue, FlatRows } from './flatten-answer.ts'

/** Comma-separated, one header line, quoted where needed. Texts that a spreadsheet would run as a formula get a `'` in front; numbers never do. */
export function printCsv({ columns, rows }: FlatRows): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('')
}

function csvCell(value: CellValue): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Aligned columns for eyes: numbers to the right, nulls empty, control characters as blanks. */
export function printTable({ columns, rows }: FlatRows): string {
  const texts = rows.map((row) => row.map(shown))
  const widths = columns.map((column, index) => Math.max(lengthOf(column), ...texts.map((row) => lengthOf(row[index] ?? ''))))
  const isNumeric = columns.map((_, index) => rows.every((row) => row[index] === null || typeof row[index] === 'number'))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(cell)))
        return isNumeric[index] ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd()
  return `${[line(columns), line(widths.map((width) => '─'.repeat(width))), ...texts.map(line)].join('\n')}\n`
}

function shown(value: CellValue): string {
  return value === null ? '' : String(value).replace(/\p{Cc}/gu, ' ')
}

function lengthOf(text: string): number {
  return [...text].length
}
