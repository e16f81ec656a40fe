import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import duckdb from '../../connectors/duckdb/index.ts'
import type { SyncColumnKind, SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Cell, DrillAnswer, Explanation, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { DEFAULT_READ_OPTIONS } from '../../src/base/read-options.ts'
import type { ReadType } from '../../src/base/read-options.ts'
import { checkAgainstTables } from '../../src/model/check-against-tables.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import { STANDARD_PACKS } from '../../src/model/standard-packs.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { MetricAsk } from '../../src/plan/ask.ts'
import type { Model } from '../../src/model/types.ts'

export interface PackAsk {
  readonly start: string
  readonly end: string
  /** Null, as without it, takes the period as one. */
  readonly grain?: Grain | null
  readonly by?: string
  readonly where?: Predicate
  /** Each bucket with those before it. */
  readonly cumulative?: boolean
}

export interface PackWorld {
  readonly model: Model
  ask(metric: string, ask: PackAsk): Promise<MetricAnswer>
  explain(metric: string, ask: PackAsk): Promise<Explanation>
  drill(metric: string, ask: PackAsk): Promise<DrillAnswer>
  /** Numbers of the only group, bucket by bucket. */
  series(metric: string, ask: PackAsk): Promise<readonly (number | null)[]>
  /** Numbers of the only bucket, by the group's value. */
  groups(metric: string, ask: PackAsk & { readonly by: string }): Promise<Readonly<Record<string, number | null>>>
  /** By which the catalog says that a metric can be sliced. */
  dimensionsOf(metric: string): readonly string[]
  close(): Promise<void>
}

const READ_AS: Readonly<Record<SyncColumnKind, ReadType>> = { text: 'text', boolean: 'boolean', integer: 'integer', decimal: 'decimal', float: 'float', date: 'date', timestamp: 'timestamp', json: 'text' }
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/**
 * A tool's pack over a few records in the tables of its streams.
 *
 * @param settings a model file beside the pack.
 * @throws where the pack reads a table or column that the streams do not have, or of another kind.
 */
export async function openPack(pack: string, tables: readonly SyncTable[], records: Readonly<Record<string, readonly SyncRecord[]>>, now: string, settings?: string): Promise<PackWorld> {
  const packAt = (name: string): string => fileURLToPath(new URL(`../../models/${name}.yml`, import.meta.url))
  const files = await readModelFiles([packAt(pack)])
  const standard = await readModelFiles(STANDARD_PACKS.map(packAt))
  const loaded = loadModel(settings === undefined ? files : [...files, { name: 'settings.yml', text: settings }], { source: 'tool', standard })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const { model } = loaded
  const shapes = tables.map(({ name, columns }) => ({ name, columns: columns.map((column) => ({ name: column.name, kind: shownKind(column.kind), zoned: column.kind === 'timestamp' ? true : undefined })) }))
  const faults = checkAgainstTables(model, 'tool', shapes)
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join('\n'))

  const folder = mkdtempSync(join(tmpdir(), 'kpiql-pack-'))
  for (const { name, columns } of tables) writeFileSync(join(folder, `${name}.csv`), [columns.map((column) => column.name), ...(records[name] ?? []).map((record) => columns.map((column) => cellText(record[column.name], column.kind)))].map((cells) => `${cells.join(',')}\n`).join(''))
  const read = tables.map(({ name, columns }) => ({
    name,
    read: { ...DEFAULT_READ_OPTIONS, columns: columns.map((column) => ({ name: column.name, type: READ_AS[column.kind], format: null, required: false, unique: false, min: null, values: null })) },
  }))
  const stateFolder = mkdtempSync(join(tmpdir(), 'kpiql-pack-state-'))
  const source = duckdb.open('tool', duckdb.options.parse({ folder, tables: read, now }), { log: silent, stateFolder })
  const nowUtcMs = Date.parse(now)
  const analytics = createAnalytics({ model, sources: new Map([['tool', { source, connector: 'duckdb', nowUtcMs }]]), cacheBytes: 1_000_000, clock: fixedClock(nowUtcMs), maxGroups: 10_000 })
  const session = (): ReturnType<typeof analytics.session> => analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const asked = (metric: string, { start, end, grain = null, by, where = { kind: 'all' }, cumulative = false }: PackAsk): MetricAsk => ({
    metric, predicate: where, period: resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs, calendar: model.calendar }), grain, by: by === undefined ? [] : [{ kind: 'dimension', dimension: by }], allowEstimates: false, cumulative,
  })
  const ask: PackWorld['ask'] = (metric, one) => session().metric(asked(metric, one))
  return {
    model,
    ask,
    drill: (metric, one) => session().drill({ ask: asked(metric, one), component: null, first: 100, after: null }),
    explain: (metric, one) => session().explain(asked(metric, one)),
    series: async (metric, asked) => ((await ask(metric, asked)).groups[0]?.cells ?? []).map(numberOf),
    groups: async (metric, asked) => Object.fromEntries((await ask(metric, asked)).groups.map(({ values, cells }) => [String(values[0]), cells[0] === undefined ? null : numberOf(cells[0])])),
    dimensionsOf: (metric) => analytics.dimensionsOf(metric),
    async close() {
      await source.close()
      for (const path of [folder, stateFolder]) rmSync(path, { recursive: true })
    },
  }
}

const numberOf = ({ value }: Cell): number | null => value

const shownKind = (kind: SyncColumnKind): 'text' | Exclude<SyncColumnKind, 'json'> => (kind === 'json' ? 'text' : kind)

function cellText(value: unknown, kind: SyncColumnKind): string {
  if (value === null || value === undefined) return ''
  if (kind === 'timestamp' && typeof value === 'number') return new Date(value).toISOString()
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
