import { resolve } from 'node:path'
import { parseModelSource } from '../../model/model-source.ts'
import type { ModelSource } from '../../model/model-source.ts'
import { suggest } from '../../model/problem.ts'
import type { Problem } from '../../model/problem.ts'
import { guardOptions } from '../../sources/guard-options.ts'
import type { GuardOptions } from '../../sources/guard-options.ts'
import type { Roster } from '../roster.ts'
import { checkOptions } from './check-options.ts'
import { configSchema } from './config-schema.ts'
import type { ConfigData } from './config-schema.ts'
import { sourceSync } from './sync-schema.ts'
import type { SourceSync } from './sync-schema.ts'
import { expandEnvironment } from './expand-environment.ts'
import { strangeTables } from './identity-schema.ts'

/** A configuration as it was found. `name` is how problems call it, `folder` what its relative paths start from. */
export interface ConfigFile {
  readonly name: string
  readonly text: string
  readonly folder: string
}

/** One line of `model`: a pack, or a path (file, folder, glob); `source` is where its tables are read unless they say. */
export interface ModelEntry {
  readonly use: string
  readonly source: string | null
}

export interface SourceConfig {
  readonly connector: string
  /** For the connector's own schema; paths are absolute. */
  readonly options: Readonly<Record<string, unknown>>
  /** The present that the source declares, as ISO text; null for the clock's. */
  readonly now: string | null
  /** Null for the defaults. */
  readonly guard?: GuardOptions | null
}

/** A tool whose records are copied before they are asked. */
export interface SyncedConfig {
  readonly connector: string
  readonly options: Readonly<Record<string, unknown>>
  readonly sync: SourceSync
}

/** A connector and its options; paths are absolute. */
export interface ConnectorConfig {
  readonly connector: string
  readonly options: Readonly<Record<string, unknown>>
}

export interface Config extends Omit<ConfigData, 'model' | 'sources' | 'destinations'> {
  readonly model: readonly ModelEntry[] | null
  /** Those that answer where their data lives. */
  readonly sources: ReadonlyMap<string, SourceConfig> | null
  readonly synced: ReadonlyMap<string, SyncedConfig>
  /** Where synced sources land; null for the embedded engine. */
  readonly landing: ConnectorConfig | null
  readonly destinations: ReadonlyMap<string, ConnectorConfig>
  /** All that are named, those with faults included, so that the model is not blamed for them. */
  readonly sourceNames: readonly string[]
}

/**
 * Reads a configuration and checks it to the last option of the last source.
 *
 * @param file null gives the defaults.
 * @returns Problems in the order of the file; with any, what could not be read is left out of `config` or at its default.
 */
export async function parseConfig(file: ConfigFile | null, env: Readonly<Record<string, string | undefined>>, roster: Roster): Promise<{ readonly config: Config; readonly problems: readonly Problem[] }> {
  if (file === null) return { config: { ...configSchema.parse({}), model: null, sources: null, synced: new Map(), landing: null, destinations: new Map(), sourceNames: [] }, problems: [] }

  const { source, problems: syntax } = parseModelSource(file.name, file.text, null)
  const expanded = expandEnvironment(source, env)
  const problems: Problem[] = [...syntax, ...expanded.problems]
  const data = expanded.data ?? {}
  const checked = checkOptions(configSchema, data, source, [], expanded.wholes)
  problems.push(...checked.problems)

  const config = checked.value ?? configSchema.parse({})
  const place: Place = { file, source, wholes: expanded.wholes, roster }
  const sources = new Map<string, SourceConfig>()
  const synced = new Map<string, SyncedConfig>()
  for (const [name, value] of Object.entries(partsOf(checked.input, 'sources'))) {
    const read = await readSource(name, value, place)
    problems.push(...read.problems)
    if (read.config !== null) sources.set(name, read.config)
    if (read.synced !== null) synced.set(name, read.synced)
  }
  const destinations = new Map<string, ConnectorConfig>()
  for (const [name, value] of Object.entries(partsOf(checked.input, 'destinations'))) {
    const { connector, ...options } = value
    const read = await readConnector(['destinations', name], connector, options, 'loadActivation', place)
    problems.push(...read.problems)
    if (read.config !== null) destinations.set(name, read.config)
  }
  const into = config.sync.into
  const landed = into === undefined ? null : await readLanding(into, place)
  problems.push(...(landed?.problems ?? []), ...unknownDestinations(config, partsOf(checked.input, 'destinations'), place), ...missingHashKey(config, synced, place), ...strangeTables(config.identity, toolsAmong(checked.input, place), source))
  return {
    config: { ...config, model: entriesOf(readable(checked.input)), sources: sources.size === 0 && synced.size === 0 ? null : sources, synced, landing: landed?.config ?? null, destinations, sourceNames: Object.keys(partsOf(checked.input, 'sources')) },
    problems: [...problems].sort((a, b) => a.line - b.line || a.column - b.column),
  }
}

interface Place {
  readonly file: ConfigFile
  readonly source: ModelSource
  readonly wholes: ReadonlySet<string>
  readonly roster: Roster
}

interface ReadSource {
  readonly config: SourceConfig | null
  readonly synced: SyncedConfig | null
  readonly problems: readonly Problem[]
}

