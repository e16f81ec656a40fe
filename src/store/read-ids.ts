import { KpiqlError } from '../base/errors.ts'
import { cleanText } from './clean-text.ts'
import { checkSize, MOST_CSV_ROWS, readCsvTable, rejected, tooManyRows } from './csv-table.ts'
import type { RejectedRow } from './csv-table.ts'
import { inTurns } from './in-turns.ts'
import { splitCsv } from './split-csv.ts'

/** The ids of an uploaded list. */
export interface ReadIds {
  /** Different, in the order of the text. */
  readonly ids: readonly string[]
  readonly blank: number
  readonly duplicates: number
  readonly rejected: readonly RejectedRow[]
}

const LONGEST_ID = 200

/**
 * Reads ids from a text, while others are served too: of one column of a CSV with a header, or one a line. In the latter a first line that is only the name of
 * what is listed (`id`, `customer`, `customer_id`) is taken for a header.
 *
 * @throws KpiqlError `RECORD_INVALID` for what is wrong with the text as a whole.
 */
export async function readIds(csv: string, entity: string, column: string | null): Promise<ReadIds> {
  checkSize(csv)
  const ids = new Set<string>()
  const faulty: RejectedRow[] = []
  let [blank, duplicates] = [0, 0]
  const take = (text: string | null): string | null => {
    const cleaned = cleanText(text?.trim() || null, LONGEST_ID)
    if ('reason' in cleaned) return cleaned.reason
    if (cleaned.value === null) blank++
    else if (ids.has(cleaned.value)) duplicates++
    else ids.add(cleaned.value)
    return null
  }
  if (column === null) {
    const headers = new Set(['id', entity.toLowerCase(), `${entity.toLowerCase()}_id`])
    let isFirst = true
    let rows = 0
    for await (const record of inTurns(splitCsv(csv, ','))) {
      const isHeader = isFirst && headers.has(record.text.trim().toLowerCase())
      if (isFirst && record.cells.length > 1) throw new KpiqlError('RECORD_INVALID', { message: 'The text has several columns.', hint: 'Name the one that holds the ids as `column`, or send one id a line.' })
      isFirst = false
      if (isHeader) continue
      if (++rows > MOST_CSV_ROWS) throw tooManyRows()
      const reason = record.fault ?? (record.cells.length > 1 ? 'has several cells' : take(record.cells[0] ?? null))
      if (reason !== null) faulty.push(rejected(record, null, `The row ${reason}.`))
    }
  } else {
    for await (const { record, fault, cell } of inTurns(columnOf(csv, column))) {
      const reason = fault ?? take(cell('id'))
      if (reason !== null) faulty.push(rejected(record, fault === null ? column : null, `The row ${reason}.`))
    }
  }
  if (ids.size === 0) throw new KpiqlError('RECORD_INVALID', { message: 'The text holds no id.', hint: 'Send one id a line, or name the column that holds them as `column`.', data: { blank, rejected: faulty.length } })
  return { ids: [...ids], blank, duplicates, rejected: faulty }
}

/** Other columns may be there and are left alone. */
function columnOf(csv: string, column: string) {
  const wanted = column.trim().toLowerCase()
  return readCsvTable(csv, { [wanted]: 'id' }, ['id'], 'ignore').rows
}
