import { bucketStarts } from './answer.ts'
import { benchCase } from './bench-case.ts'
import type { BenchCase } from './bench-case.ts'
import { cohorts, liveEntities, movements, trailingActives } from './entity-cases.ts'
import {
  bitsOfUsers, bitsOfUsersByBucket, bucketsOfUsers, comparedMask, countryMask, distinctByValue, eventsWithCountryMask, listedScoreMask, masksOfUsers, scoreMask, wordsOfUsers,
} from './forms/distinct.ts'
import { groupingSets, scanADimension } from './forms/median.ts'
import { comparedBucket, countedMonth, halvingCase, sharedWindow, steppingCase, truncatedBucket } from './forms/sql-text.ts'
import { deltas, deltasOfPairs, monthFromFirst, monthToMs, scanABucket } from './forms/stock.ts'
import {
  bitmask, booleans, oneBranchABucket, oneBranchASlice, oneScan, rawDimensions, rawScoreThenIntervals, scoreIntervals,
} from './forms/sums.ts'
import {
  byCountry, byFourDimensions, byOneUser, byRangeAndCountry, byScoreRange, liveByCountry, twoDistantWeeks,
} from './slices.ts'
import type { BenchAsk } from './slices.ts'

const THREE_METRICS: BenchAsk['metrics'] = [
  { name: 'revenue', agg: 'sum', column: 'amount' },
  { name: 'events', agg: 'count', column: null },
  { name: 'average_duration', agg: 'average', column: 'duration_s' },
]

/** Of `events.score`; the column's statistics say so too. */
const MAX_SCORE = 999
const NOT_SLOWER_BY_A_TENTH = 1 / 1.1

function equality(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: THREE_METRICS, slices: byCountry }
  const { start, end } = sharedWindow(ask)
  return benchCase('equality', '24 countries × 12 months × 3 metrics', ask, 3, 'raw country, compared months', 'raw country, date_trunc', {
    'raw country, date_trunc': oneScan(ask, truncatedBucket(ask, 'ts'), rawDimensions(ask, ['country'])),
    'raw country, compared months': oneScan(ask, comparedBucket(ask, 'ts'), rawDimensions(ask, ['country'])),
    'raw country, year × 12 + month': oneScan(ask, countedMonth('ts'), rawDimensions(ask, ['country'])),
    'raw country, a branch a month (needs rows in the order of time)': oneBranchABucket(ask, bucketStarts(start, end, 'month'), rawDimensions(ask, ['country'])),
    'bitmask, date_trunc': oneScan(ask, truncatedBucket(ask, 'ts'), bitmask(ask)),
  })
}

function ranges(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: THREE_METRICS, slices: byScoreRange }
  return benchCase('ranges', '24 overlapping ranges of score × 12 months × 3 metrics', ask, 1.8, 'raw score, added up to intervals in SQL', '24 booleans, date_trunc', {
    '24 booleans, date_trunc': oneScan(ask, truncatedBucket(ask, 'ts'), booleans(ask)),
    '24 booleans, compared months': oneScan(ask, comparedBucket(ask, 'ts'), booleans(ask)),
    'bitmask, compared months': oneScan(ask, comparedBucket(ask, 'ts'), bitmask(ask)),
    'intervals by halving, date_trunc': oneScan(ask, truncatedBucket(ask, 'ts'), scoreIntervals(ask, halvingCase)),
    'intervals by halving, compared months': oneScan(ask, comparedBucket(ask, 'ts'), scoreIntervals(ask, halvingCase)),
    'intervals by stepping, compared months': oneScan(ask, comparedBucket(ask, 'ts'), scoreIntervals(ask, steppingCase)),
    'raw score, added up here': oneScan(ask, comparedBucket(ask, 'ts'), rawDimensions(ask, ['score'])),
    'raw score, added up to intervals in SQL': rawScoreThenIntervals(ask, comparedBucket(ask, 'ts')),
  })
}

