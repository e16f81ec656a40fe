import type { Quality, Reason, SizeAnswer } from '../src/answer/types.ts'
import { KpiqlError } from '../src/base/errors.ts'
import type { CohortNode } from './cohort-node.ts'
import { compareCells, metricOf } from './metric-node.ts'
import type { CohortComparison, ComparedMetric } from './types/cohort.ts'

/** Two cohorts side by side. Each field is read by itself, so that what fails leaves the others be. */
export class CohortComparisonNode implements CohortComparison {
  readonly #one: CohortNode
  readonly #other: CohortNode
  readonly #metrics: readonly string[]

  /** @throws KpiqlError `COHORT_INVALID` where they are of different entities. */
  constructor(one: CohortNode, other: CohortNode, metrics: readonly string[]) {
    if (other.entity !== one.entity) {
      throw new KpiqlError('COHORT_INVALID', { message: `A cohort of ${one.entity} is compared with one of ${other.entity}.`, hint: 'Compare cohorts of one entity.' })
    }
    this.#one = one
    this.#other = other
    this.#metrics = metrics
  }

  get size(): Promise<number | null> {
    return this.#one.count().then(countOf)
  }

  get otherSize(): Promise<number | null> {
    return this.#other.count().then(countOf)
  }

  get overlap(): Promise<number | null> {
    return this.#both().then(countOf)
  }

  get onlyThis(): Promise<number | null> {
    return this.#told(([size, , overlap]) => size - overlap)
  }

  get onlyOther(): Promise<number | null> {
    return this.#told(([, otherSize, overlap]) => otherSize - overlap)
  }

  get similarity(): Promise<number | null> {
    return this.#told(([size, otherSize, overlap]) => (size + otherSize - overlap === 0 ? null : overlap / (size + otherSize - overlap)))
  }

  get sizeReason(): Promise<Reason | null> {
    return this.#untold().then((size) => size?.reason ?? null)
  }

  get sizeRemedy(): Promise<string | null> {
    return this.#untold().then((size) => size?.remedy ?? null)
  }

  get metrics(): readonly Promise<ComparedMetric>[] {
    return this.#metrics.map((name) => compareMetric(this.#one, this.#other, name))
  }

  #both(): Promise<SizeAnswer> {
    return this.#one.count(this.#other.slice.predicate)
  }

  #sizes(): Promise<readonly [SizeAnswer, SizeAnswer, SizeAnswer]> {
    return Promise.all([this.#one.count(), this.#other.count(), this.#both()])
  }

  async #told(tell: (counts: readonly [number, number, number]) => number | null): Promise<number | null> {
    const [size, otherSize, overlap] = (await this.#sizes()).map(countOf)
    return size == null || otherSize == null || overlap == null ? null : tell([size, otherSize, overlap])
  }

  async #untold(): Promise<SizeAnswer | undefined> {
    return (await this.#sizes()).find(({ count }) => count === null)
  }
}

/** The weakest of two comes first. */
const QUALITIES: readonly Quality[] = ['INSUFFICIENT_DATA', 'ESTIMATED', 'ACTUAL']

function countOf({ count }: SizeAnswer): number | null {
  return count
}

async function compareMetric(one: CohortNode, other: CohortNode, name: string): Promise<ComparedMetric> {
  const node = metricOf(one.slice, name)
  const [{ cell: here }, { cell: there }] = await Promise.all([node.read(), metricOf(other.slice, name).read()])
  const compared = compareCells(here, there, one.slice.asked.period, node.metric.unit)
  const { reason, remedy } = here.reason === null ? compared : here
  return {
    name,
    value: here.value,
    otherValue: there.value,
    currency: here.currency,
    otherCurrency: there.currency,
    difference: compared.change,
    lift: compared.changePercent,
    quality: QUALITIES.find((quality) => here.quality === quality || there.quality === quality) ?? 'ACTUAL',
    assumptions: [...new Set([...here.assumptions, ...there.assumptions])],
    reason,
    remedy,
  }
}
