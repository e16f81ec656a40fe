import { KpiqlError } from '../../src/base/errors.ts'
import type { ReadColumn, ReadType } from '../../src/base/read-options.ts'
import type { TableStatistics } from '../contract.ts'
import { INFERRED_TYPES, checkColumn, digitsAfterPoint, forbidsInferred, isPlainDecimal, trimmed, type CheckedColumn, type DecimalScale, type SourceColumn } from './check-column.ts'
import type { BrokenLine } from './copy-records.ts'
import type { DataFile, TableFiles, TableProblem } from './find-files.ts'
import { QUARANTINE_TABLE } from './quarantine-table.ts'
import type { TableSpec } from './options.ts'
import type { Session } from './session.ts'
import { findColumn, missingColumnHint } from './sniff-layout.ts'
import { quoteName, quoteText } from './sql-text.ts'
import { loadedStatistics } from './statistics.ts'
import { openTableSource, type TableSource } from './table-source.ts'

export interface LoadDeps {
  readonly session: Session
  /** Private folder for copies of the files; cleared by the caller. */
  readonly folder: string
  readonly onBytes: (file: DataFile, bytes: number) => void
  readonly signal: AbortSignal
}

export interface LoadedColumn {
  readonly name: string
  readonly nativeType: string
  readonly required: boolean
  readonly unique: boolean
}

export interface LoadedTable {
  readonly rows: number
  readonly quarantined: number
  readonly columns: readonly LoadedColumn[]
  readonly statistics: TableStatistics
}

/** Columns a table lacks; all of them at once. */
export class TableProblems extends Error {
  readonly problems: readonly TableProblem[]

  constructor(problems: readonly TableProblem[]) {
    super('The table cannot be loaded.')
    this.problems = problems
  }
}

/** A column on its way into the engine; its type is found out where nobody declared it. */
interface PlannedColumn {
  readonly source: SourceColumn
  readonly declared: ReadColumn | null
  readonly type: ReadType | null
  readonly scale: DecimalScale
}

const SAMPLE_ROWS = 2_000

/**
 * Reads a table's files into the table `physical`, typed, in the order of the files; rows that do not fit go to the quarantine
 * under `load`. Loaded rows + quarantined rows = data rows of the files.
 *
 * @throws TableProblems where columns are missing; KpiqlError `DATA_INVALID` naming the file; the engine's own errors.
 */