function distinctEquality(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: [{ name: 'users', agg: 'count_distinct', column: 'user_id' }], slices: byCountry }
  const { start, end } = sharedWindow(ask)
  const months = bucketStarts(start, end, 'month')
  const compared = comparedBucket(ask, 'ts')
  return benchCase('distinct-equality', 'distinct users of 24 countries × 12 months', ask, 1.2, 'bits are months, per user and country', 'masks per month and user by CASE, date_trunc', {
    'count(DISTINCT) by raw country': distinctByValue(ask, compared, 'country'),
    'masks per month and user by CASE, date_trunc': masksOfUsers(ask, truncatedBucket(ask, 'ts'), countryMask(ask)),
    'masks per month and user by CASE': masksOfUsers(ask, compared, countryMask(ask)),
    'masks per month and user by CASE, bits added up in SQL': bitsOfUsers(ask, compared, countryMask(ask)),
    'masks per month and user from a joined table': masksOfUsers(ask, compared, 'bits', eventsWithCountryMask(ask)),
    'masks per month and user from a joined table, bits added up in SQL': bitsOfUsers(ask, compared, 'bits', eventsWithCountryMask(ask)),
    'a branch a month (needs rows in the order of time)': bitsOfUsersByBucket(ask, months, countryMask(ask)),
    'masks per user, two months a word': wordsOfUsers(ask, compared, months, countryMask(ask)),
    'bits are months, per user and country': bucketsOfUsers(ask, compared, months, 'country'),
  })
}

function distinctRanges(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: [{ name: 'users', agg: 'count_distinct', column: 'user_id' }], slices: byScoreRange }
  const { start, end } = sharedWindow(ask)
  const months = bucketStarts(start, end, 'month')
  const compared = comparedBucket(ask, 'ts')
  return benchCase('distinct-ranges', 'distinct users of 24 overlapping ranges of score × 12 months', ask, 1.8, 'masks from a list, two months a word', 'masks by 24 comparisons, date_trunc', {
    'masks by 24 comparisons, date_trunc': masksOfUsers(ask, truncatedBucket(ask, 'ts'), comparedMask(ask)),
    'masks by 24 comparisons, bits added up in SQL': bitsOfUsers(ask, compared, comparedMask(ask)),
    'masks by halving': masksOfUsers(ask, compared, scoreMask(ask, halvingCase)),
    'masks by halving, bits added up in SQL': bitsOfUsers(ask, compared, scoreMask(ask, halvingCase)),
    'masks by stepping, bits added up in SQL': bitsOfUsers(ask, compared, scoreMask(ask, steppingCase)),
    'masks from a list, bits added up in SQL': bitsOfUsers(ask, compared, listedScoreMask(ask, MAX_SCORE)),
    'masks by halving, two months a word': wordsOfUsers(ask, compared, months, scoreMask(ask, halvingCase)),
    'masks from a list, two months a word': wordsOfUsers(ask, compared, months, listedScoreMask(ask, MAX_SCORE)),
    'masks by halving, a branch a month (needs rows in the order of time)': bitsOfUsersByBucket(ask, months, scoreMask(ask, halvingCase)),
  })
}

function stock(): BenchCase {
  const ask: BenchAsk = { table: 'subscriptions', grain: 'month', metrics: [{ name: 'mrr', agg: 'live_sum', column: 'monthly_price' }], slices: liveByCountry }
  const truncated = (column: string) => `date_trunc('month', greatest(${column}, DATE '${sharedWindow(ask).start}'))`
  return benchCase('stock', 'price of live subscriptions of 24 countries at the end of 36 months', ask, 8, 'deltas, year × 12 + month', 'deltas, date_trunc', {
    'deltas, year × 12 + month': deltas(ask, (column) => monthFromFirst(ask, column), monthToMs),
    'deltas, date_trunc': deltas(ask, truncated, truncatedBucket(ask, 'start_date').toMs),
    'deltas from one scan by pairs of months': deltasOfPairs(ask),
    'one scan a month': scanABucket(ask),
  })
}

