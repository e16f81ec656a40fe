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
import { expandEnvironment } from './expand-environment.ts'

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

export interface Config extends Omit<ConfigData, 'model' | 'sources'> {
  readonly model: readonly ModelEntry[] | null
  readonly sources: ReadonlyMap<string, SourceConfig> | null
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
  if (file === null) return { config: { ...configSchema.parse({}), model: null, sources: null, sourceNames: [] }, problems: [] }

  const { source, problems: syntax } = parseModelSource(file.name, file.text, null)
  const expanded = expandEnvironment(source, env)
  const problems: Problem[] = [...syntax, ...expanded.problems]
  const data = expanded.data ?? {}
  const checked = checkOptions(configSchema, data, source, [], expanded.wholes)
  problems.push(...checked.problems)

  const config = checked.value ?? configSchema.parse({})
  const sources = new Map<string, SourceConfig>()
  for (const [name, value] of Object.entries(sourcesOf(checked.input))) {
    const read = await readSource(name, value, { file, source, wholes: expanded.wholes, roster })
    problems.push(...read.problems)
    if (read.config !== null) sources.set(name, read.config)
  }
  return {
    config: { ...config, model: entriesOf(readable(checked.input)), sources: sources.size === 0 ? null : sources, sourceNames: Object.keys(sourcesOf(checked.input)) },
    problems: [...problems].sort((a, b) => a.line - b.line || a.column - b.column),
  }
}

interface Place {
  readonly file: ConfigFile
  readonly source: ModelSource
  readonly wholes: ReadonlySet<string>
  readonly roster: Roster
}

async function readSource(name: string, value: Readonly<Record<string, unknown>>, place: Place): Promise<{ readonly config: SourceConfig | null; readonly problems: readonly Problem[] }> {
  const { connector, guard, ...options } = value
  if (typeof connector !== 'string') return { config: null, problems: [] } // the outer check has said so
  const entry = Object.hasOwn(place.roster, connector) ? place.roster[connector] : undefined
  if (entry?.load === undefined) {
    return { config: null, problems: [place.source.problem(['sources', name, 'connector'], `There is no connector "${connector}".`, suggest(connector, Object.keys(place.roster)))] }
  }
  const { options: schema, paths, secrets } = await entry.load()
  const absolute = { ...options }
  for (const option of paths) {
    const path = absolute[option]
    if (typeof path === 'string' && path !== '') absolute[option] = resolve(place.file.folder, path)
  }
  const checked = checkOptions(schema, absolute, place.source, ['sources', name], place.wholes, secrets)
  if (checked.value === null) return { config: null, problems: checked.problems }
  const { now } = options
  return { config: { connector, options: checked.input as Record<string, unknown>, now: typeof now === 'string' ? now : null, guard: guardOptions.nullable().catch(null).parse(guard ?? null) }, problems: [] }
}

function sourcesOf(data: unknown): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  if (!isMap(data) || !isMap(data['sources'])) return {}
  return Object.fromEntries(Object.entries(data['sources']).filter((entry): entry is [string, Record<string, unknown>] => isMap(entry[1])))
}

/** The model of a configuration that may have faults elsewhere, so that the faults of both can be told in one run. */
function readable(data: unknown): ConfigData['model'] {
  const model = configSchema.shape.model.safeParse(isMap(data) ? data['model'] : undefined)
  return model.success ? model.data : undefined
}

function entriesOf(model: ConfigData['model']): readonly ModelEntry[] | null {
  if (model === undefined) return null
  return (Array.isArray(model) ? model : [model]).map((entry) => (typeof entry === 'string' ? { use: entry, source: null } : { use: entry.use, source: entry.source ?? null }))
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