export async function loadTable(table: TableFiles, physical: string, load: number, deps: LoadDeps): Promise<LoadedTable> {
  const { session, signal } = deps
  const { spec } = table
  await refuseUnknownFormats(session, spec)
  let broken = 0
  const source = await openTableSource(table, {
    ...deps,
    onBroken: async (file, lines) => {
      broken += lines.length
      appendBroken(await session.connection.createAppender(QUARANTINE_TABLE), spec.name, load, file.name, lines)
    },
  })
  signal.throwIfAborted()
  const planned = planColumns(table, source)
  const survey = await surveyColumns(session, source, planned, spec.read.timezone)
  if (source.records !== null && source.records !== survey.rows) {
    throw new KpiqlError('INTERNAL', { message: `Reading "${spec.name}" again gave ${survey.rows} rows where ${source.records} were found.`, hint: 'Please report the file that does this.' })
  }
  signal.throwIfAborted()
  const columns = survey.columns.map(({ source: from, declared, type, scale }) => checkColumn(from, declared, type, scale, spec.read.timezone))
  if (columns.length === 0) {
    throw new KpiqlError('DATA_INVALID', { message: `${table.files.map(({ name }) => name).join(', ')} holds no columns.`, hint: 'Write the file again, or declare its columns under `read`.' })
  }
  const rows = await fill(session, source, columns, survey, physical, table, load)
  const described = await session.rows<{ column_name: string; data_type: string }>(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ? ORDER BY column_index`,
    [physical],
  )
  const declared = new Map(survey.columns.map((column) => [column.declared?.name ?? column.source.name, column.declared]))
  const loaded = described.map(({ column_name, data_type }) => ({
    name: column_name,
    nativeType: data_type,
    required: declared.get(column_name)?.required ?? false,
    unique: declared.get(column_name)?.unique ?? false,
  }))
  return { rows: rows.loaded, quarantined: rows.quarantined + broken, columns: loaded, statistics: await loadedStatistics(session, physical, rows.loaded, loaded) }
}

/** Formats and zones are the author's text; the engine would find them wrong only halfway through. */
async function refuseUnknownFormats(session: Session, spec: TableSpec): Promise<void> {
  const problem = (column: string | null, message: string, hint: string): TableProblem => ({ table: spec.name, file: spec.read.file, column, message, hint })
  const { timezone } = spec.read
  if (timezone !== null && !(await answers(session, `SELECT TIMESTAMP '2000-01-01' AT TIME ZONE ${quoteText(timezone)}`))) {
    throw new TableProblems([problem(null, `The time zone "${timezone}" of table "${spec.name}" is not known.`, 'Use an IANA name, such as Europe/Berlin.')])
  }
  for (const { name, format } of spec.read.columns) {
    if (format === null || (await answers(session, `SELECT try_strptime('', ${quoteText(format)})`))) continue
    throw new TableProblems([problem(name, `The format "${format}" of column "${name}" is not understood.`, 'Use strptime letters, such as %Y-%m-%d or %d/%m/%Y %H:%M.')])
  }
}

async function answers(session: Session, sql: string): Promise<boolean> {
  try {
    await session.run(sql)
    return true
  } catch (error) {
    if (/format specifier|TimeZone|time zone/i.test(error instanceof Error ? error.message : '')) return false
    throw error
  }
}

function appendBroken(appender: Awaited<ReturnType<Session['connection']['createAppender']>>, table: string, load: number, file: string, lines: readonly BrokenLine[]): void {
  for (const { line, reason, content } of lines) {
    appender.appendVarchar(table)
    appender.appendBigInt(BigInt(load))
    appender.appendVarchar(file)
    appender.appendBigInt(BigInt(line))
    appender.appendNull()
    appender.appendNull()
    appender.appendVarchar(reason)
    appender.appendVarchar(content)
    appender.endRow()
  }
  appender.closeSync()
}

/** Declared columns under their declared names, then the others of the files. A column that need not be there is null throughout. */
function planColumns(table: TableFiles, source: TableSource): PlannedColumn[] {
  const { spec } = table
  const names = source.columns.map(({ name }) => name)
  const problems: TableProblem[] = []
  const taken = new Map<string, ReadColumn>()
  const absent: PlannedColumn[] = []
  for (const declared of spec.read.columns) {
    const found = findColumn(declared.name, names)
    if (found !== null) {
      taken.set(found, declared)
    } else if (declared.required && names.length > 0) {
      const file = table.files.map(({ name }) => name).join(', ')
      problems.push({ table: spec.name, file, column: declared.name, message: `${file} has no column "${declared.name}".`, hint: missingColumnHint(declared.name, names) })
    } else {
      absent.push({ source: { name: declared.name, sql: 'NULL::VARCHAR', native: null }, declared, type: declared.type ?? 'text', scale: 2 })
    }
  }
  if (problems.length > 0) throw new TableProblems(problems)
  const present = source.columns.map((column): PlannedColumn => {
    const declared = taken.get(column.name) ?? null
    return { source: column, declared, type: declared?.type ?? null, scale: 2 }
  })
  return [...present, ...absent]
}

interface Survey {
  readonly rows: number
  /** True when some row does not fit; which ones is found out only then. */
  readonly faulty: boolean
  readonly columns: readonly PlannedColumn[]
}

/** Finds types and decimal scales, and whether all rows fit, in as few passes over the files as it takes: one where the guesses hold. */
async function surveyColumns(session: Session, source: TableSource, planned: readonly PlannedColumn[], timezone: string | null): Promise<Survey> {
  let columns = await guessTypes(session, source, planned)
  for (;;) {
    const measures: string[] = ['count(*) AS rows']
    for (const [index, column] of columns.entries()) {
      const text = columnText(column)
      if (column.type === 'decimal') {
        const digits = digitsAfterPoint(text)
        measures.push(`max(CASE WHEN ${digits} <= 6 AND ${isPlainDecimal(text)} THEN ${digits} END) AS digits_${index}`)
      }
      const guess = guessOf(column)
      if (guess !== null) measures.push(`count(${text}) AS cells_${index}`, `count_if(coalesce(${forbidsInferred(guess, column.source.sql, column.scale)}, false)) AS against_${index}`)
    }
    // An inferred column has no other faults than those against its type.
    const faults = columns.flatMap((column) => {
      if (column.declared === null && guessOf(column) !== null) return []
      return checkColumn(column.source, column.declared, column.type, column.scale, timezone).faults.map(({ when }) => when)
    })
    const all = [...source.rowFaults.map(({ when }) => when), ...faults]
    measures.push(all.length === 0 ? '0 AS faulty' : `count_if(${all.map((when) => `coalesce(${when}, false)`).join(' OR ')}) AS faulty`)
    const [found] = await session.rows<Record<string, bigint | number | null>>(`SELECT ${measures.join(', ')} FROM (${source.relation})`)
    if (!found) throw new KpiqlError('INTERNAL', { message: 'Counting the rows of a file gave no answer.' })
    let guessedWrong = false
    columns = columns.map((column, index) => {
      if (Number(found[`against_${index}`] ?? 0) > 0) {
        guessedWrong = true
        return { ...column, type: nextGuess(column.type) }
      }
      // No cell at all speaks for a type.
      if (found[`cells_${index}`] === 0n) return { ...column, type: 'text' }
      const scale = scaleFor(Number(found[`digits_${index}`] ?? 0))
      if (scale !== column.scale) guessedWrong = true
      return { ...column, scale }
    })
    if (!guessedWrong) return { rows: Number(found['rows']), faulty: Number(found['faulty']) > 0, columns }
  }
}

const scaleFor = (digits: number): DecimalScale => (digits <= 2 ? 2 : digits <= 4 ? 4 : 6)

/** The column's cells as trimmed text, typed or not. */
function columnText({ source }: PlannedColumn): string {
  return source.native === null || source.native === 'VARCHAR' ? trimmed(source.sql) : trimmed(`CAST(${source.sql} AS VARCHAR)`)
}

type Guess = (typeof INFERRED_TYPES)[number]

function guessOf({ source, declared, type }: PlannedColumn): Guess | null {
  if (source.native !== null || (declared !== null && declared.type !== null)) return null
  return INFERRED_TYPES.find((candidate) => candidate === type) ?? null
}

function nextGuess(type: ReadType | null): ReadType {
  const at = INFERRED_TYPES.findIndex((candidate) => candidate === type)
  return INFERRED_TYPES[at + 1] ?? 'text'
}

/** Types and scales that hold for the head of the files. */
async function guessTypes(session: Session, source: TableSource, planned: readonly PlannedColumn[]): Promise<readonly PlannedColumn[]> {
  const isOpen = (column: PlannedColumn): boolean => column.type === null && column.source.native === null
  const measures = planned.flatMap((column, index) => {
    const text = columnText(column)
    const digits = `max(CASE WHEN ${isPlainDecimal(text)} AND ${digitsAfterPoint(text)} <= 6 THEN ${digitsAfterPoint(text)} END) AS digits_${index}`
    if (!isOpen(column)) return column.type === 'decimal' ? [digits] : []
    return [digits, ...INFERRED_TYPES.map((type) => `count_if(coalesce(${forbidsInferred(type, column.source.sql, 2)}, false)) AS ${type}_${index}`)]
  })
  if (measures.length === 0) return planned
  const [found] = await session.rows<Record<string, bigint | null>>(`SELECT ${measures.join(', ')} FROM (SELECT * FROM (${source.relation}) LIMIT ${SAMPLE_ROWS})`)
  return planned.map((column, index) => {
    const scale = scaleFor(Number(found?.[`digits_${index}`] ?? 0))
    if (!isOpen(column)) return { ...column, scale }
    // A column that is empty at its head may hold anything later: it starts as the first type, and is tried as every one.
    return { ...column, scale, type: INFERRED_TYPES.find((candidate) => Number(found?.[`${candidate}_${index}`] ?? 0) === 0) ?? 'text' }
  })
}

/** The one pass that writes; with a row of doubt, each row is checked, and those that fail go to the quarantine. */
async function fill(session: Session, source: TableSource, columns: readonly CheckedColumn[], survey: Survey, physical: string, table: TableFiles, load: number): Promise<{ loaded: number; quarantined: number }> {
  const values = columns.map(({ name, value }) => `${value} AS ${quoteName(name)}`).join(', ')
  const problem = survey.faulty ? problemOf(source, columns) : null
  const target = quoteName(physical)
  const keys = survey.columns.flatMap(({ declared }, index) => (declared?.unique === true ? [columns[index]] : [])).filter((column) => column !== undefined)

  const create = async (doubles: string | null): Promise<number> => {
    const where = [problem === null ? null : `(${problem.sql}) IS NULL`, doubles === null ? null : `(__file, __line) NOT IN (SELECT (__file, __line) FROM ${doubles})`].filter((part) => part !== null)
    await session.run(`CREATE OR REPLACE TABLE ${target} AS SELECT ${values} FROM (${source.relation})${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}`)
    const [count] = await session.rows<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${target}`)
    return Number(count?.rows ?? 0)
  }

  let loaded = await create(null)
  let quarantined = 0
  if (problem !== null) quarantined += await quarantineFaults(session, source, problem, table, load)
  const repeated: CheckedColumn[] = []
  for (const column of keys) {
    const name = quoteName(column.name)
    const [found] = await session.rows<{ again: bigint }>(`SELECT count(${name}) - count(DISTINCT ${name}) AS again FROM ${target}`)
    if (Number(found?.again ?? 0) > 0) repeated.push(column)
  }
  if (repeated.length > 0) {
    const doubles = quoteName(`${physical}_doubles`)
    quarantined += await quarantineDoubles(session, source, problem?.sql ?? null, repeated, doubles, table, load)
    loaded = await create(doubles)
    await session.run(`DROP TABLE ${doubles}`)
  }
  if (loaded + quarantined !== survey.rows) {
    throw new KpiqlError('INTERNAL', { message: `Of ${survey.rows} rows of "${table.spec.name}" ${loaded} were loaded and ${quarantined} put aside.`, hint: 'Please report the file that does this.' })
  }
  return { loaded, quarantined }
}

