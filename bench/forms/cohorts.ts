import type { DuckDBValue } from '@duckdb/node-api'
import { AnswerBuilder, toEpochMs, toUnits } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { BenchAsk, BenchCohort } from '../slices.ts'
import { readRows, sharedWindow, windowSql } from './sql-text.ts'
import type { BucketForm, Form } from './sql-text.ts'

const WINDOW_DAYS = 28

/** One statement a slice: the members by what they did, joined with the events of the window. */
export function membersASlice(ask: BenchAsk): Form {
  return async (connection) => {
    const builder = new AnswerBuilder(ask)
    for (const [index, { minScore, atLeast }] of cohortsOf(ask).entries()) {
      const sql = `SELECT date_trunc('month', ts), sum(amount) FROM events
        JOIN (SELECT user_id FROM events WHERE ${behaviorSql(ask)} AND score >= ${minScore} GROUP BY 1 HAVING count(*) >= ${atLeast}) USING (user_id)
        WHERE ${windowSql(sharedWindow(ask))} GROUP BY 1`
      for (const [bucket, total] of await readRows(connection, sql)) builder.add(index, toEpochMs(bucket), 0, toUnits(total), total === null ? 0n : 1n)
    }
    return builder.build()
  }
}

/** Sums by user and bucket, joined with a row for each user and cohort: one statement, whose groups are cohorts and buckets. */
export function longMembers(ask: BenchAsk, bucket: BucketForm): Form {
  const sql = `WITH lists AS (${listsSql(ask)}),
    members AS (SELECT user_id, unnest(cohorts) AS cohort FROM lists),
    sums AS (${sumsSql(ask, bucket)})
    SELECT cohort, bucket, sum(total) FROM sums JOIN members USING (user_id) GROUP BY 1, 2`
  return async (connection) => totalsOf(ask, bucket, (await readRows(connection, sql)).map(([cohort, start, total]) => [[Number(cohort)], start, total]))
}

/** The same with each user's cohorts as one mask: groups are masks and buckets, taken apart here. */
export function maskedMembers(ask: BenchAsk, bucket: BucketForm): Form {
  const bits = cohortsOf(ask).map((cohort, index) => `CASE WHEN ${countedSql(cohort)} THEN ${2n ** BigInt(index)} ELSE 0 END`)
  const sql = `WITH members AS (SELECT user_id, (${bits.join(' + ')})::BIGINT AS mask FROM events WHERE ${behaviorSql(ask)} GROUP BY 1),
    sums AS (${sumsSql(ask, bucket)})
    SELECT mask, bucket, sum(total) FROM sums JOIN members USING (user_id) GROUP BY 1, 2`
  return async (connection) => totalsOf(ask, bucket, (await readRows(connection, sql)).map(([mask, start, total]) => [indexesOf(ask, toUnits(mask)), start, total]))
}

/** Events joined with their user's mask as they come: nothing is summed up by user before. */
export function eventsWithMasks(ask: BenchAsk, bucket: BucketForm): Form {
  const sql = `WITH members AS (${masksSql(ask)})
    SELECT mask, ${bucket.sql}, sum(amount) FROM events JOIN members USING (user_id) WHERE ${windowSql(sharedWindow(ask))} GROUP BY 1, 2`
  return async (connection) => totalsOf(ask, bucket, (await readRows(connection, sql)).map(([mask, start, total]) => [indexesOf(ask, toUnits(mask)), start, total]))
}

/** Users, and their cohorts as bits. A value of each row is counted a third faster than rows that a filter leaves. */
function masksSql(ask: BenchAsk): string {
  const bits = cohortsOf(ask).map(({ minScore, atLeast }, index) => `CASE WHEN count(nullif(score >= ${minScore}, false)) >= ${atLeast} THEN ${2n ** BigInt(index)} ELSE 0 END`)
  return `SELECT user_id, (${bits.join(' + ')})::BIGINT AS mask FROM events WHERE ${behaviorSql(ask)} GROUP BY 1`
}

function totalsOf(ask: BenchAsk, bucket: BucketForm, rows: readonly (readonly [slices: readonly number[], start: DuckDBValue | undefined, total: DuckDBValue | undefined])[]): Answer {
  const builder = new AnswerBuilder(ask)
  for (const [slices, start, total] of rows) for (const slice of slices) builder.add(slice, bucket.toMs(start), 0, toUnits(total), total === null ? 0n : 1n)
  return builder.build()
}

function indexesOf(ask: BenchAsk, mask: bigint): readonly number[] {
  return ask.slices.flatMap((_, index) => ((mask >> BigInt(index)) & 1n ? [index] : []))
}

/** Users, and the numbers of their cohorts. */
function listsSql(ask: BenchAsk): string {
  const numbers = cohortsOf(ask).map((cohort, index) => `CASE WHEN ${countedSql(cohort)} THEN ${index} END`)
  return `SELECT user_id, list_filter([${numbers.join(', ')}], lambda number: number IS NOT NULL) AS cohorts FROM events WHERE ${behaviorSql(ask)} GROUP BY 1`
}

function sumsSql(ask: BenchAsk, bucket: BucketForm): string {
  return `SELECT user_id, ${bucket.sql} AS bucket, sum(amount) AS total FROM events WHERE ${windowSql(sharedWindow(ask))} GROUP BY 1, 2`
}

function countedSql({ minScore, atLeast }: BenchCohort): string {
  return `count(*) FILTER (WHERE score >= ${minScore}) >= ${atLeast}`
}

function behaviorSql(ask: BenchAsk): string {
  const { end } = sharedWindow(ask)
  return `ts >= TIMESTAMP '${end}' - INTERVAL ${WINDOW_DAYS} DAY AND ts < TIMESTAMP '${end}'`
}

function cohortsOf(ask: BenchAsk): readonly BenchCohort[] {
  return ask.slices.map(({ cohort }) => {
    if (cohort === undefined) throw new RangeError('A slice of this case has no cohort.')
    return cohort
  })
}
