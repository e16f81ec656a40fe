import type { Activity, Model } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { clockMs, instantOf, localMsOf } from './calendar.ts'
import type { Cell, CellOf, Row } from './row-test.ts'
import { belongs } from './row-test.ts'

/** Activities of the shop as plain rows: their times, their entity, and what their customers and regions say of them. */

export interface Moment {
  /** Null for dates, which have none. */
  readonly utcMs: number | null
  /** By the clock of the zone asked. */
  readonly localMs: number
}

export interface Happening {
  readonly entity: Cell
  readonly start: Moment
  readonly end: Moment | null
  readonly row: Row
  readonly cellOf: CellOf
}

export interface Shop {
  readonly model: Model
  readonly tables: Readonly<Record<string, { readonly rows: readonly Row[] }>>
  readonly nowUtcMs: number
}

/** What has happened by now, nulls of time left out. The entity is always the customer. */
export function happenings({ model, tables, nowUtcMs }: Shop, activity: Activity, zone: string): readonly Happening[] {
  const semanticModel = model.semanticModels.get(activity.semanticModel)
  if (semanticModel === undefined || !('table' in semanticModel.relation)) throw new Error(`No table of ${activity.semanticModel}.`)
  const customers = new Map((tables['customers']?.rows ?? []).map((row) => [row['customer_id'], row]))
  const regions = new Map((tables['regions']?.rows ?? []).map((row) => [row['region_id'], row]))
  const find = (row: Row, name: string) => {
    const customer = customers.get(row['customer_id'] ?? null)
    const sides: readonly (readonly [string, Row | undefined])[] = [[activity.semanticModel, row], ['customers', customer], ['regions', regions.get(customer?.['region_id'] ?? null)]]
    for (const [home, side] of sides) {
      const dimension = model.semanticModels.get(home)?.dimensions.find(({ publicName }) => publicName === name)
      if (dimension !== undefined) return { dimension, cell: side?.[dimension.expr] ?? null }
    }
    throw new Error(`No dimension ${name}.`)
  }
  const momentOf = (row: Row, name: string): Moment | null => {
    const { dimension, cell } = find(row, name)
    if (cell === null) return null
    const ms = clockMs(String(cell))
    if (dimension.kind === 'date') return { utcMs: null, localMs: ms }
    const utcMs = dimension.timezone === null ? ms : instantOf(dimension.timezone, ms)
    return { utcMs, localMs: localMsOf(zone, utcMs) }
  }
  const { time } = activity
  return (tables[semanticModel.relation.table]?.rows ?? []).flatMap((row): readonly Happening[] => {
    const cellOf: CellOf = (name) => {
      const { dimension, cell } = find(row, name)
      return { cell, kind: dimension.kind, utcMs: dimension.kind === 'timestamp' ? (momentOf(row, name)?.utcMs ?? null) : null }
    }
    const start = momentOf(row, time.kind === 'event' ? time.dimension : time.start)
    const end = time.kind === 'interval' && time.end !== null ? momentOf(row, time.end) : null
    if (start === null || !isBefore(start, nowUtcMs, localMsOf(zone, nowUtcMs)) || !belongs(activity.filter, cellOf)) return []
    const lasts = end !== null && time.kind === 'interval' && time.endInclusive ? { ...end, localMs: end.localMs + 86_400_000 } : end
    return [{ entity: row['customer_id'] ?? null, start, end: lasts, row, cellOf }]
  })
}

export function isBefore({ utcMs, localMs }: Moment, otherUtcMs: number, otherLocalMs: number): boolean {
  return utcMs === null ? localMs < otherLocalMs : utcMs < otherUtcMs
}

/** The first moment of an activity's time in its table, filter or not. */
export function firstMoment(shop: Shop, activity: Activity, zone: string): Moment | null {
  const all = happenings({ ...shop, nowUtcMs: Number.MAX_SAFE_INTEGER / 2 ** 10 }, { ...activity, filter: { kind: 'all' } }, zone)
  return all.reduce<Moment | null>((first, { start }) => (first === null || (start.utcMs ?? start.localMs) < (first.utcMs ?? first.localMs) ? start : first), null)
}

export function keyValues({ cellOf }: Happening, by: readonly GroupKey[]): readonly Cell[] {
  return by.map((key) => {
    if (key.kind !== 'dimension') throw new Error('Only dimensions are grouped by here.')
    return cellOf(key.dimension).cell
  })
}

export function activityOn(metric: string, semanticModel: string, dimension: string, filter: Activity['filter'] = { kind: 'all' }): Activity {
  return { metric, semanticModel, filter, time: { kind: 'event', dimension } }
}
