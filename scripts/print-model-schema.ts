import { readFile, writeFile } from 'node:fs/promises'
import { modelJsonSchema } from '../src/model/model-file.ts'

/** Writes models/schema.json, the JSON Schema of model files; with `--check` only says whether it is current (exit 1: stale). */
const target = new URL('../models/schema.json', import.meta.url)
const text = `${JSON.stringify(modelJsonSchema(), null, 2)}\n`
if (process.argv.includes('--check')) {
  const current = await readFile(target, 'utf8').catch(() => '')
  if (current !== text) {
    process.stderr.write('models/schema.json is stale. Run: npm exec -- node scripts/print-model-schema.ts\n')
    process.exitCode = 1
  }
} else {
  await writeFile(target, text)
}
