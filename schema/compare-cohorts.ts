import { KpiqlError } from '../src/base/errors.ts'
import { and } from '../src/model/predicate.ts'
import type { CohortNode } from './cohort-node.ts'
import { compareCells, metricOf } from './metric-node.ts'
import type { CohortComparison, ComparedMetric } from './types/cohort.ts'

/**
 * Two cohorts side by side: members, overlap, and the lift of metrics.
 *
 * @throws KpiqlError `COHORT_INVALID` where they are of different entities.
 */
export async function compareCohorts(one: CohortNode, other: CohortNode, metrics: readonly string[]): Promise<CohortComparison> {
  const { entity, slice } = one
  if (other.entity !== entity) {
    throw new KpiqlError('COHORT_INVALID', { message: `A cohort of ${entity} is compared with one of ${other.entity}.`, hint: 'Compare cohorts of one entity.' })
  }
  const { session, asked } = slice
  const count = async (predicate: typeof slice.predicate): Promise<number | null> => (await session.size(entity, predicate, asked.period)).count
  const [size, otherSize, overlap, ...compared] = await Promise.all([
    count(slice.predicate),
    count(other.slice.predicate),
    count(and([slice.predicate, other.slice.predicate])),
    ...metrics.map((name) => compareMetric(one, other, name)),
  ])
  const known = size !== null && otherSize !== null && overlap !== null
  const either = known ? size + otherSize - overlap : 0
  return {
    size,
    otherSize,
    overlap,
    onlyThis: known ? size - overlap : null,
    onlyOther: known ? otherSize - overlap : null,
    similarity: either === 0 || overlap === null ? null : overlap / either,
    metrics: compared,
  }
}

async function compareMetric(one: CohortNode, other: CohortNode, name: string): Promise<ComparedMetric> {
  const node = metricOf(one.slice, name)
  const [here, there] = await Promise.all([node.read(), metricOf(other.slice, name).read()])
  const { change, changePercent } = compareCells(here.cell, there.cell, one.slice.asked.period, node.metric.unit)
  return { name, value: here.cell.value, otherValue: there.cell.value, difference: change, lift: changePercent, reason: here.cell.reason ?? there.cell.reason }
}
