import { access, mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { showProgress } from './progress.ts'
import { nameFor } from './read-setup.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface InitFlags {
  readonly data: string
  readonly out?: string
  readonly force?: boolean
}

/**
 * Reads a folder of files and writes `kpiql.yml` (a model to edit) and `kpiql.config.yml` beside them. What is there is kept
 * unless forced, and found out before the data is looked at.
 */
export async function init({ data, out = data, force = false }: InitFlags, world: World): Promise<number> {
  const [folder, target] = [resolve(world.cwd, data), resolve(world.cwd, out)]
  const entry = world.roster['duckdb']
  if (entry?.proposeModel === undefined) throw new KpiqlError('USAGE', { message: 'This build has no connector that proposes models.' })
  const [connector, proposeModel] = await Promise.all([entry.load(), entry.proposeModel()])

  const [modelFile, configFile] = [join(target, 'kpiql.yml'), join(target, 'kpiql.config.yml')]
  if (!force) await refuseTaken([modelFile, configFile], world)
  const log = createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) })
  const progress = showProgress(world.err, 'Looking at the data')
  // Nothing is kept: the model to come may read the files differently.
  const source = connector.open('main', connector.options.parse({ folder }), { log, stateFolder: '', onProgress: (done, what) => progress.tell(done, what) })
  try {
    const tables = await source.discover()
    if (tables.length === 0) throw new KpiqlError('USAGE', { message: 'The data folder holds no CSV, Parquet, JSON or NDJSON file.', hint: 'Name the folder that holds the files.' })
    const statistics = new Map(await Promise.all(tables.map(async ({ name }) => [name, await source.statistics(name)] as const)))
    progress.end(`Looked at ${tables.length} ${tables.length === 1 ? 'table' : 'tables'}: ${tables.map(({ name }) => name).join(', ')}.`)
    await mkdir(target, { recursive: true })
    for (const [path, text] of [[modelFile, proposeModel(tables, statistics)], [configFile, configFor(folder, target)]] as const) {
      await writeFile(path, text, { flag: force ? 'w' : 'wx' })
      world.err.write(`Wrote ${nameFor(path, world.cwd)}\n`)
    }
  } finally {
    await source.close()
  }
  const config = nameFor(configFile, world.cwd)
  world.err.write(`Edit the model, then: kpiql check --config ${config} --data && kpiql serve --config ${config}\n`)
  return EXIT.ok
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
