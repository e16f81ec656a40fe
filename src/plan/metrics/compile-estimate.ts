import type { Metric, MissingReason } from '../../model/types.ts'
import { none } from '../amount.ts'
import type { Amount } from '../amount.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext, Evaluated, Leaf, Node } from './compile-node.ts'
import { isWantOfData } from '../reason.ts'

/** What a metric says, or takes, where there is no data for it. */
interface StandIn {
  /** Null where estimates are not allowed, the metric has none, or its inputs cannot be had. */
  readonly estimate: Node | null
  readonly assumption: string
}

/** @param estimate made only when it is asked for. */
export function standInOf(metric: Metric, leaf: Leaf, estimate: () => Node): StandIn {
  if (!leaf.allowEstimates || metric.estimate === null) return { estimate: null, assumption: '' }
  try {
    return { estimate: estimate(), assumption: metric.estimate.assumption }
  } catch (error) {
    if (error instanceof NotAvailable) return { estimate: null, assumption: '' }
    throw error
  }
}

/** The metric with its estimate where it has no value for want of data; where there is none, with the model's own words for that. */
export function standingIn(context: CompileContext, metric: Metric, leaf: Leaf, node: Node, { estimate, assumption }: StandIn): Node {
  if (estimate === null && metric.whenMissing === null) return node
  const begun = leaf.buckets.map(({ startUtcMs }) => startUtcMs < context.nowUtcMs)
  return {
    reads: [...node.reads, ...(estimate?.reads ?? [])],
    partial: node.partial.map((partial, index) => partial || (estimate?.partial[index] ?? false)),
    evaluate: (resultOf) => {
      const actual = node.evaluate(resultOf)
      const stand: Evaluated | undefined = estimate?.evaluate(resultOf)
      return {
        groups: stand === undefined ? actual.groups : new Map([...actual.groups, ...stand.groups]),
        at: (group) => {
          const guesses = stand?.at(group)
          return actual.at(group).map((amount, index) => {
            if (amount.value !== null || amount.reason === null || !isWantOfData(amount.reason)) return amount
            const guess = guesses?.[index]
            if (guess !== undefined && guess.value !== null && begun[index]) return estimated(guess, assumption)
            return saidBy(metric, amount)
          })
        },
      }
    },
  }
}

/** Why a metric cannot be had, in the model's own words where the cause is want of data. */
export function refusalOf(metric: Metric, refused: NotAvailable): NotAvailable {
  const { reason, remedy } = saidBy(metric, none(refused.reason, refused.remedy))
  return new NotAvailable(reason ?? refused.reason, remedy ?? refused.remedy)
}

function estimated(amount: Amount, assumption: string): Amount {
  return { ...amount, exact: false, estimated: true, assumptions: [...new Set([assumption, ...amount.assumptions])] }
}

/** Reasons of what people record: a period without rows lacks records. Elsewhere it is a fact, and only a source that is not there is a lack. */
const OF_RECORDS: readonly MissingReason[] = ['COSTS_NOT_RECORDED', 'REVENUE_NOT_RECORDED']

/** What an input says of itself stays: it is closer to the cause. */
function saidBy({ whenMissing }: Metric, amount: Amount): Amount {
  if (whenMissing === null) return amount
  const lacksRecords = OF_RECORDS.includes(whenMissing.reason) && (amount.reason === 'NO_ROWS' || amount.reason === 'BEFORE_FIRST_DATA')
  return lacksRecords || amount.reason === 'SOURCE_MISSING' ? { ...amount, reason: whenMissing.reason, remedy: whenMissing.remedy } : amount
}
