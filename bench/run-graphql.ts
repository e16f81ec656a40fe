import { execute, parse, validate } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import type { KpiqlContext } from '../schema/context.ts'
import type { RequestStats } from '../src/answer/types.ts'
import type { Model } from '../src/model/types.ts'
import { differenceOf } from './answer.ts'
import { CASES } from './best-form.ts'
import { connectToBench } from './data.ts'
import { answerOfSlices, graphqlAsk } from './graphql-ask.ts'
import type { GraphqlAsk, SlicesData } from './graphql-ask.ts'
import { openBenchGateway } from './planner.ts'
import type { BenchGateway } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import type { BenchAsk, BenchSlice } from './slices.ts'
import { takeTurns } from './turns.ts'

const MAX_CACHED_MS = 25
const CACHED_RUNS = 200
const CHANGED_RUNS = 40
/** Both do the same reading, so equal is what to expect; the rest is for the noise of the machine. */
const MAX_ADDED = 1.1

/** A request's answer, and what it cost. */
interface Answered {
  readonly data: SlicesData
  readonly stats: RequestStats
}

/** The 24-slice query through GraphQL (c), in this process: parsed, validated, executed and written as JSON each time. */
export async function benchGraphql(path: string): Promise<Section> {
  const equality = CASES.find(({ name }) => name === 'equality')
  if (equality === undefined) throw new RangeError('The bench has no case "equality".')
  const gateway = await openBenchGateway(path)
  const { connection, close } = await connectToBench(path)
  try {
    const ask = await openSchema(gateway)
    const { ask: question } = equality
    const uncached = graphqlAsk(question, 'NO_CACHE')
    const cached = graphqlAsk(question, 'CACHED_OK')
    const difference = differenceOf(await equality.separate(connection), answerOfSlices((await ask(uncached)).data))
    if (difference !== null) throw new Error(`The answer through GraphQL differs from one statement a slice: ${difference}`)
    expectReads('the query repeated', await ask(cached), 0)

    const [cold] = await takeTurns([() => ask(uncached)])
    const [repeated] = await takeTurns([() => ask(cached)], { minRounds: CACHED_RUNS, maxRounds: CACHED_RUNS })
    const draw = filterDrawer()
    const [changed, alone, unchanged] = await takeTurns(
      [
        async (round) => expectReads('the query with a changed filter', await ask(graphqlAsk(withChanged(question, round, draw()), 'CACHED_OK')), question.metrics.length),
        async (round) => expectReads('the changed slice alone', await ask(graphqlAsk({ ...question, slices: [changedSlice(question, round, draw())] }, 'CACHED_OK')), question.metrics.length),
        () => ask(cached),
      ],
      { minRounds: CHANGED_RUNS, maxRounds: CHANGED_RUNS },
    )
    if (!cold || !repeated || !changed || !alone || !unchanged) throw new RangeError('A timing is missing.')
    const added = changed.medianMs - unchanged.medianMs
    return {
      title: '(c) The 24-slice query through GraphQL',
      about: [
        `24 slices × 3 metrics × 12 months by \`slices(inputs: …)\`, ${question.slices.length * question.metrics.length * 12} points, in one process: the document is parsed and validated, executed, and the answer written as JSON, every time (a server keeps parsed documents, so this is a little more than it does); no network.`,
        `Fair, because the answer is checked against one statement a slice, and the engine's work is counted: a repeated query must read nothing, a changed one only its new slice, or the bench fails. The changed query, its new slice alone and the unchanged query take turns; every filter (a country and a range of half of all scores) is asked once in its life, and the changed slice moves through the 24.`,
        'Both readings of "at most the cost of that slice" are given: what the changed filter adds to the query that is answered from cache (judged, with a tenth for the noise of the machine), and, for information, the whole changed query with its 23 other slices against the new slice alone.',
      ],
      tables: [
        {
          columns: ['Query', 'Median ms', 'p95 ms', 'min ms', 'Runs', 'Wanted', 'Verdict'],
          rows: [
            ['nothing cached', ms(cold.medianMs), ms(cold.p95Ms), ms(cold.minMs), String(cold.rounds), '', ''],
            ['repeated, from cache: median', ms(repeated.medianMs), ms(repeated.p95Ms), ms(repeated.minMs), String(repeated.rounds), `≤ ${MAX_CACHED_MS} ms`, verdict(repeated.medianMs <= MAX_CACHED_MS)],
            ['repeated, from cache: p95', ms(repeated.medianMs), ms(repeated.p95Ms), ms(repeated.minMs), String(repeated.rounds), `≤ ${MAX_CACHED_MS} ms`, verdict(repeated.p95Ms <= MAX_CACHED_MS)],
            ['one filter of 24 changed', ms(changed.medianMs), ms(changed.p95Ms), ms(changed.minMs), String(changed.rounds), '', ''],
            ['that slice alone, uncached', ms(alone.medianMs), ms(alone.p95Ms), ms(alone.minMs), String(alone.rounds), '', ''],
            ['nothing changed, in the same turns', ms(unchanged.medianMs), ms(unchanged.p95Ms), ms(unchanged.minMs), String(unchanged.rounds), '', ''],
            ['added by the changed filter', ms(added), '', '', '', `≤ ${ms(alone.medianMs)} ms + a tenth`, verdict(added <= alone.medianMs * MAX_ADDED)],
            ['changed query ÷ slice alone', times(changed.medianMs / alone.medianMs), '', '', '', 'information', ''],
          ],
        },
      ],
    }
  } finally {
    close()
    await gateway.close()
  }
}

