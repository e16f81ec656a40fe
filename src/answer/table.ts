import type { Bucket } from '../base/bucket.ts'
import { KpiqlError } from '../base/errors.ts'
import { formatInstant, formatLocalDate } from '../base/period.ts'
import { stableHash } from '../base/stable-hash.ts'
import { and, or } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import type { GroupKey } from '../plan/ask.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { joinProvenance, versionOf } from './join-provenance.ts'
import { checkColumns, columnsOf, compareColumn, currencyColumn } from './table-columns.ts'
import { shownRows, sortRows, toRecord } from './table-rows.ts'
import type { Row } from './table-rows.ts'
import type { AnalyticsSession, Cell, CellNote, GroupValue, MetricAnswer, TableAnswer, TableAsk, Unanswered } from './types.ts'

/** A metric without a row for keys that another metric has. */
const NO_ROWS: Unanswered = { reason: 'NO_ROWS', remedy: 'No row of the data falls into this group and period.' }

interface Part {
  /** Null where rows are not grouped by cohorts. */
  readonly cohort: string | null
  readonly predicate: Predicate
}

/** What one metric of one part came to: its answer, or its source's failure. */
interface Told {
  readonly column: string
  readonly cohort: string | null
  readonly compared: boolean
  readonly answer: MetricAnswer | KpiqlError
}

interface BuiltRow extends Row {
  readonly cells: Map<string, Cell>
}

/**
 * Flat rows: each metric aggregated by itself, joined on the group values, null-safe. Everything is ordered before it is cut.
 * A metric whose source fails leaves its own columns null, with the reason `SOURCE_FAILED`.
 *
 * @throws KpiqlError the failure, where every metric fails or `having` tests one that does; see checkColumns, sortRows and shownRows.
 */
export async function tableOf(session: AnalyticsSession, model: Model, ask: TableAsk): Promise<TableAnswer> {
  const keys = ask.by.filter((key) => key.kind !== 'cohorts')
  const parts = partsOf(ask)
  const columns = columnsOf(model, ask, keys, parts.some(({ cohort }) => cohort !== null))
  checkColumns(ask, columns)

  const { period, allowEstimates, cohortsAsOf } = ask
  const { first: _first, after: _after, ...asking } = ask
  const question = stableHash(asking)
  const cursor = ask.after === null ? null : decodeCursor(ask.after, question)
  const asked = parts.flatMap(({ cohort, predicate }) =>
    ask.metrics.flatMap((metric): readonly Promise<Told>[] => {
      const base = { metric, predicate, grain: null, by: keys, allowEstimates, cohortsAsOf }
      const main = answered(session.metric({ ...base, period })).then((answer) => ({ column: metric, cohort, compared: false, answer }))
      if (ask.compare === null) return [main]
      return [main, answered(session.metric({ ...base, period: ask.compare })).then((answer) => ({ column: compareColumn(metric), cohort, compared: true, answer }))]
    }),
  )
  const whole = or(parts.map(({ predicate }) => predicate))
  const totalsAsked = (ask.totals ? ask.metrics : []).map(async (metric): Promise<Told> => {
    const answer = await answered(session.metric({ metric, predicate: whole, period, grain: null, by: [], allowEstimates, cohortsAsOf }))
    return { column: metric, cohort: null, compared: false, answer }
  })
  const [told, totals] = await Promise.all([Promise.all(asked), Promise.all(totalsAsked)])
  refuseFailures(ask, told)

  const sorted = sortRows(shownRows(rowsOf(ask, keys, told), ask.having), ask, columns)
  const provenance = joinProvenance([...told, ...totals].flatMap(({ answer }) => (answer instanceof KpiqlError ? [] : [answer.provenance])), session.nowUtcMs)
  const version = versionOf(provenance)
  const offset = cursor?.offset ?? 0
  const page = sorted.slice(offset, offset + ask.first)
  const amounts = columns.filter(({ role }) => role === 'metric' || role === 'comparison').map(({ name }) => name)
  const untold = unansweredOf(told)
  const total: Row = { cohort: null, keys: [], cells: new Map(totals.flatMap(({ column, answer }) => cellOfTotal(column, answer))) }
  const totalUntold = unansweredOf(totals)
  const totalColumns = columns.filter(({ role, name }) => role === 'metric' || (role === 'currency' && ask.metrics.some((metric) => name === currencyColumn(metric))))
  return {
    columns,
    rows: page.map((row) => toRecord(row, columns)),
    reasons: page.flatMap((row, index) => reasonsOf(row, amounts, untold).map((reason) => ({ row: index, ...reason }))),
    notes: page.flatMap((row, index) => notesOf(row, amounts).map((note) => ({ row: index, ...note }))),
    columnReasons: amounts.flatMap((column) => untold.filter((one) => one.column === column).slice(0, 1)).map(({ column, reason, remedy }) => ({ column, reason, remedy })),
    totals: ask.totals ? toRecord(total, totalColumns) : null,
    totalsReasons: ask.totals ? reasonsOf(total, ask.metrics, totalUntold) : [],
    totalsNotes: ask.totals ? notesOf(total, ask.metrics) : [],
    totalCount: sorted.length,
    hasNextPage: offset + page.length < sorted.length,
    endCursor: page.length === 0 ? null : encodeCursor({ version, question, offset: offset + page.length }),
    truncated: page.length < sorted.length,
    cursorOutdated: cursor !== null && cursor.version !== version,
    provenance,
  }
}

