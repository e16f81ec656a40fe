import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { loadModel } from '../model/load-model.ts'
import { readModelFiles } from '../model/read-model-files.ts'
import { parseConfig } from './config/parse-config.ts'
import type { Config, ConfigFile, ModelEntry, SourceConfig } from './config/parse-config.ts'
import { DEMO_PACKS, dayAfter, presentOfDemo, recogniseFolder } from './data-folder.ts'
import { problemOf } from './problems-found.ts'
import { LANDED_SOURCE, STORE_SOURCE } from './own-sources.ts'
import { boundToTool, packNames, packsOfTools } from './pack-names.ts'
import type { World } from './world.ts'
import type { Problem } from '../model/problem.ts'

/** Flags that decide what is served; the same for every command that asks the model. */
export interface SetupFlags {
  readonly config?: string | undefined
  /** A folder of data; wins over the sources and the model of the configuration. */
  readonly data?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
}

/** What is to be served, checked and complete; nothing of it is opened yet. */
export interface Setup {
  /** `demo`: the company is made when it is not there yet. */
  readonly kind: 'demo' | 'folder' | 'config'
  readonly config: Config
  readonly model: readonly ModelEntry[]
  /** Paths of the model start here. */
  readonly modelFolder: string
  readonly sources: ReadonlyMap<string, SourceConfig>
  /** Absolute; holds what connectors keep between starts. */
  readonly stateFolder: string
  /** Absolute; holds what was synced. Unlike the state folder never a copy's own. */
  readonly landingFolder: string
  /** Absolute; the file of what the gateway itself keeps. */
  readonly storeFile: string
  /** Folder of the demo company; null for other kinds. */
  readonly demoFolder: string | null
  /** Faults of flags, environment and configuration; with any, the setup is for finding more faults only. */
  readonly problems: readonly Problem[]
}

const CONFIG_NAME = 'kpiql.config.yml'

/**
 * Finds the configuration and completes it: flags win over the environment (`PORT`, `HOST`, `KPIQL_CONFIG`), that over the
 * file, that over the defaults. Reads the configuration file and looks at the names in a data folder; nothing else is touched.
 *
 * @param needsModel whether sources without a model are a fault.
 * @returns With every fault of the configuration. @throws KpiqlError `USAGE` for a configuration or folder that is not there.
 */
export async function readSetup(flags: SetupFlags, world: World, needsModel = true): Promise<Setup> {
  const file = await findConfig(flags, world)
  const parsed = await parseConfig(file, world.env, world.roster)
  const problems: Problem[] = [...parsed.problems]
  const config = withOverrides(parsed.config, flags, world, problems)
  const stateFolder = resolve(file?.folder ?? world.cwd, config.stateFolder)
  const storeFile = config.store.path === undefined ? join(stateFolder, 'store.db') : resolve(file?.folder ?? world.cwd, config.store.path)

  if (flags.data !== undefined) return { ...(await folderSetup(resolve(world.cwd, flags.data), world)), config, stateFolder, landingFolder: stateFolder, storeFile, problems }
  if (file === null || (config.sources === null && config.model === null && problems.length === 0)) return { ...(await demoSetup(join(stateFolder, 'demo'))), config, stateFolder, landingFolder: stateFolder, storeFile, problems }

  const sources = config.sources ?? new Map<string, SourceConfig>()
  if (problems.length === 0 && (needsModel || config.model !== null)) problems.push(...unmatched(config, [...sources.keys(), ...config.synced.keys(), ...(config.synced.size > 0 ? [LANDED_SOURCE] : [])], file))
  const packs = config.synced.size === 0 ? [] : await packNames(world.packageRoot)
  const model = config.model?.map((entry) => boundToTool(entry, config.synced)) ?? packsOfTools(config.synced, packs)
  return { kind: 'config', config, model, modelFolder: file.folder, sources, stateFolder, landingFolder: stateFolder, storeFile, demoFolder: null, problems }
}

