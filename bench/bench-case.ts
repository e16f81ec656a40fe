import type { DuckDBConnection } from '@duckdb/node-api'
import type { Answer } from './answer.ts'
import type { Form } from './forms/sql-text.ts'
import { joinASlice } from './forms/stock.ts'
import { oneStatementASlice } from './forms/sums.ts'
import type { BenchAsk } from './slices.ts'

const MAX_RATIO_TO_BEST = 1.2
const MAX_RATIO_TO_DESIGN = 1.3

/**
 * A question with its hand-written answers. `tried` holds every form that was measured, by name; all give the same answer.
 *
 * - `best` is the fastest of them that a planner could choose: from the schema, and from minimum, maximum and approximate number of values
 *   of each column (`SELECT stats(column)` tells them in a millisecond), but not from the physical order of the rows.
 * - `design` is the form that the design names for this case, as one would first write it, with `date_trunc`.
 * - `separate` is one obvious statement a slice, one after the other; where there is one slice, one a metric or a bucket.
 * - `minSpeedup`: the planner must take at most `separate / minSpeedup`; below 1 it may be slower by so much.
 * - `maxRatioToBest`: and at most so many times `best`; where that is not run, `maxRatioToDesign` times `design`.
 */
export interface BenchCase {
  readonly name: string
  readonly description: string
  readonly ask: BenchAsk
  readonly bestName: string
  readonly best: (connection: DuckDBConnection) => Promise<Answer>
  readonly designName: string
  readonly design: (connection: DuckDBConnection) => Promise<Answer>
  readonly separate: (connection: DuckDBConnection) => Promise<Answer>
  readonly tried: Readonly<Record<string, Form>>
  readonly minSpeedup: number
  readonly maxRatioToBest: number
  readonly maxRatioToDesign: number
}

/** @param separate without it one statement a slice, as of sums or of stocks. */
export function benchCase(
  name: string, description: string, ask: BenchAsk, minSpeedup: number, bestName: string, designName: string, tried: Readonly<Record<string, Form>>,
  separate: Form = ask.table === 'subscriptions' ? joinASlice(ask) : oneStatementASlice(ask),
): BenchCase {
  const best = tried[bestName]
  const design = tried[designName]
  if (best === undefined || design === undefined) throw new RangeError(`Case ${name} has no form "${bestName}" or "${designName}".`)
  return { name, description, ask, bestName, best, designName, design, separate, tried, minSpeedup, maxRatioToBest: MAX_RATIO_TO_BEST, maxRatioToDesign: MAX_RATIO_TO_DESIGN }
}
