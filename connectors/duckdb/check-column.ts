import type { ReadColumn, ReadType } from '../../src/base/read-options.ts'
import { quoteText } from './sql-text.ts'

/** A column as a file gives it. */
export interface SourceColumn {
  readonly name: string
  /** SQL over the rows of the files. */
  readonly sql: string
  /** The engine's type; null for text that stands in a file as it was written. */
  readonly native: string | null
  /** SQL that is true where a number went through a double on its way to text, which keeps 15 digits. */
  readonly isDouble?: string
}

/** How a column is read: SQL for its value, and for every way a row can be wrong. */
export interface CheckedColumn {
  readonly name: string
  readonly value: string
  /** What the quarantine shows of the cell. */
  readonly cell: string
  readonly faults: readonly { readonly when: string; readonly reason: string }[]
}

export type DecimalScale = 2 | 4 | 6

const INTEGER = '[+-]?\\d+(\\.0*)?'
const DECIMAL = '[+-]?(\\d+\\.?\\d*|\\.\\d+)'
const FLOAT = '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?'
const DATE = '\\d{4}-(\\d{1,2}-\\d{1,2}|\\d{2}-\\d{2}[T ]00:00(:00(\\.0+)?)?(Z|[+-]00(:?00)?)?)'
const MONTH = '\\d{4}-\\d{2}(-01)?'
const ZONE = '(Z|[+-]\\d{2}(:?\\d{2})?| ?UTC)'
const TIMESTAMP = `\\d{4}-\\d{1,2}-\\d{1,2}([T ]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(${ZONE})?)?`

/** Cells of blanks alone are empty, except for text. */
export const trimmed = (sql: string): string => `nullif(trim(${sql}, ' \t'), '')`

const fullMatch = (text: string, pattern: string): string => `regexp_full_match(${text}, ${quoteText(pattern)})`

/** Digits after the point, without zeros at the end. */
export const digitsAfterPoint = (text: string): string => `(CASE WHEN contains(${text}, '.') THEN length(rtrim(${text}, '0')) - strpos(${text}, '.') ELSE 0 END)`

export const isPlainDecimal = (text: string): string => fullMatch(text, DECIMAL)

/** Types to try, in order, for a column nobody declared; all of a column's cells must fit. */
export const INFERRED_TYPES = ['integer', 'decimal', 'float', 'date', 'timestamp', 'boolean'] as const satisfies readonly ReadType[]

/** True where a cell forbids this inferred type. Stricter than a declared type: `007` stays text, and so do `yes` and `1` as truth values. */
export function forbidsInferred(type: (typeof INFERRED_TYPES)[number], sql: string, scale: DecimalScale): string {
  const text = trimmed(sql)
  return `(${text} IS NOT NULL AND (${againstInferred(type, text, scale)}))`
}

function againstInferred(type: (typeof INFERRED_TYPES)[number], text: string, scale: DecimalScale): string {
  const leadingZero = `regexp_matches(${text}, '^[+-]?0\\d')`
  switch (type) {
    case 'integer':
      return `NOT ${fullMatch(text, '[+-]?(0|[1-9]\\d*)')} OR TRY_CAST(${text} AS BIGINT) IS NULL`
    case 'decimal':
      return `${leadingZero} OR NOT ${isPlainDecimal(text)} OR ${digitsAfterPoint(text)} > 6 OR TRY_CAST(${text} AS DECIMAL(18, ${scale})) IS NULL`
    case 'boolean':
      return `lower(${text}) NOT IN ('true', 'false')`
    case 'float':
      return `${leadingZero} OR ${checkText(type, text, UNDECLARED).wrong}`
    case 'date':
    case 'timestamp':
      return checkText(type, text, UNDECLARED).wrong
  }
}

const UNDECLARED: TextRules = { format: null, timezone: null, scale: 2 }

interface TextRules {
  readonly format: string | null
  readonly timezone: string | null
  readonly scale: DecimalScale
}