function unmatched(config: Config, sources: readonly string[], file: ConfigFile): readonly Problem[] {
  const problem = (message: string, hint: string): Problem => ({ file: file.name, line: 1, column: 1, path: '', message, hint })
  if (config.sources === null) return [problem('There is a model but no `sources` to read.', 'Add a source, such as: sources: { main: { connector: duckdb, folder: ./data } }')]
  if (config.model === null && config.synced.size > 0) return []
  if (config.model === null) return [problem('There are sources but no `model`.', 'Name packs, files or folders, such as: model: [saas], or propose one with: kpiql init --source NAME')]
  return config.model.flatMap(({ use, source }) =>
    source === null || sources.includes(source) ? [] : [problem(`The model "${use}" is bound to the source "${source}", which is not configured.`, `Configured: ${sources.join(', ')}.`)],
  )
}

async function findConfig(flags: SetupFlags, { cwd, env }: World): Promise<ConfigFile | null> {
  const asked = flags.config ?? (env['KPIQL_CONFIG'] || undefined)
  const path = resolve(cwd, asked ?? CONFIG_NAME)
  try {
    return { name: nameFor(path, cwd), text: await readFile(path, 'utf8'), folder: dirname(path) }
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (missing && asked === undefined) return null
    throw new KpiqlError('USAGE', { message: `The configuration ${asked ?? CONFIG_NAME} ${missing ? 'is not there' : 'cannot be read'}.`, hint: 'Check --config or KPIQL_CONFIG.', cause })
  }
}

/** How problems call a file: as a person in `cwd` would. */
export function nameFor(path: string, cwd: string): string {
  const near = relative(cwd, path)
  return near === '' ? basename(path) : near.startsWith('..') ? path : near
}

function withOverrides(config: Config, flags: SetupFlags, { env }: World, problems: Problem[]): Config {
  const host = flags.host ?? (env['HOST'] || undefined) ?? config.server.host
  const asked = flags.port ?? (env['PORT'] || undefined)
  let { port } = config.server
  if (asked !== undefined) {
    const number = /^\d{1,5}$/.test(asked) ? Number(asked) : Number.NaN
    if (number <= 65_535) port = number
    else problems.push(problemOf('server.port', `${flags.port === undefined ? 'The variable PORT' : '--port'} is no port number: ${asked.slice(0, 20)}.`, 'Ports are 0 to 65535; 0 takes any that is free.'))
  }
  return { ...config, server: { ...config.server, host, port } }
}

type Served = Pick<Setup, 'kind' | 'model' | 'modelFolder' | 'sources' | 'demoFolder'>

async function folderSetup(folder: string, { roster }: World): Promise<Served> {
  if (!Object.hasOwn(roster, 'duckdb')) throw new KpiqlError('USAGE', { message: 'This build has no connector for files.' })
  const found = await recogniseFolder(folder)
  const now = found.kind === 'packs' ? found.now : null
  const name = found.kind === 'own' ? await sourceNamedIn(found.paths) : 'data'
  const model = found.kind === 'own' ? found.paths.map((use) => ({ use, source: null })) : found.packs.map((use) => ({ use, source: name }))
  return { kind: 'folder', model, modelFolder: folder, sources: new Map([[name, filesIn(folder, now)]]), demoFolder: null }
}

/** A model that stands beside its data may name its only source; the folder then goes by that name. */
async function sourceNamedIn(paths: readonly string[]): Promise<string> {
  const { model } = loadModel(await readModelFiles(paths))
  const names = new Set([...(model?.semanticModels.values() ?? [])].map(({ source }) => source).filter((source) => source !== '' && source !== STORE_SOURCE))
  const [only] = names
  return names.size === 1 && only !== undefined ? only : 'data'
}

async function demoSetup(folder: string): Promise<Served> {
  const now = (await presentOfDemo(folder)) ?? dayAfter((await import('../../demo/generate.ts')).DEMO_DEFAULTS.until)
  const model = DEMO_PACKS.map((use) => ({ use, source: 'demo' }))
  return { kind: 'demo', model, modelFolder: folder, sources: new Map([['demo', filesIn(folder, now)]]), demoFolder: folder }
}

function filesIn(folder: string, now: string | null): SourceConfig {
  return { connector: 'duckdb', options: { folder, ...(now === null ? {} : { now }) }, now }
}
