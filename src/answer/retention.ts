import { KpiqlError } from '../base/errors.ts'
import { stableText } from '../base/stable-hash.ts'
import { predicateText, simplify } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Activity } from '../model/types.ts'
import { placePredicate } from '../plan/membership/membership-reach.ts'
import { toNumber } from '../plan/parts.ts'
import { NotAvailable, axisOf, readOf } from '../plan/metrics/compile-node.ts'
import type { CompileContext } from '../plan/metrics/compile-node.ts'
import { coverageOf } from '../plan/metrics/coverage.ts'
import type { Part, Read, RetentionMeasure } from '../plan/read.ts'
import { elapsedOf } from '../plan/metrics/retention-elapsed.ts'
import { momentOfActivity, retentionMeasure } from '../plan/metrics/retention-measure.ts'
import type { PeriodRange } from '../plan/retention/retention-units.ts'
import { memberMoments } from './member-moments.ts'
import type { Asking, PlannedQuestion, Question } from './question.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import type { RetentionAnswer, RetentionAsk, RetentionCell, RetentionRow } from './types.ts'

const MOST_PERIODS = 400

/**
 * The retention matrix of an ask: a row a bucket of first starts, a cell a range of periods.
 *
 * Sizes and counts are of entities; rows whose key is null belong to none. The predicate is told by the rows of an entity's first
 * start. Rows that lie outside the data of the start have neither size nor counts, for a reason. A cell has no count until its range has begun for the earliest start of its row, and is complete once it is over for the
 * latest; that of `unbounded` once its first period is. The average is over complete cells: their counts by their sizes.
 */
export function retentionOf(session: Asking, ask: RetentionAsk): Promise<RetentionAnswer> {
  return session.ask(retentionQuestion(ask))
}

function retentionQuestion(ask: RetentionAsk): Question<RetentionAnswer> {
  const { predicate, period, ...rest } = ask
  const { zone, startUtcMs, endUtcMs } = period
  return {
    key: ['retention', zone, startUtcMs, endUtcMs, predicateText(predicate), stableText(rest)].join('|'),
    slice: { predicate, period },
    plan: (context) => {
      try {
        return planned(context, ask)
      } catch (error) {
        if (!(error instanceof NotAvailable)) throw error
        const { reason, remedy } = error
        return { reads: [], finish: (_, provenance) => ({ rows: [], average: [], unavailable: { reason, remedy }, provenance }) }
      }
    },
  }
}

function planned(context: CompileContext, ask: RetentionAsk): PlannedQuestion<RetentionAnswer> {
  const { period, unit, entity, clock } = ask
  const ranges = rangesOf(ask)
  const buckets = axisOf(context, period, unit)
  const moments = memberMoments(context, period, buckets, ask.cohortsAsOf)
  const resolved = moments.map((moment) => simplify(placePredicate(context, ask.start.semanticModel, resolveCohorts(context, ask.predicate, moment))))
  const atEnd = memberMoments(context, period, [], ask.cohortsAsOf === 'now' ? 'now' : 'period_end')[0]
  const activity = (one: Activity): Activity => (atEnd === undefined ? one : { ...one, filter: simplify(resolveCohorts(context, one.filter, atEnd)) })
  const asked = { entity, start: activity(ask.start), activity: activity(ask.activity), unit, ranges, clock }
  const read = (predicate: Predicate): Read<RetentionMeasure> =>
    readOf(retentionMeasure(context, `retention of ${ask.start.metric}`, asked, predicate, []), predicate, { period, grain: unit, buckets, predicate, by: [] })
  const reads = resolved.map(read)
  const { covered } = coverageOf(context, { name: ask.start.metric }, { time: momentOfActivity(context, ask.start), semanticModel: ask.start.semanticModel }, { period, grain: unit, buckets, predicate: ask.predicate, by: [] })
  const [first] = reads
  if (first === undefined) throw new TypeError('A question needs a moment.')
  return {
    reads: [...new Map(reads.map((one) => [one.key, one])).values()],
    finish: (resultOf, provenance) => {
      const rows = buckets.map((bucket, index): RetentionRow => {
        const outside = covered[index] ?? null
        if (outside !== null) {
          const cells = ranges.map((range): RetentionCell => ({ ...range, active: null, rate: null, complete: false }))
          return { bucket, size: null, cells, reason: outside.reason, remedy: outside.remedy }
        }
        const own = reads[index] ?? first
        const [size = 0, ...active] = (resultOf(own).groups[0]?.parts[index] ?? []).map(countOf)
        const cells = ranges.map((range, position): RetentionCell => {
          const { begun, complete } = elapsedOf(context, own.measure, period.zone, bucket, range)
          const count = begun ? (active[position] ?? 0) : null
          return { ...range, active: count, rate: count === null || size === 0 ? null : (100 * count) / size, complete }
        })
        return { bucket, size, cells, reason: null, remedy: null }
      })
      const average = ranges.map((range, position) => {
        const closed = rows.flatMap(({ size, cells }) => (size !== null && cells[position]?.complete ? [{ size, active: cells[position].active ?? 0 }] : []))
        const size = closed.reduce((sum, one) => sum + one.size, 0)
        return { ...range, size, rate: size === 0 ? null : (100 * closed.reduce((sum, one) => sum + one.active, 0)) / size }
      })
      return { rows, average, unavailable: null, provenance }
    },
  }
}

/** @throws KpiqlError `RETENTION_INVALID`. */
function rangesOf({ periods, mode, brackets }: RetentionAsk): readonly PeriodRange[] {
  if (mode === 'bracket') {
    const isRising = brackets.every((end, index) => Number.isSafeInteger(end) && end >= 0 && end > (brackets[index - 1] ?? -1))
    if (brackets.length === 0 || !isRising || (brackets.at(-1) ?? 0) > MOST_PERIODS) {
      throw new KpiqlError('RETENTION_INVALID', { message: `Brackets must be whole numbers that rise, at most ${MOST_PERIODS}.`, hint: 'Write the last period of each range: [1, 3, 7].' })
    }
    const ends = brackets[0] === 0 ? brackets : [0, ...brackets]
    return ends.map((to, index) => ({ from: (ends[index - 1] ?? -1) + 1, to }))
  }
  if (!Number.isSafeInteger(periods) || periods < 0 || periods > MOST_PERIODS) {
    throw new KpiqlError('RETENTION_INVALID', { message: `${periods} periods cannot be told: ask 0 to ${MOST_PERIODS}.`, hint: 'Ask fewer periods, or a coarser unit.' })
  }
  return Array.from({ length: periods + 1 }, (_, from) => ({ from, to: mode === 'unbounded' ? null : from }))
}

function countOf(part: Part): number {
  return part === null ? 0 : toNumber(part)
}
