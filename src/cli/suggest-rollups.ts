import { systemClock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import { rollupYaml } from '../jobs/rollups/suggest/rollup-yaml.ts'
import { suggestRollups } from '../jobs/rollups/suggest/suggest-rollups.ts'
import type { LoggedShape, ReadLoad, RollupSuggestions } from '../jobs/rollups/suggest/types.ts'
import type { ReadShape } from '../plan/read-shape.ts'
import type { Query } from '../sql/tree.ts'
import { parseByteSize } from './config/byte-size.ts'
import type { Gateway } from './open-gateway.ts'
import { printTable } from './print-rows.ts'
import type { SetupFlags } from './read-setup.ts'
import { withGateway } from './with-gateway.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface SuggestFlags extends SetupFlags {
  readonly budget?: string
  readonly days?: number
  readonly json?: boolean
  readonly yaml?: boolean
}

const DAYS = 30
/** Counting is one pass over the table: beyond so many rows it is estimated from statistics. */
const MOST_ROWS_COUNTED = 20_000_000

/** Prints which rollups would have paid, by what `kpiql serve` noted of the questions of the last days. */
export async function suggest({ budget, days = DAYS, json = false, yaml = false, ...flags }: SuggestFlags, world: World): Promise<number> {
  const budgetBytes = budget === undefined ? null : parseByteSize(budget)
  if (budget !== undefined && !budgetBytes) throw new KpiqlError('USAGE', { message: `"${budget}" is no size.`, hint: 'Write one such as --budget 500MB.' })
  if (!Number.isInteger(days) || days < 1) throw new KpiqlError('USAGE', { message: '`--days` is a whole number from 1 on.', hint: 'Such as --days 30.' })
  return withGateway(flags, world, async (gateway) => {
    const found = await suggestionsOf(gateway, days, budgetBytes)
    if (json) world.out.write(`${JSON.stringify(found)}\n`)
    else if (yaml) world.out.write(rollupYaml(found.suggested.map(({ rollup }) => rollup)))
    else world.out.write(told(found, days))
    return EXIT.ok
  })
}

async function suggestionsOf(gateway: Gateway, days: number, budgetBytes: number | null): Promise<RollupSuggestions> {
  const store = await gateway.store.openIfThere()
  const logged: readonly LoggedShape[] = (await store?.queryLog.last<ReadShape>(days, systemClock.nowMs())) ?? []
  if (logged.length === 0) throw new KpiqlError('USAGE', { message: `Nothing was asked in the last ${days} days.`, hint: 'What `kpiql serve` reads of the sources is noted, unless the configuration says queryLog: false. Ask again when there is something.' })
  const context = await gateway.analytics.planning()
  const kept = (await Promise.all([...gateway.sources.values()].map(({ source: { rollups } }) => (rollups?.maker !== undefined || rollups?.mayKeep() === true ? rollups.list() : [])))).flat()
  const left = gateway.setup.config.rollups.maxBytes - kept.reduce((sum, { bytes }) => sum + bytes, 0)
  return suggestRollups({
    context,
    logged,
    budgetBytes: budgetBytes ?? Math.max(0, left),
    keptRows: new Map(kept.map(({ name, rows }) => [name, rows])),
    count: (source, query, tableRows) => counted(gateway, source, query, tableRows),
  })
}

/** Null for a table that is too large, and for sources that keep no rollups: a pass over a table of theirs may cost money. */
async function counted({ sources }: Gateway, name: string, query: Query, tableRows: number | null): Promise<number | null> {
  const source = sources.get(name)?.source
  if (source?.rollups === undefined || tableRows === null || tableRows > MOST_ROWS_COUNTED) return null
  const { columns } = await source.query({ ...source.dialect.print(query), columns: ['integer'] })
  return Number(columns[0]?.[0] ?? 0)
}

function told({ suggested, unused, logged, served, beyond }: RollupSuggestions, days: number): string {
  const lines = [`Of the last ${days} days: ${loadText(logged)} of sources; ${loadText(served)} of rollups; ${loadText(beyond)} that no rollup can answer.`]
  const columns = ['rollup', 'rows', 'MB', 'build s', 'reads served', 'seconds saved', 'rows saved']
  const rows = suggested.map(({ rollup, rows: count, counted: isCounted, bytes, buildMs, serves, savedMs, savedRows }) => [
    rollup.name,
    `${isCounted ? '' : 'about '}${Math.round(count)}`,
    (bytes / 1e6).toFixed(1),
    buildMs === null ? null : (buildMs / 1000).toFixed(1),
    serves.reads,
    (savedMs / 1000).toFixed(1),
    Math.round(savedRows),
  ])
  if (suggested.length === 0) lines.push('No further rollup would have paid.')
  else lines.push('', printTable({ columns, rows }), 'For a file of the model:', '', rollupYaml(suggested.map(({ rollup }) => rollup)).trimEnd())
  if (unused.length > 0) lines.push('', `Declared, and read by nothing: ${unused.join(', ')}.`)
  return `${lines.join('\n')}\n`
}

function loadText({ reads, ms }: ReadLoad): string {
  return `${reads} reads (${(ms / 1000).toFixed(1)} s)`
}
