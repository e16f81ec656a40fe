import { checkAmount } from './check-amount.ts'
import { readCsvTable, rejected } from './csv-table.ts'
import type { RejectedRow } from './csv-table.ts'
import { inTurns } from './in-turns.ts'
import { FIELDS_OF } from './recorded-amount.ts'
import type { AmountField, AmountFields, AmountInput, RecordKind } from './recorded-amount.ts'

/** What a CSV text holds, row by row. */
export interface ReadUpload {
  readonly accepted: readonly AmountFields[]
  /** In the order of the text. */
  readonly rejected: readonly RejectedRow[]
}

/**
 * Reads amounts from a CSV text, while others are served too. It has a header: `date,type,amount`, and perhaps `currency`, `customer` (or `customer_id`), `channel`, `description`.
 *
 * @param currency for rows that name none; null: each must.
 * @throws KpiqlError `RECORD_INVALID` for what is wrong with the text as a whole.
 */
export async function readUpload(kind: RecordKind, csv: string, currency: string | null): Promise<ReadUpload> {
  const fields = FIELDS_OF[kind]
  const names: Record<string, AmountField> = Object.fromEntries(fields.map((field) => [field, field]))
  if (fields.includes('customer')) names['customer_id'] = 'customer'
  const { headers, rows } = readCsvTable<AmountField>(csv, names, ['date', 'type', 'amount'])
  const accepted: AmountFields[] = []
  const faulty: RejectedRow[] = []
  for await (const { record, fault, cell } of inTurns(rows)) {
    if (fault !== null) {
      faulty.push(rejected(record, null, `The row ${fault}.`))
      continue
    }
    const input: AmountInput = Object.fromEntries(fields.map((field) => [field, cell(field)]))
    const checked = checkAmount(kind, { ...input, currency: input.currency?.trim() || currency })
    if (checked.ok) {
      accepted.push(checked.fields)
      continue
    }
    const [first] = checked.faults
    const reason = checked.faults.map(({ field, reason }) => `${headers.get(field) ?? field} ${reason}`).join('; ')
    faulty.push(rejected(record, first === undefined ? null : (headers.get(first.field) ?? first.field), `${reason}.`))
  }
  return { accepted, rejected: faulty }
}
