import type { TableAsk } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import { GRAINS } from '../src/base/grain.ts'
import type { Model } from '../src/model/types.ts'
import type { GroupKey } from '../src/plan/ask.ts'
import { PERIOD_DIMENSION } from './placeholders.ts'
import type { GroupBy } from './types/inputs.ts'

/** What rows are grouped by, a row for each of some cohorts among it. */
export type RowKey = TableAsk['by'][number]

/**
 * Reads `by`. A date or time without a grain or part is cut at its own granularity.
 *
 * @throws KpiqlError `GROUPING_INVALID` for more than `most` entries, the same one twice, PERIOD at two grains, an entry that names both or neither of
 * `dimension` and `cohorts`, PERIOD without a grain or part, and a grain or part of what is no date or time; `GRAIN_TOO_FINE`.
 */
export function toRowKeys(by: readonly GroupBy[], most: number, model: Model): readonly RowKey[] {
  if (by.length > most) throw invalid(`\`by\` has ${by.length} entries; ${most} are allowed.`, 'Group by fewer dimensions, or filter by some of them.')
  const keys = by.map((entry, index) => rowKey(entry, `by[${index}]`, model))
  const columns = keys.map(columnName)
  if (keys.filter((key) => key.kind === 'time' && key.dimension === null).length > 1) {
    throw invalid('`by` names PERIOD at two grains.', 'Name the finer one; its buckets lie within those of the coarser, or give the coarser as a datePart.')
  }
  if (keys.filter((key) => key.kind === 'cohorts').length > 1) throw invalid('`by` lists cohorts twice.', 'Put them into one list.')
  const twice = columns.find((name, index) => columns.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`\`by\` names ${twice} twice.`, 'Name each dimension, grain and part once.')
  return keys
}

/** The column's name in rows: `country`, `period_month`, `signup_date_week`, `period_day_of_week`, `cohort`. */
export function columnName(key: RowKey): string {
  switch (key.kind) {
    case 'dimension':
      return key.dimension
    case 'time':
      return `${key.dimension ?? 'period'}_${key.grain}`
    case 'date_part':
      return `${key.dimension ?? 'period'}_${key.part}`
    case 'cohorts':
      return 'cohort'
  }
}

/** The member of `DimensionName` behind a key; null for cohorts. */
export function dimensionOf(key: GroupKey): string {
  return key.kind === 'dimension' ? key.dimension : (key.dimension ?? PERIOD_DIMENSION)
}

function rowKey({ dimension, grain, datePart, cohorts }: GroupBy, place: string, model: Model): RowKey {
  if (cohorts) {
    if (dimension || grain || datePart) throw invalid(`${place} has cohorts and something else.`, 'Give each its own entry of `by`.')
    if (cohorts.length === 0) throw invalid(`${place}.cohorts is empty.`, 'Name the cohorts that get a row.')
    return { kind: 'cohorts', cohorts: [...new Set(cohorts)] }
  }
  if (!dimension) throw invalid(`${place} names neither a dimension nor cohorts.`, 'Write {dimension: COUNTRY} or {dimension: PERIOD, grain: MONTH}.')
  if (grain && datePart) throw invalid(`${place} has both grain and datePart.`, 'Give each its own entry of `by`.')
  if (dimension === PERIOD_DIMENSION) {
    if (grain) return { kind: 'time', dimension: null, grain }
    if (datePart) return { kind: 'date_part', dimension: null, part: datePart }
    throw invalid(`${place} is PERIOD without a grain.`, 'Write {dimension: PERIOD, grain: MONTH}, or a datePart.')
  }
  return keyOfDimension(dimension, { grain, datePart }, place, model)
}

function keyOfDimension(name: string, { grain, datePart }: { readonly grain: GroupBy['grain'] | undefined; readonly datePart: GroupBy['datePart'] | undefined }, place: string, model: Model): GroupKey {
  const dimension = model.dimensions.get(name)
  if (!dimension) throw new KpiqlError('DIMENSION_UNKNOWN', { message: `${place}: the model has no dimension "${name}".` })
  const isTime = dimension.kind === 'date' || dimension.kind === 'timestamp'
  if (!isTime) {
    if (grain || datePart) throw invalid(`${place}: ${dimension.enumName} is no date or time, so it has no ${grain ? 'grain' : 'part'}.`, 'Leave grain and datePart out.')
    return { kind: 'dimension', dimension: name }
  }
  if (datePart) return { kind: 'date_part', dimension: name, part: datePart }
  const finest = dimension.granularity ?? (dimension.kind === 'date' ? 'day' : 'minute')
  const wanted = grain ?? finest
  if (GRAINS.indexOf(wanted) < GRAINS.indexOf(finest)) {
    throw new KpiqlError('GRAIN_TOO_FINE', { message: `${place}: ${dimension.enumName} is kept by ${finest}, not by ${wanted}.`, hint: `Ask ${finest.toUpperCase()} or a coarser grain.`, data: { finestGrain: finest.toUpperCase() } })
  }
  return { kind: 'time', dimension: name, grain: wanted }
}

function invalid(message: string, hint: string): KpiqlError {
  return new KpiqlError('GROUPING_INVALID', { message, hint })
}
