import type { Bucket } from '../../base/bucket.ts'
import { addLocal, truncateLocal } from '../../base/civil-time.ts'
import { KpiqlError } from '../../base/errors.ts'
import { GRAINS } from '../../base/grain.ts'
import type { Grain } from '../../base/grain.ts'
import type { Metric } from '../../model/types.ts'
import { addsUp } from './adds-up.ts'
import { ZERO, amountOfText, combine, none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { compileInputs } from './compile-inputs.ts'
import type { Computed } from './compile-inputs.ts'
import { axisOf, metricOf } from './compile-node.ts'
import type { CompileContext, CompileOne, Leaf, Node } from './compile-node.ts'
import { GRAIN_OF_PART } from './coverage.ts'
import type { Reason } from '../reason.ts'

const NOT_COVERED: ReadonlySet<Reason> = new Set<Reason>(['BEFORE_FIRST_DATA', 'AFTER_WATERMARK'])

/**
 * A rate over the base periods in each bucket: its inputs are added up over them, and the formula is worked out once. Inputs that
 * do not add up (averages, other rates) are taken over the whole bucket. A base period that has not begun, or lies outside the
 * data of every input, is none; one that lies outside the data of some leaves no value, since the sides would not be of one time.
 *
 * @throws KpiqlError `GRAIN_TOO_FINE` for a grain finer than the base period.
 */
export function compileRate(context: CompileContext, compile: CompileOne, metric: Metric, ratePeriod: Grain, computed: Computed, leaf: Leaf): Node {
  requireGrain(metric, ratePeriod, leaf)
  const bases = axisOf(context, leaf.period, ratePeriod)
  const baseLeaf: Leaf = { ...leaf, grain: ratePeriod, buckets: bases }
  const added = computed.inputs.map((input) => addsUp(context, metricOf(context, input.metric), 'totals'))
  const inputs = compileInputs(context, compile, computed, (input) => (added[computed.inputs.indexOf(input)] ? baseLeaf : leaf))
  const optional = computed.inputs.map((input) => computed.isOptional(input))
  const spans = leaf.buckets.map((bucket) => spanOf(context, bucket, bases, ratePeriod))
  const refused = none('PERIOD_CUTS_RATE', `"${metric.name}" is a rate by the ${ratePeriod}, and the period cuts one. Ask whole ${ratePeriod}s.`)
  const asked = spans.some(({ cut }) => cut !== 'inside')

  return {
    reads: asked ? inputs.flatMap(({ reads }) => reads) : [],
    partial: spans.map(({ cut, positions }, index) => cut === 'open' || inputs.some(({ partial }, input) => (added[input] ? positions.some((position) => partial[position]) : partial[index]) ?? false)),
    evaluate: (resultOf) => {
      if (!asked) return { groups: new Map(), at: () => leaf.buckets.map(() => refused) }
      const sides = inputs.map((input) => input.evaluate(resultOf))
      return {
        groups: new Map(sides.flatMap(({ groups }) => [...groups])),
        at: (group) => {
          const columns = sides.map((side) => side.at(group))
          return spans.map(({ cut, positions }, index) => {
            if (cut === 'inside') return refused
            if (positions.length === 0) return none('AFTER_WATERMARK')
            const summed = columns.filter((_, input) => added[input])
            const covered = summed.length === 0 ? positions : positions.filter((position) => summed.some((column) => !isUncovered(column[position])))
            const counted = covered.length === 0 ? positions : covered
            const amounts = columns.map((column, input) =>
              added[input] ? totalOf(counted.map((position) => column[position] ?? none('NO_ROWS')), optional[input] ?? false) : (column[index] ?? none('NO_ROWS')),
            )
            return computed.compute(amounts, amountOfText(String(counted.length)))
          })
        },
      }
    },
  }
}

function isUncovered(amount: Amount | undefined): boolean {
  return amount !== undefined && amount.value === null && amount.reason !== null && NOT_COVERED.has(amount.reason)
}

/** What was not recorded is not known; where merely no row fell there was nothing. */
function totalOf(amounts: readonly Amount[], optional: boolean): Amount {
  const passable = (reason: Reason | null): boolean => reason === 'NO_ROWS' || (optional && reason !== 'AFTER_WATERMARK' && reason !== 'BACKFILLING' && reason !== null)
  const untold = amounts.find(({ value, reason }) => value === null && !passable(reason))
  if (untold) return untold
  const known = amounts.filter(({ value }) => value !== null)
  return known.length === 0 ? (amounts[0] ?? none('NO_ROWS')) : known.reduce((sum, amount) => combine(sum, amount, '+'), ZERO)
}

interface BaseSpan {
  /** Base periods in the bucket that have begun. */
  readonly positions: readonly number[]
  /** `open`: the last one is running, and ends with the bucket. `inside`: the bucket begins or ends inside one. */
  readonly cut: 'none' | 'open' | 'inside'
}

function spanOf(context: CompileContext, bucket: Bucket, bases: readonly Bucket[], ratePeriod: Grain): BaseSpan {
  const positions = bases.flatMap((base, index) => (base.startUtcMs >= bucket.startUtcMs && base.startUtcMs < bucket.endUtcMs && base.startUtcMs < context.nowUtcMs ? [index] : []))
  const floor = (localMs: number): number => truncateLocal(localMs, ratePeriod, context.calendar)
  if (floor(bucket.startLocalMs) !== bucket.startLocalMs) return { positions, cut: 'inside' }
  const lastStart = floor(bucket.endLocalMs)
  if (lastStart === bucket.endLocalMs) return { positions, cut: 'none' }
  // What is left of the base period after the bucket's end, counted from there: the running one is still open by then.
  const wholeEndUtcMs = bucket.endUtcMs + (addLocal(lastStart, 1, ratePeriod) - bucket.endLocalMs)
  const wholeStartUtcMs = bases.findLast((base) => base.startUtcMs < bucket.endUtcMs)?.startUtcMs ?? bucket.startUtcMs
  const running = wholeStartUtcMs <= context.nowUtcMs && context.nowUtcMs < wholeEndUtcMs
  return { positions, cut: running ? 'open' : 'inside' }
}

function requireGrain(metric: Metric, ratePeriod: Grain, { grain, by }: Leaf): void {
  const parts = by.flatMap((key) => (key.kind === 'date_part' && key.dimension === null ? [GRAIN_OF_PART[key.part]] : []))
  const tooFine = [...(grain === null ? [] : [grain]), ...parts].find((asked) => GRAINS.indexOf(asked) < GRAINS.indexOf(ratePeriod))
  if (tooFine === undefined) return
  throw new KpiqlError('GRAIN_TOO_FINE', {
    message: `Metric "${metric.name}" is a rate by the ${ratePeriod}; it cannot be told by the ${tooFine}.`,
    hint: `Ask for ${ratePeriod} or coarser.`,
    data: { finestGrain: ratePeriod.toUpperCase() },
  })
}
