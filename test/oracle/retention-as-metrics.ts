import { expect } from 'vitest'
import type { AnalyticsSession, RetentionAnswer } from '../../src/answer/types.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Model } from '../../src/model/types.ts'
import { withMetrics } from './metric-of.ts'
import { retentionRates } from './retention.ts'
import type { RetentionQuestion } from './retention.ts'
import { shopModel } from './shop.ts'
import type { shopTables } from './shop.ts'

/** What a matrix and its oracle are compared by. */
export function matrixOf({ rows, average }: RetentionAnswer): object {
  return { rows: rows.map(({ size, cells }) => ({ size, cells })), average }
}

/** Questions of retention asked as metrics of a model that has one for each, by buckets of any grain and groups of the first start. */
export interface RetentionAsMetrics {
  readonly model: Model
  /** @throws where an answer differs from plain loops over the rows. */
  expectByHand(session: AnalyticsSession, tables: ReturnType<typeof shopTables>, nowUtcMs: number): Promise<void>
}

/** @param seed chooses grains and groups. */
export function retentionAsMetrics(questions: readonly RetentionQuestion[], seed: number): RetentionAsMetrics {
  const asked = questions.map((question, index) => ({
    question,
    period: index % 4,
    grain: ([null, 'month', 'quarter', 'week'] as const)[(seed + index) % 4] ?? null,
    by: (question.start.semanticModel === 'orders' ? [null, 'status', 'segment', 'rush'] : [null, 'segment', 'vip'])[(seed + index) % 3] ?? null,
  }))
  const definitions = asked.map(({ question: { start, activity, unit, mode }, period }, index) => [`retention_${index}`, { type: 'retention' as const, entity: 'customer', start, activity, unit, period, mode: mode === 'bracket' ? ('bounded' as const) : mode }] as const)
  const model = withMetrics(shopModel(), Object.fromEntries(definitions))
  return {
    model,
    async expectByHand(session, tables, nowUtcMs) {
      const answers = await Promise.all(
        asked.map(({ question: { predicate, zone, from, to }, grain, by }, index) =>
          session.metric({ metric: `retention_${index}`, predicate, grain, by: by === null ? [] : [{ kind: 'dimension', dimension: by }], period: resolvePeriod({ between: { start: from, end: to } }, { zone, nowUtcMs, calendar: model.calendar }) }),
        ),
      )
      asked.forEach(({ question, period, grain, by }, index) => {
        const wanted = retentionRates({ model, tables, nowUtcMs }, question, period, grain, by)
        const found = new Map((answers[index]?.groups ?? []).map(({ values, cells }) => [values[0] ?? null, cells.map(({ value }) => value)]))
        expect({ question, period, grain, by, rates: ratesOf(found) }).toEqual({ question, period, grain, by, rates: ratesOf(wanted) })
      })
    },
  }
}

/** Of groups in which anybody started. */
function ratesOf(groups: ReadonlyMap<unknown, readonly (number | null)[]>): object {
  return Object.fromEntries([...groups].flatMap(([value, cells]) => (cells.every((cell) => cell === null) ? [] : [[JSON.stringify(value), cells.map((cell) => cell?.toFixed(9))]])))
}
