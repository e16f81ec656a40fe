import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import duckdb from '../connectors/duckdb/index.ts'
import { createAnalytics } from '../src/answer/analytics.ts'
import { RollupRegistry } from '../src/answer/known-rollups.ts'
import type { Analytics } from '../src/answer/types.ts'
import { fixedClock } from '../src/base/clock.ts'
import { silentLog } from '../src/base/log.ts'
import { keepRollups } from '../src/jobs/rollups/rollup-keeper.ts'
import type { Model } from '../src/model/types.ts'
import { differenceOf } from './answer.ts'
import { CASES } from './best-form.ts'
import { connectToBench, COUNTRIES } from './data.ts'
import { BENCH_NOW, askAll, benchModel } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import type { BenchAsk, BenchSlice } from './slices.ts'
import { takeTurns } from './turns.ts'

const MAX_COLD_RATIO = 1.2
const MAX_ROLLUP_MS = 40
const MAX_REPEATED_MS = 3
const MAX_CHANGED_MS = 15
/** Where the same question ends that a dashboard asks in the course of a day. */
const WITHIN_A_DAY = '2025-12-20T10:20:00'

const ROLLUPS = `
rollups:
  - { name: by_country, semantic_model: events, metrics: [revenue, events, average_duration], dimensions: [country] }
  - { name: by_visit, semantic_model: events, metrics: [revenue, events, average_duration], dimensions: [country, device, channel] }
`

/** The 24-slice question from rollups, from cache, and from the table (rollups). */
export async function benchRollups(path: string, rows: number): Promise<Section> {
  const equality = CASES.find(({ name }) => name === 'equality')
  if (equality === undefined) throw new RangeError('The bench has no case "equality".')
  const { ask } = equality
  const model = await benchModel(ROLLUPS)
  const stateFolder = await mkdtemp(join(tmpdir(), 'kpiql-bench-rollups-'))
  const source = duckdb.open('bench', duckdb.options.parse({ database: path, tables: [], threads: 2, memoryLimit: '4GB' }), { log: silentLog, stateFolder })
  const { connection, close } = await connectToBench(path)
  const registry = new RollupRegistry()
  const over = { model, sources: new Map([['bench', { source, connector: 'duckdb', nowUtcMs: BENCH_NOW }]]), clock: fixedClock(BENCH_NOW), maxGroups: 500_000 }
  const [forgetful, remembering, without] = [createAnalytics({ ...over, cacheBytes: 0, rollups: registry }), createAnalytics({ ...over, cacheBytes: 100_000_000, rollups: registry }), createAnalytics({ ...over, cacheBytes: 0 })]
  const keeper = keepRollups({ model, sources: over.sources, registry, planning: forgetful.planning, maxBytes: 1e9, log: silentLog })
  try {
    const built = await keeper.pass()
    const failed = built.find(({ state }) => state !== 'ready')
    if (failed !== undefined) throw new Error(`The rollup ${failed.name} is ${failed.state}: ${failed.message ?? ''}`)
    const difference = differenceOf(await equality.separate(connection), await askOver(forgetful, model, ask, ['by_country']))
    if (difference !== null) throw new Error(`The answer from the rollup differs from one statement a slice: ${difference}`)

    const draw = changedAsks(ask)
    const upToNow = { ...ask, slices: ask.slices.map((slice) => ({ ...slice, end: WITHIN_A_DAY })) }
    const ending = differenceOf(await askOver(without, model, upToNow, []), await askOver(forgetful, model, upToNow, ['by_country']))
    if (ending !== null) throw new Error(`The answer that ends within a day differs from that of the table: ${ending}`)
    const [scanned, byHand, fromRollup, fromBoth] = await takeTurns([() => askOver(without, model, ask, []), () => equality.best(connection), () => askOver(forgetful, model, ask, ['by_country']), () => askOver(forgetful, model, upToNow, ['by_country'])])
    const [repeated] = await takeTurns([() => askOver(remembering, model, ask, null)], { minRounds: 100, maxRounds: 100 })
    const [changed] = await takeTurns([() => askOver(remembering, model, draw(), ['by_visit'])], { minRounds: 100, maxRounds: 100 })
    if (!scanned || !byHand || !fromRollup || !fromBoth || !repeated || !changed) throw new RangeError('A timing is missing.')
    return {
      title: `(rollups) 24 slices × 3 metrics × 12 months over ${rows.toLocaleString('en')} rows`,
      about: [
        'Milliseconds in this process from the question to the finished answer, no GraphQL and no network: planning, statements, fold. Medians of rounds in turns.',
        'Fair, because the answer from the rollup is checked against one statement a slice over the table before anything is timed, and every answer must say that it read the rollup it is said to have read, or the bench fails. The form by hand is the fastest found for this question in (a).',
        '"And the last day from the table": the same question up to the middle of a day, which no rollup of days parts; checked against the table too.',
        '"One filter changed": one of the 24 slices asks a device and a channel besides that it never asked before; the other 23 come from cache, the new one from the wider rollup.',
      ],
      tables: [
        { columns: ['Rollup', 'Rows', 'MB', 'Built in ms'], rows: built.map(({ name, rows: kept, bytes, buildMs }) => [name, String(kept), ((bytes ?? 0) / 1e6).toFixed(1), String(buildMs)]) },
        {
          columns: ['Question', 'Median ms', 'p95 ms', 'min ms', 'Wanted', 'Verdict'],
          rows: [
            ['from the table, one statement by hand', ms(byHand.medianMs), ms(byHand.p95Ms), ms(byHand.minMs), '', ''],
            ['from the table', ms(scanned.medianMs), ms(scanned.p95Ms), ms(scanned.minMs), `≤ ${MAX_COLD_RATIO}× (${times(scanned.medianMs / byHand.medianMs)})`, verdict(scanned.medianMs <= byHand.medianMs * MAX_COLD_RATIO)],
            ['from the rollup', ms(fromRollup.medianMs), ms(fromRollup.p95Ms), ms(fromRollup.minMs), `≤ ${MAX_ROLLUP_MS} ms`, verdict(fromRollup.medianMs <= MAX_ROLLUP_MS)],
            ['from the rollup, and the last day from the table', ms(fromBoth.medianMs), ms(fromBoth.p95Ms), ms(fromBoth.minMs), '', ''],
            ['repeated', ms(repeated.medianMs), ms(repeated.p95Ms), ms(repeated.minMs), `≤ ${MAX_REPEATED_MS} ms`, verdict(repeated.medianMs <= MAX_REPEATED_MS)],
            ['one filter changed', ms(changed.medianMs), ms(changed.p95Ms), ms(changed.minMs), `≤ ${MAX_CHANGED_MS} ms`, verdict(changed.medianMs <= MAX_CHANGED_MS)],
          ],
        },
      ],
    }
  } finally {
    await keeper.close()
    close()
    await source.close()
    await rm(stateFolder, { recursive: true, force: true })
  }
}