function oneUserEach(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: THREE_METRICS, slices: byOneUser }
  const users = ask.slices.flatMap((slice) => slice.where.flatMap((condition) => (condition.dimension === 'user_id' ? condition.in : [])))
  const anyUser = `user_id IN (${users.join(', ')})`
  const joined = `user_id IN (SELECT unnest([${users.join(', ')}]::BIGINT[]))`
  return benchCase('one-user', 'six slices of one user each × 12 months × 3 metrics', ask, NOT_SLOWER_BY_A_TENTH, 'raw user, semi-join with the users', 'a branch a slice', {
    'a branch a slice': oneBranchASlice(ask),
    'raw user, IN of the users': oneScan(ask, comparedBucket(ask, 'ts'), rawDimensions(ask, ['user_id'], anyUser)),
    'raw user, semi-join with the users': oneScan(ask, comparedBucket(ask, 'ts'), rawDimensions(ask, ['user_id'], joined)),
  })
}

function distantWeeks(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'day', metrics: [{ name: 'events', agg: 'count', column: null }], slices: twoDistantWeeks }
  return benchCase('distant-weeks', 'daily counts of two weeks, two years apart', ask, NOT_SLOWER_BY_A_TENTH, 'a branch a week', 'a branch a week', {
    'a branch a week': oneBranchASlice(ask),
  })
}

function medians(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: [{ name: 'median_duration', agg: 'median', column: 'duration_s' }], slices: byFourDimensions }
  const dimensions = ['country', 'device', 'channel', 'plan']
  return benchCase('median', 'median duration of 24 equality slices over four dimensions × 12 months', ask, 1, 'grouping sets, compared months', 'grouping sets, date_trunc', {
    'grouping sets, date_trunc': groupingSets(ask, truncatedBucket(ask, 'ts'), dimensions),
    'grouping sets, compared months': groupingSets(ask, comparedBucket(ask, 'ts'), dimensions),
    'one statement a dimension': scanADimension(ask, comparedBucket(ask, 'ts'), dimensions),
  })
}

function rangesByCountry(): BenchCase {
  const ask: BenchAsk = { table: 'events', grain: 'month', metrics: THREE_METRICS, slices: byRangeAndCountry }
  const countries = [...new Set(ask.slices.flatMap((slice) => slice.where.flatMap((condition) => (condition.dimension === 'country' ? condition.in : []))))]
  const anyCountry = `country IN (${countries.map((country) => `'${country}'`).join(', ')})`
  const compared = comparedBucket(ask, 'ts')
  return benchCase('ranges-by-country', '16 ranges of score × 8 countries × 12 months × 3 metrics', ask, 1, 'intervals by halving × country, all countries', 'intervals by halving × country, date_trunc', {
    'intervals by halving × country, date_trunc': oneScan(ask, truncatedBucket(ask, 'ts'), scoreIntervals(ask, halvingCase, ['country'])),
    'intervals by halving × country, only the 8 countries': oneScan(ask, compared, scoreIntervals(ask, halvingCase, ['country'], anyCountry)),
    'intervals by halving × country, all countries': oneScan(ask, compared, scoreIntervals(ask, halvingCase, ['country'])),
    'raw score × country, only the 8 countries, added up here': oneScan(ask, compared, rawDimensions(ask, ['score', 'country'], anyCountry)),
  })
}

/** All questions of the bench, cheap ones and dear ones, in the order they are printed. */
export const CASES: readonly BenchCase[] = [
  equality(), ranges(), distinctEquality(), distinctRanges(), stock(), oneUserEach(), distantWeeks(), medians(), rangesByCountry(),
  movements(), liveEntities(), trailingActives(), cohorts(),
]
