/** One measurement: what it measures and why it is fair, and its figures. */
export interface Section {
  readonly title: string
  readonly about: readonly string[]
  readonly tables: readonly Table[]
}

/** Rows as written; a row with a verdict has it in the last cell. */
export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const HELD = 'held'
const MISSED = '**MISSED**'

export function verdict(held: boolean): string {
  return held ? HELD : MISSED
}

/** How many bounds of these sections held, and how many there are. */
export function countVerdicts(sections: readonly Section[]): { readonly held: number; readonly total: number } {
  const cells = sections.flatMap(({ tables }) => tables.flatMap(({ rows }) => rows.flat()))
  const held = cells.filter((cell) => cell === HELD).length
  return { held, total: held + cells.filter((cell) => cell === MISSED).length }
}

/** Milliseconds with as many digits as mean something. */
export function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)
}

export function times(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)}×`
}

/** Decimal megabytes. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

export function printSection({ title, about, tables }: Section): string {
  return [`## ${title}`, ...about, ...tables.map(printTable)].join('\n\n')
}

/** A Markdown table whose columns also line up as plain text; the first column is left-aligned, the others right. */
function printTable({ columns, rows }: Table): string {
  const widths = columns.map((column, index) => Math.max(3, column.length, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${widths.map((width, index) => (index === 0 ? (cells[index] ?? '').padEnd(width) : (cells[index] ?? '').padStart(width))).join(' | ')} |`
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(columns), line(rule), ...rows.map(line)].join('\n')
}
