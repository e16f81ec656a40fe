import { orderAmounts } from '../src/answer/order-amounts.ts'
import { compareKeys } from '../src/answer/to-cell.ts'
import type { BreakdownAsk, Cell, GroupValue } from '../src/answer/types.ts'
import type { Bucket } from '../src/base/bucket.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { formatInstant, formatLocalDate } from '../src/base/period.ts'
import type { Predicate, Scalar } from '../src/model/predicate.ts'
import type { Model } from '../src/model/types.ts'
import type { GroupKey } from '../src/plan/ask.ts'
import { formatValue } from './format-value.ts'
import { columnName, dimensionOf } from './group-by.ts'
import type { RowKey } from './group-by.ts'
import type { MetricNode } from './metric-node.ts'
import type { BreakdownRowType, BreakdownType, DimensionValueOfRow } from './types/metric-value.ts'

/** A row that can be asked further: compared, or as a series. */
export interface BreakdownRow extends BreakdownRowType {
  readonly cell: Cell
  /** The metric of this row alone. @throws KpiqlError `NOT_SUPPORTED` for rows by time. */
  narrowed(): MetricNode
}

export interface BreakdownOptions {
  readonly top: number
  readonly order: BreakdownAsk['order']
  readonly other: boolean
}

/** @throws KpiqlError `GROUPING_INVALID` where cohorts stand beside other keys. */
export async function breakDown(node: MetricNode, keys: readonly RowKey[], options: BreakdownOptions, model: Model): Promise<BreakdownType> {
  const cohorts = keys.find((key) => key.kind === 'cohorts')
  if (!cohorts) {
    const plain = keys.filter((key) => key.kind !== 'cohorts')
    return plain.some(isBucket) ? byBuckets(node, plain, options) : byKeys(node, plain, options, model)
  }
  if (keys.length > 1) {
    throw new KpiqlError('GROUPING_INVALID', { message: 'A breakdown by cohorts has no further dimensions.', hint: 'Ask `table` for a row for each cohort and dimension.' })
  }
  return byCohorts(node, cohorts.cohorts, options)
}

async function byKeys(node: MetricNode, keys: readonly GroupKey[], options: BreakdownOptions, model: Model): Promise<BreakdownType> {
  const answer = await node.session.breakdown({ ask: node.ask(null, keys), ...options })
  return {
    rows: answer.rows.map(({ values, cell, share }) => {
      const dimensions = keys.map((key, index) => ({ name: columnName(key), dimension: dimensionOf(key), value: values[index] ?? null }))
      return rowOf(node, dimensions, cell, share, () => keys.map((key, index) => onlyValue(key, values[index] ?? null, model)))
    }),
    other: answer.other && { ...answer.other.cell, share: answer.other.share },
    truncated: answer.truncated,
    totalCount: answer.totalCount,
    reason: answer.unavailable?.reason ?? null,
    remedy: answer.unavailable?.remedy ?? null,
  }
}

function isBucket(key: RowKey): boolean {
  return key.kind === 'time' && key.dimension === null
}

/** Rows by the metric's own time: a series a group, laid out as rows. Neither stocks nor ratios add up over time: no shares, no rest. */
async function byBuckets(node: MetricNode, keys: readonly GroupKey[], { top, order }: BreakdownOptions): Promise<BreakdownType> {
  const { buckets, groups, unavailable } = await node.session.metric(node.ask(null, keys))
  const found = unavailable
    ? []
    : groups.flatMap(({ values, cells }) =>
        buckets.flatMap((bucket, index) => {
          const cell = cells[index]
          const rest = [...values]
          return cell ? [{ values: keys.map((key) => (isBucket(key) ? startOf(bucket, key, node.zone) : (rest.shift() ?? null))), cell }] : []
        }),
      )
  const ordered = orderAmounts(found, ({ cell }) => cell, order, (a, b) => compareKeys(a.values, b.values))
  return {
    rows: ordered.slice(0, top).map(({ values, cell }) => rowOf(node, keys.map((key, index) => ({ name: columnName(key), dimension: dimensionOf(key), value: values[index] ?? null })), cell, null, () => [refuseTime(keys.find(isBucket))])),
    other: null,
    truncated: ordered.length > top,
    totalCount: ordered.length,
    reason: unavailable?.reason ?? null,
    remedy: unavailable?.remedy ?? null,
  }
}

function startOf(bucket: Bucket, key: GroupKey, zone: string): string {
  const isClock = key.kind === 'time' && (key.grain === 'hour' || key.grain === 'minute')
  return isClock ? formatInstant(bucket.startUtcMs, zone) : formatLocalDate(bucket.startLocalMs)
}

/** Cohorts may overlap: there is no whole to have a share of, and no rest. */
async function byCohorts(node: MetricNode, cohorts: readonly string[], { top, order }: BreakdownOptions): Promise<BreakdownType> {
  const members = cohorts.map((cohort) => ({ cohort, predicate: { kind: 'cohort', cohort } as const satisfies Predicate }))
  const read = await Promise.all(members.map(async (member) => ({ ...member, ...(await node.narrow(member.predicate).read()) })))
  const ordered = orderAmounts(read, ({ cell }) => cell, order, (a, b) => (a.cohort < b.cohort ? -1 : 1))
  return {
    rows: ordered.slice(0, top).map(({ cohort, predicate, cell }) => rowOf(node, [{ name: 'cohort', dimension: null, value: cohort }], cell, null, () => [predicate])),
    other: null,
    truncated: ordered.length > top,
    totalCount: ordered.length,
    reason: null,
    remedy: null,
  }
}

function rowOf(node: MetricNode, dimensions: readonly DimensionValueOfRow[], cell: Cell, share: number | null, only: () => readonly Predicate[]): BreakdownRow {
  const { value, exact, quality, partial, assumptions, reason, remedy, currency } = cell
  const { unit } = node.metric
  const formatted = value === null ? null : formatValue(value, unit, currency)
  let narrowed: MetricNode | null = null
  return {
    dimensions,
    value,
    exact,
    currency,
    formatted,
    share,
    quality,
    partial,
    assumptions,
    reason,
    remedy,
    cell,
    narrowed: () => (narrowed ??= only().reduce((inner, predicate) => inner.narrow(predicate), node)),
  }
}

/** The rows of one group. Integers beyond 2⁵³ come as text and are compared as what they are. */
function onlyValue(key: GroupKey, value: GroupValue, model: Model): Predicate {
  if (key.kind !== 'dimension') return refuseTime(key)
  const { dimension } = key
  if (value === null) return { kind: 'atom', dimension, test: { op: 'isNull' } }
  const isBigInteger = typeof value === 'string' && model.dimensions.get(dimension)?.kind === 'integer'
  const scalar: Scalar = isBigInteger ? BigInt(value) : value
  return { kind: 'atom', dimension, test: { op: 'in', values: [scalar], caseInsensitive: false } }
}

function refuseTime(key: RowKey | undefined): never {
  throw new KpiqlError('NOT_SUPPORTED', {
    message: `Rows by ${key ? columnName(key) : 'time'} are not asked further.`,
    hint: 'Break down by other dimensions and ask their rows for a series, or ask `table` with a comparison.',
  })
}
