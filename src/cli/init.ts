import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { QuerySource, TableStatistics } from '../../connectors/contract.ts'
import { proposeModel } from '../../connectors/propose-model.ts'
import { KpiqlError } from '../base/errors.ts'
import { openOne, setupWith } from './one-source.ts'
import { showProgress } from './progress.ts'
import { nameFor } from './read-setup.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface InitFlags {
  readonly data?: string
  readonly source?: string
  readonly config?: string
  readonly out?: string
  readonly force?: boolean
}

/**
 * Looks at the tables of a folder of files, or of a source of the configuration, and writes a model to edit. For a folder
 * `kpiql.yml` and `kpiql.config.yml`; for a source `<source>.kpiql.yml` beside the configuration. What is there is kept unless
 * forced, and found out before the data is looked at.
 */
export async function init(flags: InitFlags, world: World): Promise<number> {
  if (flags.data !== undefined && flags.source === undefined) return ofFolder(flags.data, flags, world)
  if (flags.source !== undefined && flags.data === undefined) return ofSource(flags.source, flags, world)
  throw new KpiqlError('USAGE', { message: 'Say what to look at: a folder of files, or a source of the configuration.', hint: 'kpiql init --data DIR, or kpiql init --source NAME' })
}

async function ofFolder(data: string, { out = data, force = false }: InitFlags, world: World): Promise<number> {
  const [folder, target] = [resolve(world.cwd, data), resolve(world.cwd, out)]
  const [modelFile, configFile] = [join(target, 'kpiql.yml'), join(target, 'kpiql.config.yml')]
  if (!force) await refuseTaken([modelFile, configFile], world)
  const text = await propose('main', { connector: 'duckdb', options: { folder } }, 'The data folder holds no CSV, Parquet, JSON or NDJSON file.', 'Name the folder that holds the files.', world)
  await write([[modelFile, text], [configFile, configFor(folder, target)]], force, world)
  const config = nameFor(configFile, world.cwd)
  world.err.write(`Edit the model, then: kpiql check --config ${config} --data && kpiql serve --config ${config}\n`)
  return EXIT.ok
}

async function ofSource(name: string, { config, out, force = false }: InitFlags, world: World): Promise<number> {
  const { sources, modelFolder, kind } = await setupWith(name, { config }, world)
  const configured = sources.get(name)
  if (configured === undefined || kind !== 'config') throw new KpiqlError('USAGE', { message: 'The demo company has its model already.', hint: 'Name a source of a configuration.' })
  const modelFile = join(out === undefined ? modelFolder : resolve(world.cwd, out), `${name}.kpiql.yml`)
  if (!force) await refuseTaken([modelFile], world)
  const text = await propose(name, configured, `The source "${name}" has no table that can be read.`, 'Grant its user the right to read tables, or name the schema that holds them.', world)
  await write([[modelFile, text]], force, world)
  world.err.write(`Edit it and name it in the configuration under model: [./${relative(modelFolder, modelFile)}]. Then: kpiql check --data\n`)
  return EXIT.ok
}

/** A model as YAML. @throws KpiqlError `USAGE` with `message` and `hint` for a source without tables; `SOURCE_*`. */
async function propose(name: string, configured: Parameters<typeof openOne>[1], message: string, hint: string, world: World): Promise<string> {
  const progress = showProgress(world.err, 'Looking at the data')
  const source = await openOne(name, configured, world, progress)
  try {
    const tables = await source.discover()
    if (tables.length === 0) throw new KpiqlError('USAGE', { message, hint })
    const statistics = await statisticsOf(source, tables.map((table) => table.name), world)
    progress.end(`Looked at ${tables.length} ${tables.length === 1 ? 'table' : 'tables'}: ${tables.map((table) => table.name).join(', ')}.`)
    return proposeModel(tables, statistics, { source: name, dialect: source.dialect.name })
  } finally {
    await source.close()
  }
}

/** One after the other, since a source may have thousands. A table whose statistics cannot be had is proposed by its names alone. */
async function statisticsOf(source: QuerySource, tables: readonly string[], world: World): Promise<ReadonlyMap<string, TableStatistics>> {
  const statistics = new Map<string, TableStatistics>()
  for (const table of tables) {
    try {
      statistics.set(table, await source.statistics(table))
    } catch (error) {
      if (!(error instanceof KpiqlError)) throw error
      world.err.write(`${table}: ${error.message}\n`)
    }
  }
  return statistics
}

async function write(files: readonly (readonly [path: string, text: string])[], force: boolean, world: World): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { flag: force ? 'w' : 'wx' })
    world.err.write(`Wrote ${nameFor(path, world.cwd)}\n`)
  }
}

function configFor(folder: string, target: string): string {
  return `# What the gateway serves. Every setting: docs/guides/configuration.md
model: [kpiql.yml]
sources:
  main:
    connector: duckdb
    folder: ${JSON.stringify(relative(target, folder) || '.')}
`
}

async function refuseTaken(paths: readonly string[], { cwd }: World): Promise<void> {
  const taken: string[] = []
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) taken.push(nameFor(path, cwd))
  }
  if (taken.length > 0) throw new KpiqlError('USAGE', { message: `${taken.join(' and ')} ${taken.length === 1 ? 'is' : 'are'} there already.`, hint: 'Overwrite with --force, or write elsewhere with --out DIR.' })
}
