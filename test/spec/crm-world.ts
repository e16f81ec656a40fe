import { fileURLToPath } from 'node:url'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { SyncSource } from '../../connectors/sync-contract.ts'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Cell, MetricAnswer } from '../../src/answer/types.ts'
import type { Clock } from '../../src/base/clock.ts'
import type { Grain } from '../../src/base/grain.ts'
import { silentLog } from '../../src/base/log.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { sinceOf } from '../../src/cli/open-tools.ts'
import { LANDED_SOURCE } from '../../src/cli/own-sources.ts'
import { createSyncs } from '../../src/jobs/sync/create-syncs.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import type { Model } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { NOBODY } from './sync-world.ts'

/** A tool that was synced into the embedded engine, and its pack. */
export interface CrmWorld {
  readonly model: Model
  /** Syncs again. */
  sync(): Promise<void>
  /** By bucket; amounts as exact digits, the rest as numbers. `grain` null takes the period as one. */
  series(metric: string, start: string, end: string, grain?: Grain | null): Promise<readonly (string | number | null)[]>
  /** By month, with what else is told of them. */
  cells(metric: string, start: string, end: string): Promise<readonly Cell[]>
  /** Of the period as one, by the values of a dimension. */
  by(metric: string, dimension: string, start: string, end: string): Promise<Readonly<Record<string, string | number | null>>>
  close(): Promise<void>
}

/** @param since a day, from which on the tool is wanted; null for all of it. */
export async function openCrm(connector: string, source: SyncSource, clock: Clock, since: string | null = null): Promise<CrmWorld> {
  const nowUtcMs = clock.nowMs()
  const opened = openLanding(LANDED_SOURCE, { memoryLimit: '256MB', threads: 2 }, { log: silentLog, stateFolder: '' })
  const syncs = createSyncs({
    sources: [{ name: 'crm', connector, source, settings: { sinceUtcMs: sinceOf({ since: since ?? undefined }), streams: null, personal: 'keep', hashKey: null } }],
    landing: opened.landing, clock, log: silentLog, forgotten: NOBODY,
  })
  const sync = async (): Promise<void> => {
    await syncs.start({ source: 'crm', full: false, streams: null })
    const { streams } = await syncs.settled('crm')
    const failed = streams.filter(({ state, quarantined }) => state !== 'whole' || quarantined > 0)
    if (failed.length > 0) throw new Error(JSON.stringify(failed))
  }
  await sync()

  const files = await readModelFiles([fileURLToPath(new URL(`../../models/${connector}.yml`, import.meta.url))], 'crm')
  const loaded = loadModel(files, { knownSources: ['crm', LANDED_SOURCE], landed: { source: LANDED_SOURCE, from: new Set(['crm']) } })
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const { model } = loaded
  const analytics = createAnalytics({ model, sources: new Map([[LANDED_SOURCE, { source: opened.source, connector: 'duckdb', nowUtcMs, wantedFromUtcMs: () => sinceOf({ since: since ?? undefined }) }]]), cacheBytes: 1_000_000, clock, maxGroups: 1_000 })
  const ask = (metric: string, start: string, end: string, grain: Grain | null, by: readonly GroupKey[]): Promise<MetricAnswer> =>
    analytics
      .session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      .metric({ metric, predicate: { kind: 'all' }, period: resolvePeriod({ between: { start, end } }, { zone: 'UTC', nowUtcMs, calendar: model.calendar }), grain, by, allowEstimates: false })
  return {
    model,
    sync,
    async series(metric, start, end, grain = 'month') {
      const [group] = (await ask(metric, start, end, grain, [])).groups
      return (group?.cells ?? []).map(shown)
    },
    async cells(metric, start, end) {
      return (await ask(metric, start, end, 'month', [])).groups[0]?.cells ?? []
    },
    async by(metric, dimension, start, end) {
      const { groups, unavailable } = await ask(metric, start, end, null, [{ kind: 'dimension', dimension }])
      if (unavailable) throw new Error(JSON.stringify(unavailable))
      return Object.fromEntries(groups.map(({ values, cells }) => [String(values[0]), cells[0] === undefined ? null : shown(cells[0])]))
    },
    async close() {
      await syncs.close()
      await opened.source.close()
    },
  }
}

function shown({ exact, value }: Cell): string | number | null {
  return exact ?? value
}
