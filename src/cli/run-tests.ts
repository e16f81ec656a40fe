import { Decimal } from 'decimal.js'
import { KpiqlError } from '../base/errors.ts'
import { resolvePeriod } from '../base/period.ts'
import { and } from '../model/predicate.ts'
import type { Problem } from '../model/problem.ts'
import type { ModelTest } from '../model/types.ts'
import type { Gateway } from './open-gateway.ts'

export interface TestResults {
  readonly run: number
  /** One for each test that failed, at its place in the model. */
  readonly problems: readonly Problem[]
}

/** Asks the question of each of the model's tests, all at once, in UTC, and compares exactly where the answer is exact. */
export async function runTests({ model, analytics }: Gateway): Promise<TestResults> {
  const session = analytics.session({ freshness: 'REVALIDATE', signal: new AbortController().signal })
  const failures = await Promise.all(
    model.tests.map(async (test): Promise<Problem | null> => {
      try {
        const period = resolvePeriod({ between: test.period }, { nowUtcMs: session.nowUtcMs, zone: 'UTC', calendar: model.calendar })
        const predicate = and([test.where, ...test.cohorts.map((cohort) => ({ kind: 'cohort', cohort }) as const)])
        const answer = await session.metric({ metric: test.metric, predicate, period, grain: null, by: [] })
        const cell = answer.groups[0]?.cells[0]
        const found = cell?.exact ?? (cell?.value === null || cell?.value === undefined ? null : String(cell.value))
        if (fits(found, test)) return null
        const why = answer.unavailable ?? cell
        return failure(test, `expected ${test.expected ?? 'no value'}, found ${found ?? `none (${why?.reason ?? 'no reason'})`}.`, why?.remedy ?? null)
      } catch (error) {
        if (!(error instanceof KpiqlError)) throw error
        return failure(test, error.message, error.hint ?? null)
      }
    }),
  )
  return { run: failures.length, problems: failures.filter((problem) => problem !== null) }
}

function fits(found: string | null, { expected, tolerance }: ModelTest): boolean {
  if (found === null || expected === null) return found === expected
  return new Decimal(found).minus(expected).abs().lte(tolerance)
}

function failure({ name, place }: ModelTest, message: string, hint: string | null): Problem {
  const [, file = place, line = '0'] = /^(.*):(\d+)$/.exec(place) ?? []
  return { file, line: Number(line), column: 1, path: `tests.${name}`, message: `Test "${name}": ${message}`, hint }
}