async function readSource(name: string, value: Readonly<Record<string, unknown>>, place: Place): Promise<ReadSource> {
  const { connector, guard, sync, ...options } = value
  const isSynced = typeof connector === 'string' && Object.hasOwn(place.roster, connector) && place.roster[connector]?.loadSync !== undefined
  const read = await readConnector(['sources', name], connector, options, isSynced ? 'loadSync' : 'load', place)
  if (read.config === null) return { config: null, synced: null, problems: read.problems }
  if (isSynced) return { config: null, synced: { ...read.config, sync: sourceSync.catch(sourceSync.parse({})).parse(sync ?? {}) }, problems: [] }
  if (sync !== undefined) return { config: null, synced: null, problems: [place.source.problem(['sources', name, 'sync'], `The connector "${String(connector)}" answers where its data lives; there is nothing to sync.`, 'Remove `sync`.')] }
  const { now } = options
  return { config: { ...read.config, now: typeof now === 'string' ? now : null, guard: guardOptions.nullable().catch(null).parse(guard ?? null) }, synced: null, problems: [] }
}

type Door = 'load' | 'loadSync' | 'loadLanding' | 'loadActivation'

const FOR: Readonly<Record<Door, string>> = { load: '', loadSync: '', loadLanding: ' that synced records can land in', loadActivation: ' that cohorts can be sent to' }

interface ReadConnector {
  readonly config: ConnectorConfig | null
  readonly problems: readonly Problem[]
}

/** A connector of the kind asked for, with its options checked. */
async function readConnector(at: readonly string[], connector: unknown, options: Readonly<Record<string, unknown>>, door: Door, place: Place): Promise<ReadConnector> {
  if (typeof connector !== 'string') return { config: null, problems: [] } // the outer check has said so
  const load = Object.hasOwn(place.roster, connector) ? place.roster[connector]?.[door] : undefined
  if (load === undefined) {
    const fitting = Object.entries(place.roster).flatMap(([name, entry]) => ((door === 'load' ? (entry.load ?? entry.loadSync) : entry[door]) === undefined ? [] : [name]))
    return { config: null, problems: [place.source.problem([...at, 'connector'], `There is no connector "${connector}"${FOR[door]}.`, suggest(connector, fitting))] }
  }
  const { options: schema, paths, secrets } = await load()
  const checked = checkOptions(schema, withPaths(options, paths, place), place.source, at, place.wholes, secrets)
  return checked.value === null ? { config: null, problems: checked.problems } : { config: { connector, options: checked.input as Record<string, unknown> }, problems: [] }
}

/** Where records land is a connection of its own: it writes, which sources never do. */
function readLanding({ connector, ...options }: { readonly connector: string; readonly [option: string]: unknown }, place: Place): Promise<ReadConnector> {
  return readConnector(['sync', 'into'], connector, options, 'loadLanding', place)
}

/** Relative paths start from the file's folder. */
function withPaths(options: Readonly<Record<string, unknown>>, paths: readonly string[], { file }: Place): Readonly<Record<string, unknown>> {
  const absolute = { ...options }
  for (const option of paths) {
    const path = absolute[option]
    if (typeof path === 'string' && path !== '') absolute[option] = resolve(file.folder, path)
  }
  return absolute
}

function unknownDestinations({ activations }: ConfigData, destinations: Readonly<Record<string, unknown>>, { source }: Place): readonly Problem[] {
  return activations.flatMap(({ destination }, index) => (Object.hasOwn(destinations, destination) ? [] : [source.problem(['activations', index, 'destination'], `There is no destination "${destination}".`, suggest(destination, Object.keys(destinations)))]))
}

function missingHashKey({ sync }: ConfigData, synced: ReadonlyMap<string, SyncedConfig>, { source }: Place): readonly Problem[] {
  if (sync.hashKey !== undefined) return []
  const hashing = [...synced].find(([, { sync: { personal } }]) => (typeof personal === 'string' ? [personal] : Object.values(personal)).includes('hash'))
  return hashing === undefined ? [] : [source.problem(['sources', hashing[0], 'sync', 'personal'], 'Personal columns are hashed with a key, and there is none.', 'Set `sync: { hashKey: ${NAME} }`, at least 16 characters, and keep it: another key makes other values.')]
}

function partsOf(data: unknown, part: 'sources' | 'destinations'): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const found = isMap(data) ? data[part] : undefined
  return isMap(found) ? Object.fromEntries(Object.entries(found).filter((entry): entry is [string, Record<string, unknown>] => isMap(entry[1]))) : {}
}

/** The model of a configuration that may have faults elsewhere, so that the faults of both can be told in one run. */
function readable(data: unknown): ConfigData['model'] {
  const model = configSchema.shape.model.safeParse(isMap(data) ? data['model'] : undefined)
  return model.success ? model.data : undefined
}

/** Names of sources that are synced, those with faults included. */
function toolsAmong(input: unknown, { roster }: Place): readonly string[] {
  return Object.entries(partsOf(input, 'sources')).flatMap(([name, { connector }]) => (typeof connector === 'string' && Object.hasOwn(roster, connector) && roster[connector]?.loadSync !== undefined ? [name] : []))
}

function entriesOf(model: ConfigData['model']): readonly ModelEntry[] | null {
  if (model === undefined) return null
  return (Array.isArray(model) ? model : [model]).map((entry) => (typeof entry === 'string' ? { use: entry, source: null } : { use: entry.use, source: entry.source ?? null }))
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
