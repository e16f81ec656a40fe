import type { QuerySource } from '../connectors/contract.ts'
import { AnswerBuilder, bucketStarts, differenceOf } from './answer.ts'
import type { Answer } from './answer.ts'
import { bitmask, booleans, finishedMetric, rawDimensions, scoreIntervals } from './forms/sums.ts'
import type { Grouping } from './forms/sums.ts'
import { conditionSql, halvingCase, sharedWindow } from './forms/sql-text.ts'
import { answerOfSlices, graphqlAsk } from './graphql-ask.ts'
import { openGatewayOver } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { openSchema } from './run-graphql.ts'
import { byCountry, byScoreRange } from './slices.ts'
import type { BenchAsk } from './slices.ts'
import { takeTurns } from './turns.ts'

const MOST_OF_BEST = 1.3

/** A database that holds the bench's `events`, reached in two ways: by the gateway's connector, and by the vendor's own client. */
export interface BenchedDatabase {
  readonly name: string
  readonly connector: string
  readonly source: QuerySource
  /** Runs SQL written by hand; cells as the server writes them. */
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** What people write to tell the months of the column `ts`, by name. */
  months(ask: BenchAsk): Readonly<Record<string, MonthForm>>
  close(): Promise<void>
}

export interface MonthForm {
  readonly sql: string
  /** The month's position in the window, from 0. */
  position(cell: string | null): number
}

type Form = () => Promise<Answer>

const METRICS: BenchAsk['metrics'] = [
  { name: 'revenue', agg: 'sum', column: 'amount' },
  { name: 'events', agg: 'count', column: null },
  { name: 'average_duration', agg: 'average', column: 'duration_s' },
]
const ASKS: Readonly<Record<string, BenchAsk>> = {
  '24 countries': { table: 'events', grain: 'month', metrics: METRICS, slices: byCountry },
  '24 overlapping ranges of score': { table: 'events', grain: 'month', metrics: METRICS, slices: byScoreRange },
}

/**
 * The 24-slice query through GraphQL over a database, against the best statement by hand and against one statement a slice.
 *
 * @throws Error when an answer differs from that of the separate statements.
 */
export async function benchDatabase(database: BenchedDatabase, rows: number): Promise<Section> {
  const gateway = await openGatewayOver(database.source, database.connector)
  const ask = await openSchema({ model: gateway.model, analytics: gateway.forgetful })
  const lines: string[][] = []
  try {
    for (const [what, question] of Object.entries(ASKS)) {
      const [uncached, looking] = [graphqlAsk(question, 'CACHED_OK'), graphqlAsk(question, 'NO_CACHE')]
      const forms = Object.entries(formsOf(database, question))
      const separate = separateOf(database, question)
      const expected = await separate()
      const found = await ask(uncached)
      for (const [name, form] of [['the gateway', () => Promise.resolve(answerOfSlices(found.data))] as const, ...forms]) {
        const difference = differenceOf(expected, await form())
        if (difference !== null) throw new Error(`${database.name}, ${what}: ${name} differs from one statement a slice: ${difference}`)
      }
      const [gatewayTiming, lookingTiming, ...byHand] = await takeTurns([() => ask(uncached), () => ask(looking), ...forms.map(([, form]) => form)], { minRounds: 9, budgetMs: 20_000, maxRounds: 30 })
      const [apart] = await takeTurns([separate], { minRounds: 3, budgetMs: 5_000 })
      const [best] = forms.map(([name], index) => ({ name, timing: byHand[index] })).toSorted((a, b) => (a.timing?.medianMs ?? 0) - (b.timing?.medianMs ?? 0))
      if (!gatewayTiming || !lookingTiming || !apart || !best?.timing) throw new RangeError(`${database.name}: a timing is missing.`)
      const ratio = gatewayTiming.medianMs / best.timing.medianMs
      lines.push([what, ms(gatewayTiming.medianMs), ms(lookingTiming.medianMs), ms(best.timing.medianMs), best.name, times(ratio), `≤ ${times(MOST_OF_BEST)}`, verdict(ratio <= MOST_OF_BEST), ms(apart.medianMs), times(apart.medianMs / gatewayTiming.medianMs), String(found.stats.scans), String(gatewayTiming.rounds)])
      console.error(`  ${database.name}, ${what}: ${[`gateway ${ms(gatewayTiming.medianMs)} (${ms(gatewayTiming.minMs)} at best), looking first ${ms(lookingTiming.medianMs)}`, `apart ${ms(apart.medianMs)}`, ...forms.map(([name], index) => `${name} ${ms(byHand[index]?.medianMs ?? Number.NaN)}`)].join(', ')}`)
    }
  } finally {
    await database.close()
  }
  return {
    title: `(databases) The 24-slice query on ${database.name}`,
    about: [
      `24 slices × 3 metrics × 12 months over ${rows.toLocaleString('en')} rows, warm: the gateway parses, validates and plans a GraphQL document, asks the database, folds and writes JSON, with no read kept; the version of the data is trusted for ten seconds, as by default, and "looking first" (freshness NO_CACHE, for information) asks for it every time. By hand, statements go through the vendor's own client and are folded into the same answer, without GraphQL or JSON. They take turns; the statements a slice, of which there are 24, come after them. Medians.`,
      'Fair, because every form gives the same answer as one obvious statement a slice, or the bench fails; "best by hand" is the fastest of several forms that were all measured.',
    ],
    tables: [{ columns: ['Slices', 'Gateway ms', 'looking first ms', 'Best by hand ms', 'which is', 'Gateway ÷ best', 'Wanted', 'Verdict', 'One statement a slice ms', 'times the gateway', 'Statements', 'Rounds'], rows: lines }],
  }
}

