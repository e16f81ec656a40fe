import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import { nearest } from '../base/nearest.ts'
import { formatInstant, formatLocalDate } from '../base/period.ts'
import { constantCurrency } from '../model/currency.ts'
import type { Bucket } from '../base/bucket.ts'
import { and, or } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'
import type { GroupKey } from '../plan/ask.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { compareKeys, compareValues } from './to-cell.ts'
import type { AnalyticsSession, Cell, GroupValue, MetricAnswer, TableAnswer, TableAsk, TableColumn } from './types.ts'

/** Column that tells the cohort of a row, where rows are grouped by cohorts. */
const COHORT_COLUMN = 'cohort'

/** A metric without a row for keys that another metric has. */
const NO_ROWS = { reason: 'NO_ROWS', remedy: 'No row of the data falls into this group and period.' } as const

interface Row {
  readonly keys: readonly GroupValue[]
  readonly cells: Map<string, Cell>
}

interface Part {
  /** Null where rows are not grouped by cohorts. */
  readonly cohort: string | null
  readonly predicate: Predicate
}

/** Flat rows: each metric aggregated by itself, joined on the group values, null-safe. Everything is ordered before it is cut. */
export async function tableOf(session: AnalyticsSession, model: Model, ask: TableAsk): Promise<TableAnswer> {
  const keys = ask.by.filter((key) => key.kind !== 'cohorts')
  const parts = partsOf(ask)
  const columns = columnsOf(model, ask, keys, parts)
  checkColumns(ask, columns)

  const asked = parts.flatMap((part) =>
    ask.metrics.flatMap((metric) => {
      const base = { metric, predicate: part.predicate, grain: null, by: keys, allowEstimates: ask.allowEstimates, cohortsAsOf: ask.cohortsAsOf }
      const main = session.metric({ ...base, period: ask.period }).then((answer) => ({ part, column: metric, answer }))
      if (ask.compare === null) return [main]
      return [main, session.metric({ ...base, period: ask.compare }).then((answer) => ({ part, column: compareColumn(metric), answer }))]
    }),
  )
  const totalsAsked = ask.totals
    ? ask.metrics.map(async (metric) => [metric, await session.metric({ metric, predicate: or(parts.map(({ predicate }) => predicate)), period: ask.period, grain: null, by: [], allowEstimates: ask.allowEstimates, cohortsAsOf: ask.cohortsAsOf })] as const)
    : []
  const [answers, totals] = await Promise.all([Promise.all(asked), Promise.all(totalsAsked)])

  const rows = new Map<string, Row>()
  for (const { part, column, answer } of answers) {
    const shift = column !== compareColumnBase(column) ? periodShift(ask, answers, part, compareColumnBase(column)) : null
    for (const { values, cells } of answer.groups) {
      for (const [index, bucket] of answer.buckets.entries()) {
        const cell = cells[index]
        // A compared period with more buckets than the asked one: those have no row to stand beside.
        const beside = shift === null ? bucket : shift[index]
        if (cell === undefined || beside === undefined) continue
        const rowKeys = keysOf(part, keys, values, beside, ask.period.zone)
        const id = JSON.stringify(rowKeys)
        const row = rows.get(id) ?? { keys: rowKeys, cells: new Map<string, Cell>() }
        row.cells.set(column, cell)
        rows.set(id, row)
      }
    }
  }
  const found = [...rows.values()].filter((row) => isShown(row, ask))
  const sorted = sortRows(found, ask, columns)
  const version = Object.values(answers[0]?.answer.provenance.dataVersions ?? {}).join('|')
  const { first: _first, after: _after, ...asking } = ask
  const question = stableHash(asking)
  const cursor = ask.after === null ? null : decodeCursor(ask.after, question)
  const offset = cursor?.offset ?? 0
  const page = sorted.slice(offset, offset + ask.first)
  const metricColumns = columns.filter(({ role }) => role !== 'dimension')
  const provenance = answers[0]?.answer.provenance ?? { asOfUtcMs: session.nowUtcMs, stale: false, dataVersions: {} }
  return {
    columns,
    rows: page.map((row) => toRecord(row, columns)),
    reasons: page.flatMap((row, index) =>
      metricColumns.flatMap(({ name }) => {
        // A metric that cannot be grouped so has no cells at all, only a reason for the whole.
        const { reason, remedy } = row.cells.get(name) ?? answers.find((one) => one.column === name)?.answer.unavailable ?? NO_ROWS
        return reason === null ? [] : [{ row: index, column: name, reason, remedy }]
      }),
    ),
    totals: ask.totals ? Object.fromEntries(totals.map(([metric, answer]) => [metric, answer.groups[0]?.cells[0]?.value ?? null])) : null,
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

function compareColumn(metric: string): string {
  return `${metric}_compare`
}

function compareColumnBase(column: string): string {
  return column.endsWith('_compare') ? column.slice(0, -'_compare'.length) : column
}

/** A compared series lies beside the asked one bucket by bucket, not date by date. */
function periodShift(ask: TableAsk, answers: readonly { part: Part; column: string; answer: MetricAnswer }[], part: Part, metric: string): readonly Bucket[] | null {
  if (!ask.by.some((key) => key.kind === 'time' && key.dimension === null)) return null
  return answers.find((one) => one.part === part && one.column === metric)?.answer.buckets ?? null
}

/** The name of a key's column: the dimension, with the grain or part of a time behind it. `period` is the metric's own time. */
export function keyColumn(key: GroupKey): string {
  switch (key.kind) {
    case 'dimension':
      return key.dimension
    case 'time':
      return `${key.dimension ?? 'period'}_${key.grain}`
    case 'date_part':
      return `${key.dimension ?? 'period'}_${key.part}`
  }
}

function columnsOf(model: Model, ask: TableAsk, keys: readonly GroupKey[], parts: readonly Part[]): readonly TableColumn[] {
  const plain = { unit: null, currency: null, role: 'dimension' as const }
  const dimensions = keys.map((key): TableColumn => {
    const dimension = key.dimension === null ? undefined : model.dimensions.get(key.dimension)
    const label = dimension?.label ?? 'Period'
    if (key.kind === 'dimension') return { ...plain, name: keyColumn(key), label, type: dimension?.kind ?? 'text' }
    return { ...plain, name: keyColumn(key), label, type: key.kind === 'date_part' ? 'integer' : key.grain === 'hour' || key.grain === 'minute' ? 'timestamp' : 'date' }
  })
  const cohort: readonly TableColumn[] = parts.some((part) => part.cohort !== null) ? [{ ...plain, name: COHORT_COLUMN, label: 'Cohort', type: 'text' }] : []
  const metrics = ask.metrics.flatMap((name): readonly TableColumn[] => {
    const metric = model.metrics.get(name)
    const column: TableColumn = { name, label: metric?.label ?? name, type: 'number', role: 'metric', unit: metric?.unit ?? null, currency: metric === undefined ? null : constantCurrency(metric) }
    return ask.compare === null ? [column] : [column, { ...column, name: compareColumn(name), label: `${column.label} (compared)`, role: 'comparison' }]
  })
  return [...cohort, ...dimensions, ...metrics]
}

function checkColumns(ask: TableAsk, columns: readonly TableColumn[]): void {
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new KpiqlError('GROUPING_INVALID', { message: `Column "${twice}" is asked twice.`, hint: 'Name each metric and group key once.' })
  }
  for (const { column } of ask.orderBy) {
    if (!names.includes(column)) {
      throw new KpiqlError('GROUPING_INVALID', { message: `Rows cannot be ordered by "${column}": the table has no such column.`, hint: `Closest: ${nearest(column, names, 3).join(', ')}.` })
    }
  }
  for (const { metric } of ask.having) {
    if (!ask.metrics.includes(metric)) {
      throw new KpiqlError('GROUPING_INVALID', { message: `"having" tests "${metric}", which the table does not show.`, hint: `Add "${metric}" to metrics.` })
    }
  }
}

function keysOf(part: Part, keys: readonly GroupKey[], values: readonly GroupValue[], bucket: Bucket, zone: string): readonly GroupValue[] {
  const own = part.cohort === null ? [] : [part.cohort]
  let next = 0
  const found = keys.map((key): GroupValue => {
    if (key.kind !== 'time' || key.dimension !== null) return values[next++] ?? null
    return key.grain === 'hour' || key.grain === 'minute' ? formatInstant(bucket.startUtcMs, zone) : formatLocalDate(bucket.startLocalMs)
  })
  return [...own, ...found]
}

/** Whether a row passes every condition; one without a number passes none. */
function isShown(row: Row, ask: TableAsk): boolean {
  return ask.having.every(({ metric, op, value }) => {
    const found = row.cells.get(metric)?.value ?? null
    if (found === null) return false
    switch (op) {
      case 'gt':
        return found > value
      case 'gte':
        return found >= value
      case 'lt':
        return found < value
      case 'lte':
        return found <= value
      case 'eq':
        return found === value
      case 'ne':
        return found !== value
    }
  })
}

function sortRows(rows: readonly Row[], ask: TableAsk, columns: readonly TableColumn[]): readonly Row[] {
  const keyIndex = new Map(columns.filter(({ role }) => role === 'dimension').map(({ name }, index) => [name, index]))
  const valueOf = (row: Row, column: string): GroupValue => {
    const index = keyIndex.get(column)
    return index === undefined ? (row.cells.get(column)?.value ?? null) : (row.keys[index] ?? null)
  }
  return rows.toSorted((a, b) => {
    for (const { column, direction } of ask.orderBy) {
      const [left, right] = [valueOf(a, column), valueOf(b, column)]
      // Nulls last in either direction.
      const order = left === null || right === null ? compareValues(left, right) : direction === 'ASC' ? compareValues(left, right) : compareValues(right, left)
      if (order !== 0) return order
    }
    return compareKeys(a.keys, b.keys)
  })
}

function toRecord(row: Row, columns: readonly TableColumn[]): Readonly<Record<string, GroupValue>> {
  let key = 0
  return Object.fromEntries(columns.map(({ name, role }) => [name, role === 'dimension' ? (row.keys[key++] ?? null) : (row.cells.get(name)?.value ?? null)]))
}