interface Problem {
  /** SQL: the number of the first fault of a row, null for none. */
  readonly sql: string
  readonly faults: readonly { readonly column: string | null; readonly reason: string; readonly cell: string }[]
}

function problemOf(source: TableSource, columns: readonly CheckedColumn[]): Problem {
  const all = [
    ...source.rowFaults.map(({ when, reason, cell }) => ({ when, column: null, reason, cell })),
    ...columns.flatMap(({ name, faults, cell }) => faults.map(({ when, reason }) => ({ when, column: name, reason, cell }))),
  ]
  if (all.length === 0) return { sql: 'NULL', faults: [] }
  return { sql: `CASE ${all.map(({ when }, index) => `WHEN ${when} THEN ${index}`).join(' ')} END`, faults: all }
}

const rowContent = (source: TableSource, cell: string): string => (source.hasLines ? `coalesce(${cell}, '')` : `left('row ' || __line || ': ' || coalesce(${cell}, ''), 200)`)
const fileName = (table: TableFiles): string => `list_extract([${table.files.map(({ name }) => quoteText(name)).join(', ')}], __file + 1)`

async function quarantineFaults(session: Session, source: TableSource, problem: Problem, table: TableFiles, load: number): Promise<number> {
  const pick = (part: (fault: Problem['faults'][number]) => string): string => `CASE problem ${problem.faults.map((fault, index) => `WHEN ${index} THEN ${part(fault)}`).join(' ')} END`
  if (problem.faults.length === 0) return 0
  return session.run(
    `INSERT INTO ${QUARANTINE_TABLE} SELECT ${quoteText(table.spec.name)}, ${load}, ${fileName(table)}, ${source.hasLines ? '__line, NULL' : 'NULL, __line'},
      ${pick(({ column }) => (column === null ? 'NULL' : quoteText(column)))}, ${pick(({ reason }) => quoteText(reason))}, ${rowContent(source, pick(({ cell }) => cell))}
    FROM (SELECT *, ${problem.sql} AS problem FROM (${source.relation})) WHERE problem IS NOT NULL`,
  )
}

