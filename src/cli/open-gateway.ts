import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { QuerySource, TableHints } from '../../connectors/contract.ts'
import { HistoryKeeper } from '../answer/history-keeper.ts'
import { RollupRegistry } from '../answer/known-rollups.ts'
import { QueryLog } from '../answer/query-log.ts'
import { ScanHistory } from '../answer/scan-history.ts'
import { systemClock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { noTelemetry } from '../base/telemetry.ts'
import type { Telemetry } from '../base/telemetry.ts'
import type { Served } from '../http/served.ts'
import { keepRollups } from '../jobs/rollups/rollup-keeper.ts'
import type { RollupKeeper } from '../jobs/rollups/types.ts'
import { unusedRollups } from '../jobs/rollups/unused-rollups.ts'
import type { Jobs } from '../jobs/types.ts'
import { loadModel } from '../model/load-model.ts'
import type { ModelFile } from '../model/load-model.ts'
import type { Model } from '../model/types.ts'
import type { Problem } from '../model/problem.ts'
import type { PlanContext } from '../plan/rows.ts'
import { guardOptions } from '../sources/guard-options.ts'
import { guardSource } from '../sources/guard-source.ts'
import { lazyStore } from '../store/lazy-store.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { SourceConfig } from './config/parse-config.ts'
import { fileTables } from './file-tables.ts'
import type { FileTable, MissingTable } from './file-tables.ts'
import { cacheShares } from './cache-shares.ts'
import { activationProblems, closeUnusedActivations, openActivations } from './open-activations.ts'
import type { GatewayActivations } from './open-activations.ts'
import { closeUnusedTools, openGatewayTools } from './gateway-tools.ts'
import type { GatewayTools } from './gateway-tools.ts'
import { ProblemsFound } from './problems-found.ts'
import { showProgress } from './progress.ts'
import { readModel } from './read-model.ts'
import type { Setup } from './read-setup.ts'
import { openSharedState, sourceIdentity } from './shared-state.ts'
import type { SharedState } from './shared-state.ts'
import { LANDED_SOURCE, STORE_SOURCE } from './own-sources.ts'
import { storeFeed } from './store-feed.ts'
import type { World } from './world.ts'

/** An open source, and what it was opened with. */
export interface OpenSource {
  readonly source: QuerySource
  readonly connector: string
  readonly nowUtcMs: number | null
  /** Equal keys mean that the source can be used for both. */
  readonly key: string
  readonly stateFolder: string
  /** What other instances call it too; null where nothing is shared, and for what only this instance has. */
  readonly sharedAs: string | null
  readonly whenMissing?: string | undefined
  readonly wantedFromUtcMs?: ((table: string) => number | null) | undefined
}

/** A model that can answer. */
export interface Gateway extends Served {
  readonly setup: Setup
  readonly store: LazyStore
  readonly sources: ReadonlyMap<string, OpenSource>
  /** Null where nothing is synced. */
  readonly tools: GatewayTools | null
  /** Null where the model declares none, and none is left of one that did. */
  readonly rollups: RollupKeeper | null
  /** Null where nothing is to be logged; notes nothing before it is started. */
  readonly queryLog: QueryLog | null
  /** What statements took; reads and writes nothing before it is started. */
  readonly history: HistoryKeeper
  /** Null where cohorts are sent nowhere. */
  readonly activations: GatewayActivations | null
  /** Null for an instance that is alone. Stays as it was at the start. */
  readonly shared: SharedState | null
  readonly warnings: readonly Problem[]
  /** Tables without a file; those of packs are optional, since a company need not have them all. */
  readonly missing: readonly { readonly problem: Problem; readonly optional: boolean }[]
  /** Closes the sources; safe to call twice. */
  close(): Promise<void>
}

/**
 * Loads the model of a setup, opens its sources and builds the schema. Sources are lazy: no data is touched yet.
 *
 * @param previous a gateway whose sources are taken over where nothing about them changed. What it no longer needs is the
 * caller's to close, with `closeUnused`.
 * @throws ProblemsFound with every fault of configuration and model.
 */
export async function openGateway(setup: Setup, world: World, log: Log, previous: Gateway | null = null, telemetry: Telemetry = noTelemetry): Promise<Gateway> {
  const [{ buildSchema }, { createAnalytics }, read] = await Promise.all([import('../../schema/build-schema.ts'), import('../answer/analytics.ts'), readModel(setup, world)])
  const problems = [...setup.problems, ...read.problems]
  if (read.model === null || problems.length > 0) throw new ProblemsFound(problems)

  const unknown = activationProblems(setup, read.model)
  if (unknown.length > 0) throw new ProblemsFound(unknown)

  const { model, tables, missing } = await fileTables(read.model, setup.sources)
  const shared = previous === null ? await openSharedState(setup.config.cache, log) : previous.shared
  const sources = new Map<string, OpenSource>()
  for (const [name, config] of setup.sources) sources.set(name, await openSource(name, config, { files: tables.get(name) ?? null, tables: tablesOf(model, name), hints: hintsOf(model, name), shared }, setup, world, log, previous, telemetry))
  const store = previous?.store.file === setup.storeFile ? previous.store : lazyStore(setup.storeFile, systemClock)
  if ([...model.semanticModels.values()].some(({ source }) => source === STORE_SOURCE)) sources.set(STORE_SOURCE, await openStoreSource(store, sources, world, log, previous))
  const tools = await openGatewayTools(setup, store, world, log, previous?.tools ?? null, shared !== null, telemetry)
  if (tools !== null) sources.set(LANDED_SOURCE, tools.source)
  for (const [name, { source }] of sources) if (previous?.sources.get(name)?.source !== source) telemetry.sourceState(name, 'closed')
  const registry = new RollupRegistry()
  const queryLog = queryLogOf(setup, store, log)
  const history = new ScanHistory()
  const historyKeeper = historyKeeperOf(history, store, log)
  const analytics = createAnalytics({
    rollups: registry,
    model,
    sources,
    cacheBytes: cacheShares(setup.config.cache.maxBytes).reads,
    clock: systemClock,
    maxGroups: setup.config.limits.maxGroups,
    maxRowsScanned: setup.config.limits.maxRowsScanned,
    maxPushedMembers: setup.config.limits.maxPushedMembers,
    telemetry,
    shared: shared?.cache ?? null,
    collect: { windowMs: setup.config.cache.collectMs, behind: setup.config.cache.collectBehind },
    readLog: queryLog,
    history,
  })
  const rollups = model.rollups.length === 0 && ![...sources.values()].some(({ source }) => source.rollups?.mayKeep()) ? null : keepRollups({ model, sources, registry, planning: analytics.planning, maxBytes: setup.config.rollups.maxBytes, unused: unusedOf(setup, store, model, analytics.planning), log, telemetry })
  const activations = await openActivations(setup, store, { model, analytics }, world, log, previous?.activations ?? null)
  tools?.syncs.whenForgotten(() => analytics.clear())
  return {
    setup,
    model,
    schema: buildSchema(model),
    analytics,
    store,
    sources,
    tools,
    rollups,
    queryLog,
    history: historyKeeper,
    activations,
    jobs: jobsOf(tools, activations),
    receiveHook: tools?.syncs.syncs.receive,
    shared,
    warnings: read.warnings,
    missing: graded(missing, read.packFiles),
    async close() {
      await Promise.all([tools?.syncs.close(), activations?.close(), rollups?.close(), queryLog?.close(), historyKeeper.close()])
      await shared?.close()
      await Promise.all([...sources.values()].map(({ source }) => source.close()))
      await store.close()
    },
  }
}

function queryLogOf({ config: { queryLog } }: Setup, store: LazyStore, log: Log): QueryLog | null {
  if (queryLog === false) return null
  return new QueryLog({ clock: systemClock, log, keep: async (tallies) => (await store.open()).queryLog.add(tallies, queryLog.keepDays, systemClock.nowMs()) })
}

/** Absent where nothing is noted by which it could be told. */
function unusedOf({ config: { rollups, queryLog } }: Setup, store: LazyStore, model: Model, planning: () => Promise<PlanContext>): (() => Promise<ReadonlySet<string>>) | undefined {
  if (rollups.dropUnusedDays === null || queryLog === false) return undefined
  return unusedRollups({ days: rollups.dropUnusedDays, keepDays: queryLog.keepDays, declared: model.rollups, planning, log: async () => (await store.openIfThere())?.queryLog ?? null, clock: systemClock })
}

function historyKeeperOf(history: ScanHistory, store: LazyStore, log: Log): HistoryKeeper {
  return new HistoryKeeper({
    history,
    log,
    read: async () => (await store.openIfThere())?.observed.all() ?? [],
    keep: async (entries) => (await store.open()).observed.put(entries, systemClock.nowMs()),
  })
}

function jobsOf(tools: GatewayTools | null, activations: GatewayActivations | null): Jobs | undefined {
  if (tools === null && activations === null) return undefined
  return { syncs: tools?.syncs.syncs ?? null, activations: activations?.engine ?? null, identities: () => tools?.syncs.identities.statuses() ?? Promise.resolve([]) }
}

function graded(missing: readonly MissingTable[], packFiles: readonly ModelFile[]): Gateway['missing'] {
  if (missing.length === 0) return []
  const packs = loadModel(packFiles, { source: 'pack' }).model?.semanticModels
  return missing.map(({ semanticModel, problem }) => ({ problem, optional: packs?.has(semanticModel) ?? false }))
}

/** Closes the sources, and the store, of a gateway that the one after it does not use. */
export async function closeUnused(previous: Gateway, next: Gateway): Promise<void> {
  await Promise.all([previous.rollups?.close(), previous.queryLog?.close(), previous.history.close()])
  await Promise.all([closeUnusedTools(previous.tools, next.tools), closeUnusedActivations(previous.activations, next.activations)])
  const used = new Set([...next.sources.values()].map(({ source }) => source))
  await Promise.all([...previous.sources.values()].filter(({ source }) => !used.has(source)).map(({ source }) => source.close()))
  if (previous.store !== next.store) await previous.store.close()
}

/** What people record is as old as the data it is put beside: it declares the earliest present of the other sources, where all declare one. */
async function openStoreSource(store: LazyStore, others: ReadonlyMap<string, OpenSource>, world: World, log: Log, previous: Gateway | null): Promise<OpenSource> {
  const presents = [...others.values()].map(({ nowUtcMs }) => nowUtcMs)
  const known = presents.filter((present) => present !== null)
  const nowUtcMs = known.length > 0 && known.length === presents.length ? Math.min(...known) : null
  const before = previous?.sources.get(STORE_SOURCE)
  if (before?.key === store.file && previous?.store === store) return { ...before, nowUtcMs }

  const [openFeed] = Object.values(world.roster).flatMap((entry) => entry.openFeed ?? [])
  if (openFeed === undefined) throw new KpiqlError('CONFIG_INVALID', { message: `This build has no engine for the source "${STORE_SOURCE}".` })
  const source = (await openFeed())(STORE_SOURCE, storeFeed(store), { log: log.child({ source: STORE_SOURCE }), stateFolder: '' })
  return { source, connector: 'store', nowUtcMs, key: store.file, stateFolder: '', sharedAs: null }
}

/** What a source is told besides its options. */
interface Told {
  /** Null for sources that know their own tables. */
  readonly files: readonly FileTable[] | null
  readonly tables: readonly string[]
  readonly hints: ReadonlyMap<string, TableHints>
  readonly shared: SharedState | null
}

/** Names of the tables of a source that the model reads, sorted. */
export function tablesOf(model: Model, source: string): readonly string[] {
  const own = [...model.semanticModels.values()].filter((semanticModel) => semanticModel.source === source)
  return [...new Set(own.flatMap(({ relation }) => ('table' in relation ? [relation.table] : relation.tables)))].sort()
}

/** By table; where several semantic models speak of one, the first that says something is heard. */
function hintsOf(model: Model, source: string): ReadonlyMap<string, TableHints> {
  const hints = new Map<string, TableHints>()
  for (const { source: own, relation, refreshKey, watermark } of model.semanticModels.values()) {
    if (own !== source || !('table' in relation) || (refreshKey === null && watermark === null)) continue
    const before = hints.get(relation.table)
    hints.set(relation.table, { refreshKey: before?.refreshKey ?? refreshKey?.sql ?? null, watermark: before?.watermark ?? watermark?.sql ?? null })
  }
  return hints
}

async function openSource(name: string, config: SourceConfig, { files, tables, hints, shared }: Told, setup: Setup, world: World, log: Log, previous: Gateway | null, telemetry: Telemetry): Promise<OpenSource> {
  const options = files === null ? config.options : { ...config.options, tables: files }
  const guard = config.guard ?? guardOptions.parse({})
  const key = JSON.stringify([config.connector, options, tables, [...hints], guard])
  const known = previous?.sources.get(name)
  if (known !== undefined && known.key === key) return known

  const entry = world.roster[config.connector]
  if (entry?.load === undefined) throw new KpiqlError('CONFIG_INVALID', { message: `There is no connector "${config.connector}".` })
  const connector = await entry.load()
  const stateFolder = freeStateFolder(name, config, setup, previous)
  const ownLog = log.child({ source: name })
  const sharedAs = shared === null ? null : await sourceIdentity(config.connector, options)
  const looks = sharedAs === null ? undefined : shared?.looksOf(sharedAs)
  const bare = connector.open(name, connector.options.parse(options), { log: ownLog, hints, tables, looks, stateFolder, onProgress: reporter(name, world) })
  const source = guardSource(bare, guard, { telemetry, log: ownLog })
  return { source, connector: config.connector, nowUtcMs: config.now === null ? null : presentOf(config.now), key, stateFolder, sharedAs }
}

/** One folder a source and its data; another beside it while the source before, which still answers, holds the first. */
function freeStateFolder(name: string, { connector, options }: SourceConfig, { stateFolder }: Setup, previous: Gateway | null): string {
  const data = createHash('sha256').update(JSON.stringify([connector, options['folder'], options['database']])).digest('hex').slice(0, 8)
  const base = join(stateFolder, 'state', `${name}-${data}`)
  const taken = new Set([...(previous?.sources.values() ?? [])].map((open) => open.stateFolder))
  let folder = base
  for (let generation = 2; taken.has(folder); generation++) folder = `${base}-${generation}`
  return folder
}

function presentOf(now: string): number {
  return Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(now) ? `${now}T00:00:00Z` : now)
}

/** Loads that are over at once are not worth a line. */
function reporter(name: string, { err }: World): (done: number, what: string) => void {
  let progress: ReturnType<typeof showProgress> | null = null
  let begunMs = 0
  return (done, what) => {
    begunMs ||= performance.now()
    if (done < 1 && performance.now() - begunMs < 300) return
    if (done >= 1) {
      progress?.end(`Loaded ${name} in ${((performance.now() - begunMs) / 1000).toFixed(1)} s.`)
      progress = null
      begunMs = 0
      return
    }
    progress ??= showProgress(err, `Loading ${name}`)
    progress.tell(done, what)
  }
}

/** One line on what is served: `41 metrics, 30 dimensions, 6 cohorts (saas, demo)`. */
export function summaryOf({ model, setup }: Gateway): string {
  const count = (size: number, one: string): string => `${size} ${one}${size === 1 ? '' : 's'}`
  const names = setup.model.map(({ use }) => basename(use)).join(', ')
  return `${count(model.metrics.size, 'metric')}, ${count(model.dimensions.size, 'dimension')}, ${count(model.cohorts.size, 'cohort')} (${names})`
}