/** @param text trimmed text, null where the cell is empty. */
function checkText(type: Exclude<ReadType, 'text'>, text: string, rules: TextRules): { value: string; wrong: string; reason: string; also?: { when: string; reason: string } } {
  const { format, timezone, scale } = rules
  const parsed = format === null ? null : `try_strptime(${text}, ${quoteText(format)})`
  switch (type) {
    case 'integer': {
      const value = `TRY_CAST(${text} AS BIGINT)`
      return { value, wrong: `NOT ${fullMatch(text, INTEGER)} OR ${value} IS NULL`, reason: 'not a whole number of 64 bits' }
    }
    case 'decimal': {
      const value = `TRY_CAST(${text} AS DECIMAL(18, ${scale}))`
      return {
        value,
        wrong: `NOT ${isPlainDecimal(text)} OR ${value} IS NULL`,
        reason: `not a number of at most ${18 - scale} digits before the point`,
        also: { when: `${digitsAfterPoint(text)} > 6`, reason: 'more than 6 digits after the point' },
      }
    }
    case 'float': {
      const value = `TRY_CAST(${text} AS DOUBLE)`
      return { value, wrong: `NOT ${fullMatch(text, FLOAT)} OR ${value} IS NULL OR NOT isfinite(${value})`, reason: 'not a number' }
    }
    case 'boolean': {
      const value = `(CASE lower(${text}) WHEN 'true' THEN true WHEN '1' THEN true WHEN 'yes' THEN true WHEN 'false' THEN false WHEN '0' THEN false WHEN 'no' THEN false END)`
      return { value, wrong: `${value} IS NULL`, reason: 'not true or false (true/false, 1/0, yes/no)' }
    }
    case 'date': {
      if (parsed !== null) return { value: `CAST(${parsed} AS DATE)`, wrong: `${parsed} IS NULL`, reason: `not a date (expected ${format})` }
      const value = `TRY_CAST(left(${text}, 10) AS DATE)`
      return { value, wrong: `NOT ${fullMatch(text, DATE)} OR ${value} IS NULL`, reason: 'not a date (expected YYYY-MM-DD)' }
    }
    case 'month': {
      if (parsed !== null) return { value: `CAST(date_trunc('month', ${parsed}) AS DATE)`, wrong: `${parsed} IS NULL`, reason: `not a month (expected ${format})` }
      const value = `TRY_CAST(left(${text}, 7) || '-01' AS DATE)`
      return { value, wrong: `NOT ${fullMatch(text, MONTH)} OR ${value} IS NULL`, reason: 'not a month (expected YYYY-MM)' }
    }
    case 'timestamp': {
      if (parsed !== null && format !== null) return { value: /%[zZ]/.test(format) ? fromInstant(parsed) : fromClock(parsed, timezone), wrong: `${parsed} IS NULL`, reason: `not a time (expected ${format})` }
      // The cast to TIMESTAMP reads past an offset without a word; only the cast to TIMESTAMPTZ obeys it (the session's zone is UTC).
      // It refuses a zone right after the minutes (10:00Z), so such a text is tried again with seconds.
      const withSeconds = `regexp_replace(${text}, ${quoteText(`([T ]\\d{1,2}:\\d{2})${ZONE}$`)}, '\\1:00\\2')`
      const instant = fromInstant(`coalesce(TRY_CAST(${text} AS TIMESTAMPTZ), TRY_CAST(${withSeconds} AS TIMESTAMPTZ))`)
      const zoned = `regexp_matches(${text}, ${quoteText(`:\\d{2}(\\.\\d+)?${ZONE}$`)})`
      const value = isUtc(timezone) ? instant : `(CASE WHEN ${zoned} THEN ${instant} ELSE ${fromClock(`TRY_CAST(${text} AS TIMESTAMP)`, timezone)} END)`
      return { value, wrong: `NOT ${fullMatch(text, TIMESTAMP)} OR ${value} IS NULL`, reason: 'not a time (expected ISO 8601, such as 2025-01-31T23:59:59Z)' }
    }
  }
}

const isUtc = (timezone: string | null): boolean => timezone === null || timezone === 'UTC' || timezone === 'Etc/UTC'
const fromInstant = (sql: string): string => `make_timestamp(epoch_us(${sql}))`
const fromClock = (sql: string, timezone: string | null): string => (isUtc(timezone) ? sql : fromInstant(`(${sql} AT TIME ZONE ${quoteText(timezone ?? 'UTC')})`))

/**
 * @param declared null for a column the model does not speak of.
 * @param type the declared or inferred type; null: as the file has it.
 * @param scale digits after the point that a decimal column keeps.
 */
