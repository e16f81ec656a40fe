// First of all: on a Node that is too old this says what to do and ends the process.
import './check-node.cjs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from './build.mjs'

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')

// `npm start` puts a shell between npm and this process. npm passes a SIGTERM on to that shell only, which dies of it and
// leaves its child running (measured: npm 11, dash 0.5.12), so losing the parent counts as the signal.
const parent = process.ppid
const watch = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(watch)
  process.kill(process.pid, 'SIGTERM')
}, 250)
watch.unref()

try {
  await build()
} catch (error) {
  console.error(error.message)
  process.exit(1)
}

// The server runs in this very process, so that its exit code, its terminal and all other signals need no passing on.
const bin = join(packageRoot, 'bin', 'kpiql.cjs')
process.argv = [process.execPath, bin, 'serve', ...process.argv.slice(2)]
await import(pathToFileURL(bin).href)
