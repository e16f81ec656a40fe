// First of all: on a Node that is too old this says what to do and ends the process.
import './check-node.cjs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from './build.mjs'

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')

try {
  await build()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

// The server runs in this very process, so that signals, the exit code and the terminal are its own.
const bin = join(packageRoot, 'bin', 'kpiql.cjs')
process.argv = [process.execPath, bin, 'serve', ...process.argv.slice(2)]
await import(pathToFileURL(bin).href)
