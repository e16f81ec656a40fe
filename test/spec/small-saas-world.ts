import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import duckdb from '../../connectors/duckdb/index.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, Cell, MetricAnswer } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'
import { DEFAULT_READ_OPTIONS } from '../../src/base/read-options.ts'
import type { ReadOptions, ReadType } from '../../src/base/read-options.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { Model } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { inEngine } from '../engines/copy-tables.ts'
import { ENGINE } from '../engines/open-test-source.ts'

/** The present of test/fixtures/small-saas. */
export const NOW = '2025-05-01'
const NOW_MS = Date.parse(NOW)
const FOLDER = fileURLToPath(new URL('../fixtures/small-saas', import.meta.url))
const PACKS = ['saas', 'product', 'satisfaction', 'delivery']
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

export interface SmallSaas {
  readonly model: Model
  readonly analytics: Analytics
  /** January to April 2025 by month, unless said otherwise. */
  ask(metric: string, options?: AskOptions): Promise<MetricAnswer>
  /** The cells of the only group, as exact digits where there are such, else the number, else null. */
  series(metric: string, options?: AskOptions): Promise<readonly (string | number | null)[]>
  close(): Promise<void>
}

export interface AskOptions {
  readonly start?: string
  readonly end?: string
  /** Null takes the period as one. */
  readonly grain?: Grain | null
  readonly cohort?: string
  readonly by?: string
  readonly where?: Predicate
  readonly allowEstimates?: boolean
}

export const shown = ({ exact, value }: Cell): string | number | null => exact ?? value

/**
 * The small company with all packs, in the engine of the project.
 *
 * @param recorded whether its recorded costs and revenue are there; without them the source that would hold them is missing.
 * @param without tables of the company that are left out
 * @param currency of what the files hold; they do not tell it themselves. What was recorded is in USD.
 */
export async function openSmallSaas({ recorded = false, without = [], currency }: { readonly recorded?: boolean; readonly without?: readonly string[]; readonly currency?: string } = {}): Promise<SmallSaas> {
  const packs = await readModelFiles(PACKS.map((pack) => fileURLToPath(new URL(`../../models/${pack}.yml`, import.meta.url))))
  const files = currency === undefined ? packs : [...packs, { name: 'currency.yml', text: `currency: ${currency}\n` }]
  const loaded = loadModel(files, { source: 'files' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const { model } = loaded
  const stateFolder = mkdtempSync(join(tmpdir(), 'kpiql-saas-'))
  const open = async (name: string, folder: string, tables: ReadonlyMap<string, ReadOptions>) => {
    const options = duckdb.options.parse({ folder, tables: [...tables].map(([table, read]) => ({ name: table, read })), now: NOW })
    const source = await inEngine(duckdb.open(name, options, { log: silent, stateFolder: join(stateFolder, name) }))
    return [name, { source, connector: ENGINE, nowUtcMs: NOW_MS }] as const
  }
  const read = new Map<string, ReadOptions>()
  for (const { source, relation, read: options } of model.semanticModels.values()) {
    if (source === 'files' && 'table' in relation && (options !== null || !read.has(relation.table))) read.set(relation.table, options ?? DEFAULT_READ_OPTIONS)
  }
  const sources = new Map([await open('files', FOLDER, read)])
  if (recorded) sources.set(...(await open('kpiql', join(FOLDER, 'recorded'), RECORDED)))
  const analytics = createAnalytics({ model: lacking(model, without), sources, cacheBytes: 1_000_000, clock: fixedClock(NOW_MS), maxGroups: 10_000 })
  const ask: SmallSaas['ask'] = (metric, { start = '2025-01-01', end = NOW, grain = 'month', cohort, by, where, allowEstimates = false } = {}) => {
    const keys: readonly GroupKey[] = by === undefined ? [] : [{ kind: 'dimension', dimension: by }]
    return analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal }).metric({
      metric, predicate: where ?? (cohort === undefined ? { kind: 'all' } : { kind: 'cohort', cohort }), period: periodOf(model, start, end), grain, by: keys, allowEstimates,
    })
  }
  return {
    model, analytics, ask,
    async series(metric, options) {
      const [group] = (await ask(metric, options)).groups
      return (group?.cells ?? []).map(shown)
    },
    async close() {
      for (const { source } of sources.values()) await source.close()
      rmSync(stateFolder, { recursive: true, force: true })
    },
  }
}

export function periodOf({ calendar }: Model, start: string, end: string): Period {
  return resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs: NOW_MS, calendar })
}

/** As the gateway has it where a folder lacks a file. */
function lacking(model: Model, tables: readonly string[]): Model {
  const semanticModels = [...model.semanticModels].map(([name, one]) => {
    const reads = 'table' in one.relation ? [one.relation.table] : one.relation.tables
    return [name, reads.some((table) => tables.includes(table)) ? { ...one, source: 'no file yet' } : one] as const
  })
  return { ...model, semanticModels: new Map(semanticModels) }
}

function typed(columns: Readonly<Record<string, ReadType>>): ReadOptions {
  return { ...DEFAULT_READ_OPTIONS, columns: Object.entries(columns).map(([name, type]) => ({ name, type, format: null, required: false, unique: false, min: null, values: null })) }
}

const RECORDED: ReadonlyMap<string, ReadOptions> = new Map([
  ['recorded_costs', typed({ id: 'text', date: 'date', type: 'text', amount: 'decimal', currency: 'text', channel: 'text', description: 'text' })],
  ['recorded_revenue', typed({ id: 'text', date: 'date', type: 'text', amount: 'decimal', currency: 'text', customer_id: 'text', channel: 'text', description: 'text' })],
])