function partsOf(ask: TableAsk): readonly Part[] {
  const cohorts = ask.by.find((key) => key.kind === 'cohorts')
  if (cohorts === undefined) return [{ cohort: null, predicate: ask.predicate }]
  return cohorts.cohorts.map((cohort) => ({ cohort, predicate: and([ask.predicate, { kind: 'cohort', cohort }]) }))
}

/** A source that fails, or takes longer than the request may, is a matter of its own columns; a question at fault is one of the whole table. */
async function answered(answer: Promise<MetricAnswer>): Promise<MetricAnswer | KpiqlError> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof KpiqlError && (error.fault === 'source' || error.code === 'DEADLINE_EXCEEDED')) return error
    throw error
  }
}

function refuseFailures(ask: TableAsk, told: readonly Told[]): void {
  const failed = told.flatMap(({ answer, column, compared }) => (answer instanceof KpiqlError && !compared ? [{ column, error: answer }] : []))
  const [first] = failed
  if (first === undefined) return
  if (failed.length === told.filter(({ compared }) => !compared).length) throw first.error
  const tested = failed.find(({ column }) => ask.having.some(({ metric }) => metric === column))
  if (tested) throw tested.error
}

function rowsOf(ask: TableAsk, keys: readonly GroupKey[], told: readonly Told[]): readonly BuiltRow[] {
  const byPeriod = keys.some((key) => key.kind === 'time' && key.dimension === null)
  // All metrics have the same buckets: they follow from the period and its grain.
  const asked = told.flatMap(({ answer, compared }) => (compared || answer instanceof KpiqlError ? [] : [answer.buckets]))[0] ?? []
  const rows = new Map<string, BuiltRow>()
  for (const { column, cohort, compared, answer } of told) {
    if (answer instanceof KpiqlError) continue
    for (const { values, cells } of answer.groups) {
      for (const [index, own] of answer.buckets.entries()) {
        const cell = cells[index]
        // A compared series lies beside the asked one bucket by bucket, not date by date; a longer one has buckets beside no row.
        const bucket = compared && byPeriod ? asked[index] : own
        if (cell === undefined || bucket === undefined) continue
        const rowKeys = keysOf(cohort, keys, values, bucket, ask.period.zone)
        const id = JSON.stringify(rowKeys)
        const row = rows.get(id) ?? { cohort, keys: rowKeys, cells: new Map<string, Cell>() }
        row.cells.set(column, cell)
        rows.set(id, row)
      }
    }
  }
  return [...rows.values()]
}

function keysOf(cohort: string | null, keys: readonly GroupKey[], values: readonly GroupValue[], bucket: Bucket, zone: string): readonly GroupValue[] {
  let next = 0
  const found = keys.map((key): GroupValue => {
    if (key.kind !== 'time' || key.dimension !== null) return values[next++] ?? null
    return key.grain === 'hour' || key.grain === 'minute' ? formatInstant(bucket.startUtcMs, zone) : formatLocalDate(bucket.startLocalMs)
  })
  return cohort === null ? found : [cohort, ...found]
}

interface Untold extends Unanswered {
  readonly column: string
  readonly cohort: string | null
}

/** Metrics that have no cells at all: they cannot be grouped so, or their source failed. */
function unansweredOf(told: readonly Told[]): readonly Untold[] {
  return told.flatMap(({ column, cohort, answer }): readonly Untold[] => {
    if (answer instanceof KpiqlError) return [{ column, cohort, reason: 'SOURCE_FAILED', remedy: answer.message }]
    return answer.unavailable === null ? [] : [{ column, cohort, ...answer.unavailable }]
  })
}

function reasonsOf({ cohort, cells }: Row, columns: readonly string[], untold: readonly Untold[]): TableAnswer['columnReasons'] {
  return columns.flatMap((column) => {
    const { reason, remedy } = cells.get(column) ?? untold.find((one) => one.column === column && one.cohort === cohort) ?? NO_ROWS
    return reason === null ? [] : [{ column, reason, remedy }]
  })
}

/** Of the cells that do not simply hold an actual value of a closed period. */
function notesOf({ cells }: Row, columns: readonly string[]): readonly CellNote[] {
  return columns.flatMap((column) => {
    const cell = cells.get(column)
    if (cell === undefined || !(cell.partial || cell.quality === 'ESTIMATED' || cell.assumptions.length > 0)) return []
    return [{ column, quality: cell.quality, assumptions: cell.assumptions, partial: cell.partial }]
  })
}

function cellOfTotal(column: string, answer: MetricAnswer | KpiqlError): readonly (readonly [string, Cell])[] {
  const cell = answer instanceof KpiqlError ? undefined : answer.groups[0]?.cells[0]
  return cell === undefined ? [] : [[column, cell]]
}
