import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { printSchema } from 'graphql'
import { loadModel } from '../src/model/load-model.ts'
import { readModelFiles } from '../src/model/read-model-files.ts'
import { buildSchema } from './build-schema.ts'

const HEADER = '# The schema of the demo company, printed from its model: `npm run build && node dist/schema/print-schema.js`.\n\n'
const PACKS = ['saas.yml', 'product.yml', 'satisfaction.yml', 'delivery.yml', 'demo.yml']

/** The root of the package, from its sources as well as from `dist`. */
function packageRoot(): string {
  const here = import.meta.dirname
  return dirname(here).endsWith('dist') ? join(here, '..', '..') : dirname(here)
}

/** Where the printed schema is kept. */
export function schemaFile(): string {
  return join(packageRoot(), 'schema', 'schema.graphql')
}

/** The schema of the demo model as text. @throws Error naming the model's problems, if it has any. */
export async function printDemoSchema(): Promise<string> {
  const loaded = loadModel(await readModelFiles(PACKS.map((pack) => join(packageRoot(), 'models', pack)), 'demo'))
  if (!loaded.ok) throw new Error(loaded.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'))
  return `${HEADER}${printSchema(buildSchema(loaded.model)).trimEnd()}\n`
}

async function main(flags: readonly string[]): Promise<number> {
  const unknown = flags.filter((flag) => flag !== '--check')
  if (unknown.length > 0) {
    console.error(`print-schema knows only --check, not ${unknown.join(' ')}.`)
    return 2
  }
  const text = await printDemoSchema()
  if (!flags.includes('--check')) {
    writeFileSync(schemaFile(), text)
    return 0
  }
  if (readFileSync(schemaFile(), 'utf8') === text) return 0
  console.error('schema/schema.graphql is not what the demo model prints. Run: npm run build && node dist/schema/print-schema.js')
  return 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main(process.argv.slice(2))