/** A question asked as a document in this process: parsed, validated, executed and written as JSON each time. */
export async function openSchema({ model, analytics }: Pick<BenchGateway, 'model' | 'analytics'>): Promise<(ask: GraphqlAsk) => Promise<Answered>> {
  // The schema is written with decorators, which Node does not strip: it is taken from the build.
  const built: { buildSchema(model: Model): GraphQLSchema } = await import(new URL('../dist/schema/build-schema.js', import.meta.url).href)
  const schema = built.buildSchema(model)
  return async ({ query, variables }) => {
    const session = analytics.session({ freshness: variables.freshness, signal: new AbortController().signal })
    const context: KpiqlContext = { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'bench', session: () => session }
    const document = parse(query)
    const faults = validate(schema, document)
    if (faults.length > 0) throw new AggregateError(faults, `The bench's query is not valid: ${faults[0]?.message}`)
    const result = await execute({ schema, document, variableValues: variables, contextValue: context })
    if (result.errors !== undefined) throw new AggregateError(result.errors, `The bench's query failed: ${result.errors[0]?.message}`)
    const text = JSON.stringify(result)
    if (text.length === 0) throw new RangeError('The answer is empty.')
    return { data: result.data as unknown as SlicesData, stats: session.stats }
  }

}

/** @throws Error when the engine was asked for more or less than `reads`. */
function expectReads(what: string, { stats }: Answered, reads: number): void {
  if (stats.cacheMisses === reads && (reads > 0 || stats.scans === 0)) return
  throw new Error(`The bench measures the wrong thing: ${what} missed the cache ${stats.cacheMisses} times in ${stats.scans} statements, not ${reads} times.`)
}

/** Ranges of half of all scores, each another. */
function filterDrawer(): () => { readonly gte: number; readonly lt: number } {
  let drawn = -1
  return () => {
    drawn += 1
    const gte = drawn % 250
    return { gte, lt: gte + 500 + Math.floor(drawn / 250) }
  }
}

function withChanged(ask: BenchAsk, round: number, range: { readonly gte: number; readonly lt: number }): BenchAsk {
  const changed = positionOf(ask, round)
  return { ...ask, slices: ask.slices.map((slice, index) => (index === changed ? changedSlice(ask, round, range) : slice)) }
}

function changedSlice(ask: BenchAsk, round: number, range: { readonly gte: number; readonly lt: number }): BenchSlice {
  const slice = ask.slices[positionOf(ask, round)]
  if (slice === undefined) throw new RangeError(`There is no slice for round ${round}.`)
  return { ...slice, where: [...slice.where, { dimension: 'score', ...range }] }
}

function positionOf({ slices }: BenchAsk, round: number): number {
  return (round + slices.length) % slices.length
}