export function checkColumn(source: SourceColumn, declared: ReadColumn | null, type: ReadType | null, scale: DecimalScale, timezone: string | null): CheckedColumn {
  const name = declared?.name ?? source.name
  const faults: { when: string; reason: string }[] = []
  const native = source.native === null ? null : checkNative(source.sql, source.native, type, timezone)
  let value: string
  let cell: string
  let asText: string
  if (native?.direct === true) {
    value = native.sql
    asText = cell = `CAST(${native.sql} AS VARCHAR)`
  } else {
    const raw = native?.sql ?? source.sql
    cell = raw
    if (type === null || type === 'text') {
      value = asText = raw
    } else {
      const text = trimmed(raw)
      asText = text
      const check = checkText(type, text, { format: declared?.format ?? null, timezone, scale })
      value = check.value
      if (check.also) faults.push({ when: `${text} IS NOT NULL AND ${check.also.when}`, reason: check.also.reason })
      faults.push({ when: `${text} IS NOT NULL AND (${check.wrong})`, reason: check.reason })
      if (type === 'decimal' && source.isDouble !== undefined) {
        faults.push({ when: `length(${text}) > 16 AND length(regexp_replace(${text}, '[^0-9]', '', 'g')) > 15 AND ${source.isDouble}`, reason: 'more digits than a JSON number keeps (write it as text)' })
      }
    }
  }
  if (declared?.required === true) faults.push({ when: `${asText} IS NULL`, reason: 'empty, but required' })
  if (declared !== null && declared.min !== null) faults.push({ when: `${value} < ${declared.min}`, reason: `below ${declared.min}` })
  if (declared !== null && declared.values !== null) {
    // An empty list would be no SQL; a column that allows no text refuses every one.
    const allowed = declared.values.length === 0 ? `${asText} IS NOT NULL` : `${asText} NOT IN (${declared.values.map(quoteText).join(', ')})`
    faults.push({ when: allowed, reason: `none of ${declared.values.join(', ')}`.slice(0, 200) })
  }
  return { name, value, cell: `left(${cell}, 200)`, faults }
}

const WHOLE = /^(U?(TINYINT|SMALLINT|INTEGER)|BIGINT)$/

/** A typed column, of Parquet: `direct` when its values are kept as they are; otherwise it is read through its text, with all checks. */
function checkNative(sql: string, native: string, type: ReadType | null, timezone: string | null): { sql: string; direct: boolean } {
  const text = { sql: `CAST(${sql} AS VARCHAR)`, direct: false }
  if (native === 'VARCHAR') return { sql, direct: false }
  if (/^TIMESTAMP WITH TIME ZONE$/.test(native)) return type === null || type === 'timestamp' ? { sql: fromInstant(sql), direct: true } : text
  if (/^TIMESTAMP(_S|_MS|_NS)?$/.test(native)) return type === null || type === 'timestamp' ? { sql: fromClock(`CAST(${sql} AS TIMESTAMP)`, timezone), direct: true } : text
  if (type === null) {
    if (/^(BOOLEAN|DATE|DOUBLE|DECIMAL\(\d+,\d+\)|U?HUGEINT|UBIGINT)$/.test(native) || WHOLE.test(native)) return { sql, direct: true }
    if (native === 'FLOAT') return { sql: `CAST(${sql} AS DOUBLE)`, direct: true }
    return /(\[|STRUCT|MAP|UNION)/.test(native) ? { sql: `CAST(to_json(${sql}) AS VARCHAR)`, direct: false } : text
  }
  if (type === 'integer' && WHOLE.test(native)) return { sql: `CAST(${sql} AS BIGINT)`, direct: true }
  if (type === 'boolean' && native === 'BOOLEAN') return { sql, direct: true }
  if (type === 'date' && native === 'DATE') return { sql, direct: true }
  if (type === 'timestamp' && native === 'DATE') return { sql: fromClock(`CAST(${sql} AS TIMESTAMP)`, timezone), direct: true }
  const digits = /^DECIMAL\((\d+),(\d+)\)$/.exec(native)
  if (type === 'decimal' && digits && Number(digits[1]) <= 18 && Number(digits[2]) <= 6) return { sql, direct: true }
  return text
}