/** One statement for all slices: by hand, rows are grouped by what slices test, by one truth value a slice, or by a word of bits. */
function formsOf(database: BenchedDatabase, ask: BenchAsk): Readonly<Record<string, Form>> {
  const dimensions = [...new Set(ask.slices.flatMap(({ where }) => where.map(({ dimension }) => dimension)))]
  const isRanges = dimensions.includes('score')
  const groupings: Readonly<Record<string, Grouping>> = {
    [`by ${dimensions.join(', ')}`]: rawDimensions(ask, dimensions),
    ...(isRanges ? { 'by interval of score': intervalsOf(ask), 'by 24 truth values': truthValuesOf(ask), 'by a word of bits': wordOf(ask) } : {}),
  }
  return Object.fromEntries(
    Object.entries(groupings).flatMap(([how, grouping]) => Object.entries(database.months(ask)).map(([month, form]): [string, Form] => [`${how}, ${month}`, () => oneScan(database, ask, form, grouping)])),
  )
}

function intervalsOf(ask: BenchAsk): Grouping {
  const grouping = scoreIntervals(ask, halvingCase)
  return { ...grouping, keys: grouping.keys.map((key) => key.replaceAll('::UTINYINT', '')) }
}

/** Truth values also where an engine compares to numbers. */
function truthValuesOf(ask: BenchAsk): Grouping {
  const grouping = booleans(ask)
  return { ...grouping, keys: grouping.keys.map((key) => `CAST(${key} AS BOOLEAN)`) }
}

/** Bits of a truth value that every engine takes for a number. */
function wordOf(ask: BenchAsk): Grouping {
  const bits = ask.slices.map((slice, index) => `CASE WHEN ${slice.where.map(conditionSql).join(' AND ')} THEN ${2 ** index} ELSE 0 END`)
  return { ...bitmask(ask), keys: [bits.join(' + ')] }
}

async function oneScan(database: BenchedDatabase, ask: BenchAsk, month: MonthForm, grouping: Grouping): Promise<Answer> {
  const positions = grouping.keys.map((_, index) => index + 2)
  const rows = await database.rows(
    `SELECT ${month.sql} AS month, ${grouping.keys.map((key, index) => `${key} AS key_${index}`).join(', ')}, sum(amount), count(*), sum(duration_s), count(duration_s), count(amount) FROM events WHERE ${windowOf(ask)} GROUP BY 1, ${positions.join(', ')}`,
  )
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  const builder = new AnswerBuilder(ask)
  for (const [cell = null, ...cells] of rows) {
    const keys = cells.slice(0, grouping.keys.length).map(asKey)
    const [revenue = null, events = null, seconds = null, timed = null, paid = null] = cells.slice(grouping.keys.length)
    const bucketMs = starts[month.position(cell)] ?? Number.NaN
    for (const slice of grouping.slicesOf(keys)) {
      builder.add(slice, bucketMs, 0, unitsOf(revenue, 2), BigInt(paid ?? 0))
      builder.add(slice, bucketMs, 1, BigInt(events ?? 0), 0n)
      builder.add(slice, bucketMs, 2, unitsOf(seconds, 0), BigInt(timed ?? 0))
    }
  }
  return builder.build()
}

/** One obvious statement a slice, one after the other. */
function separateOf(database: BenchedDatabase, ask: BenchAsk): Form {
  const [month] = Object.values(database.months(ask))
  if (month === undefined) throw new RangeError(`${database.name} has no way to name a month.`)
  const { start, end } = sharedWindow(ask)
  const starts = bucketStarts(start, end, ask.grain)
  return async () => {
    const builder = new AnswerBuilder(ask)
    for (const [index, slice] of ask.slices.entries()) {
      const sql = `SELECT ${month.sql} AS month, ${ask.metrics.map(finishedMetric).join(', ')} FROM events WHERE ${[windowOf(ask), ...slice.where.map(conditionSql)].join(' AND ')} GROUP BY 1`
      for (const [cell = null, ...values] of await database.rows(sql)) for (const [metric, value] of values.entries()) builder.set(index, starts[month.position(cell)] ?? Number.NaN, metric, value === null ? null : Number(value))
    }
    return builder.build()
  }
}

function windowOf(ask: BenchAsk): string {
  const { start, end } = sharedWindow(ask)
  return `ts >= '${start}' AND ts < '${end}'`
}

const asKey = (cell: string | null): string | boolean | null => (cell === 't' || cell === 'true' ? true : cell === 'f' || cell === 'false' ? false : cell)

function unitsOf(text: string | null, scale: number): bigint {
  if (text === null) return 0n
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale))
}
