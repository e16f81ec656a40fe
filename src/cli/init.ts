import { mkdir, writeFile } from 'node:fs/promises'
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
 * Reads a folder of files and writes `kpiql.yml` (a model to edit) and `kpiql.config.yml` beside them. Both are written or
 * neither; what is there is kept unless forced.
 */
export async function init({ data, out = data, force = false }: InitFlags, world: World): Promise<number> {
  const [folder, target] = [resolve(world.cwd, data), resolve(world.cwd, out)]
  const entry = world.roster['duckdb']
  if (entry?.proposeModel === undefined) throw new KpiqlError('USAGE', { message: 'This build has no connector that proposes models.' })
  const [connector, proposeModel] = await Promise.all([entry.load(), entry.proposeModel()])

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
    await writeNew([[join(target, 'kpiql.yml'), proposeModel(tables, statistics)], [join(target, 'kpiql.config.yml'), configFor(folder, target)]], force, world)
  } finally {
    await source.close()
  }
  const config = nameFor(join(target, 'kpiql.config.yml'), world.cwd)
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

/** All files are claimed before the first is written, so that a refusal leaves nothing half done. */
async function writeNew(files: readonly (readonly [path: string, text: string])[], force: boolean, world: World): Promise<void> {
  const { access } = await import('node:fs/promises')
  const taken: string[] = []
  if (!force) {
    for (const [path] of files) {
      const isThere = await access(path).then(() => true, () => false)
      if (isThere) taken.push(nameFor(path, world.cwd))
    }
  }
  if (taken.length > 0) throw new KpiqlError('USAGE', { message: `${taken.join(' and ')} ${taken.length === 1 ? 'is' : 'are'} there already.`, hint: 'Overwrite with --force, or write elsewhere with --out DIR.' })
  for (const [path, text] of files) {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' })
    world.err.write(`Wrote ${nameFor(path, world.cwd)}\n`)
  }
}