/** The second and later rows of a key, in the order of the files. A row that repeats two keys is put aside once. */
async function quarantineDoubles(session: Session, source: TableSource, problem: string | null, keys: readonly CheckedColumn[], doubles: string, table: TableFiles, load: number): Promise<number> {
  const fitting = `SELECT * FROM (${source.relation})${problem === null ? '' : ` WHERE (${problem}) IS NULL`}`
  const each = keys.map(({ name, value, cell }, index) => {
    const numbered = `SELECT __file, __line, ${index} AS nth, ${quoteText(name)} AS name, ${cell} AS cell, ${value} AS key, row_number() OVER (PARTITION BY ${value} ORDER BY __file, __line) AS copy FROM (${fitting})`
    return `SELECT __file, __line, nth, name, cell FROM (${numbered}) WHERE key IS NOT NULL AND copy > 1`
  })
  await session.run(`CREATE OR REPLACE TABLE ${doubles} AS SELECT __file, __line, arg_min(name, nth) AS name, arg_min(cell, nth) AS cell FROM (${each.join(' UNION ALL ')}) GROUP BY __file, __line`)
  return session.run(
    `INSERT INTO ${QUARANTINE_TABLE} SELECT ${quoteText(table.spec.name)}, ${load}, ${fileName(table)}, ${source.hasLines ? '__line, NULL' : 'NULL, __line'}, name, 'repeats the key of an earlier row', ${rowContent(source, 'cell')} FROM ${doubles}`,
  )
}
