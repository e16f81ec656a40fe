import type { LandingCell, LandingColumn, LandingRows, QuarantinedRecord } from '../landing-contract.ts'
import type { LandedShape } from '../sql-kit/landed-shape.ts'

type Kind = LandingColumn['kind']

const FIRST_DAY = '1900-01-01'
const LAST_DAY = '2299-12-31'
const FIRST_MS = Date.UTC(1900, 0, 1)
const LAST_MS = Date.UTC(2300, 0, 1) - 1
const MOST_CHARACTERS = 10_000

/** Whether ClickHouse holds a cell: days and moments of other centuries become the nearest that it has, without a word. */
export function holds(cell: LandingCell, kind: Kind): boolean {
  if (cell === null) return true
  if (kind === 'date') return String(cell) >= FIRST_DAY && String(cell) <= LAST_DAY
  return kind !== 'timestamp' || (Number(cell) >= FIRST_MS && Number(cell) <= LAST_MS)
}

/** Rows that the engine holds exactly: other days and moments become null, in keys the row is left out, and quarantine has them all. */
export function fitting(rows: LandingRows, table: string, shape: LandedShape): { readonly rows: LandingRows; readonly quarantined: readonly QuarantinedRecord[] } {
  const quarantined: QuarantinedRecord[] = []
  const dropped = new Set<number>()
  const columns = rows.columns.map((cells, at) => {
    const name = rows.names[at] ?? ''
    const kind = kindOf(shape, name)
    if ((kind !== 'date' && kind !== 'timestamp') || cells.every((cell) => holds(cell, kind))) return cells
    return cells.map((cell, row) => {
      if (holds(cell, kind)) return cell
      const content = Object.fromEntries([...shape.key, name].map((column) => [column, rows.columns[rows.names.indexOf(column)]?.[row] ?? null]))
      quarantined.push({ table, column: name, reason: `ClickHouse holds ${kind === 'date' ? 'days' : 'moments'} from ${FIRST_DAY} to ${LAST_DAY} only.`, content: jsonText(content).slice(0, MOST_CHARACTERS) })
      if (shape.key.includes(name)) dropped.add(row)
      return null
    })
  })
  if (dropped.size === 0) return { rows: { ...rows, columns }, quarantined }
  const kept = columns.map((cells) => cells.filter((_, row) => !dropped.has(row)))
  return { rows: { names: rows.names, columns: kept, count: rows.count - dropped.size }, quarantined }
}

export function kindOf({ columns }: LandedShape, name: string): Kind {
  return columns.find((column) => column.name === name)?.kind ?? 'text'
}

/** What a cell is in a cast and in lines, before anything is escaped. */
export function cellText(cell: LandingCell & {}, kind: Kind): string {
  return kind === 'timestamp' ? new Date(Number(cell)).toISOString().slice(0, 23).replace('T', ' ') : String(cell).toWellFormed()
}

/** Rows as lines of tab-separated cells. @param after cells that end each line. */
export function linesOf(rows: LandingRows, shape: LandedShape, after: (row: number) => string): string {
  const kinds = rows.names.map((name) => kindOf(shape, name))
  const lines: string[] = []
  const cells: string[] = []
  for (let row = 0; row < rows.count; row++) {
    for (let at = 0; at < kinds.length; at++) cells[at] = tabbed(rows.columns[at]?.[row] ?? null, kinds[at] ?? 'text')
    lines.push(`${cells.join('\t')}\t${after(row)}\n`)
  }
  return lines.join('')
}

/** One cell of a line. */
export function tabbed(cell: LandingCell, kind: Kind): string {
  if (cell === null) return '\\N'
  const text = cellText(cell, kind)
  return (kind === 'text' || kind === 'json') && SPECIAL.test(text) ? text.replaceAll(SPECIALS, (found) => ESCAPED[found] ?? found) : text
}

// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\\\t\n\r\0\b\f]/
const SPECIALS = new RegExp(SPECIAL, 'g')
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0', '\b': '\\b', '\f': '\\f' }

function jsonText(value: object): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one))
}
