import type { QuerySource, Verdict } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import type { Log } from '../base/log.ts'
import { ProblemsFound } from './problems-found.ts'
import type { Progress } from './progress.ts'
import { readSetup } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import { toolDeps } from './tool-deps.ts'
import type { World } from './world.ts'

/** A connection of the configuration, whatever it is for. */
export interface OneConnection {
  readonly kind: 'query' | 'sync' | 'activate'
  readonly connector: string
  readonly options: Readonly<Record<string, unknown>>
  readonly secrets: readonly string[]
  /** Opens it, keeping nothing between starts; only warnings and errors are logged. The caller closes it. @param tables those that a model reads. */
  open(tables: readonly string[]): Promise<{ test(): Promise<Verdict>; close(): Promise<void> }>
}

/** A source, a synced tool or a destination of the configuration. @throws KpiqlError `USAGE` naming what there is. */
export async function connectionNamed(name: string, setup: Setup, world: World): Promise<OneConnection> {
  const { config: { synced, destinations }, sources } = setup
  const log = quietLog(world)
  const query = sources.get(name)
  if (query !== undefined) {
    const secrets = (await world.roster[query.connector]?.load?.())?.secrets ?? []
    return { kind: 'query', ...query, secrets, open: (tables) => openOne(name, query, world, null, tables) }
  }
  const tool = synced.get(name)
  const loadedTool = await world.roster[tool?.connector ?? '']?.loadSync?.()
  if (tool !== undefined && loadedTool !== undefined) return { kind: 'sync', ...tool, secrets: loadedTool.secrets, open: () => Promise.resolve(loadedTool.open(name, loadedTool.options.parse(tool.options), toolDeps(log))) }
  const target = destinations.get(name)
  const loadedTarget = await world.roster[target?.connector ?? '']?.loadActivation?.()
  if (target !== undefined && loadedTarget !== undefined) return { kind: 'activate', ...target, secrets: loadedTarget.secrets, open: () => Promise.resolve(loadedTarget.open(name, loadedTarget.options.parse(target.options), toolDeps(log))) }
  throw unknown(name, [...sources.keys(), ...synced.keys(), ...destinations.keys()])
}

function unknown(source: string, names: readonly string[]): KpiqlError {
  return new KpiqlError('USAGE', { message: `There is no source "${source.slice(0, 100)}" in the configuration.`, hint: names.length === 0 ? 'Add it under sources.' : `Configured: ${names.join(', ')}.` })
}

function quietLog(world: World): Log {
  return createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) })
}

/**
 * The setup of a command about one source of the configuration, which needs no model.
 *
 * @throws ProblemsFound with every fault of the configuration; KpiqlError `USAGE` naming the sources there are.
 */
export async function setupWith(source: string, flags: { readonly config?: string | undefined }, world: World): Promise<Setup> {
  const setup = await readSetup({ config: flags.config }, world, false)
  if (setup.problems.length > 0) throw new ProblemsFound(setup.problems)
  if (setup.sources.has(source)) return setup
  throw unknown(source, [...setup.sources.keys()])
}

/** Opens a connector by its options, keeping nothing between starts; only warnings and errors are logged. The caller closes it. @param tables those that a model reads. */
export async function openOne(name: string, { connector, options }: { readonly connector: string; readonly options: Readonly<Record<string, unknown>> }, world: World, progress: Progress | null, tables: readonly string[] = []): Promise<QuerySource> {
  const entry = world.roster[connector]
  if (entry?.load === undefined) throw new KpiqlError('USAGE', { message: `This build has no connector "${connector}".` })
  const loaded = await entry.load()
  return loaded.open(name, loaded.options.parse(options), { log: quietLog(world), tables, stateFolder: '', onProgress: (done, what) => progress?.tell(done, what) })
}