/** @param rollups that it must have read; null where it must have read nothing. */
async function askOver(analytics: Analytics, model: Model, ask: BenchAsk, rollups: readonly string[] | null) {
  const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const answer = await askAll(session, model, ask)
  const { stats } = session
  // The first of the repeated ones fills the cache.
  const isAsSaid = rollups === null ? true : stats.rollups.join() === rollups.join()
  if (!isAsSaid) throw new Error(`The bench measures the wrong thing: ${stats.rollups.join() || 'no rollup'} was read in ${stats.scans} statements, not ${(rollups ?? []).join() || 'the table'}.`)
  return answer
}

/** The question with one slice changed, each time another one by another filter. */
function changedAsks(ask: BenchAsk): () => BenchAsk {
  const filters = ['desktop', 'mobile', 'tablet', 'api'].flatMap((device) => ['organic', 'paid_search', 'referral', 'social', 'email', 'partner'].map((channel) => ({ device, channel })))
  let drawn = 0
  return () => {
    const position = drawn % COUNTRIES.length
    const filter = filters[(Math.floor(drawn / COUNTRIES.length) * 5 + position) % filters.length]
    drawn += 1
    const changed = (slice: BenchSlice): BenchSlice => ({
      ...slice,
      where: [...slice.where, { dimension: 'device', in: [filter?.device ?? ''] }, { dimension: 'channel', in: [filter?.channel ?? ''] }],
    })
    return { ...ask, slices: ask.slices.map((slice, index) => (index === position ? changed(slice) : slice)) }
  }
}
