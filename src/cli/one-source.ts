import type { QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { ProblemsFound } from './problems-found.ts'
import type { Progress } from './progress.ts'
import { readSetup } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import type { World } from './world.ts'

/**
 * The setup of a command about one source of the configuration, which needs no model.
 *
 * @throws ProblemsFound with every fault of the configuration; KpiqlError `USAGE` naming the sources there are.
 */
export async function setupWith(source: string, flags: { readonly config?: string | undefined }, world: World): Promise<Setup> {
  const setup = await readSetup({ config: flags.config }, world, false)
  if (setup.problems.length > 0) throw new ProblemsFound(setup.problems)
  if (setup.sources.has(source)) return setup
  const names = [...setup.sources.keys()].join(', ')
  throw new KpiqlError('USAGE', { message: `There is no source "${source.slice(0, 100)}" in the configuration.`, hint: names === '' ? 'Add it under sources.' : `Configured: ${names}.` })
}

/** Opens a connector by its options, keeping nothing between starts; only warnings and errors are logged. The caller closes it. @param tables those that a model reads. */
export async function openOne(name: string, { connector, options }: { readonly connector: string; readonly options: Readonly<Record<string, unknown>> }, world: World, progress: Progress | null, tables: readonly string[] = []): Promise<QuerySource> {
  const entry = world.roster[connector]
  if (entry?.load === undefined) throw new KpiqlError('USAGE', { message: `This build has no connector "${connector}".` })
  const loaded = await entry.load()
  const log = createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) })
  return loaded.open(name, loaded.options.parse(options), { log, tables, stateFolder: '', onProgress: (done, what) => progress?.tell(done, what) })
}
