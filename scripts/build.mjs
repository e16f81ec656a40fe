import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * The parts of `dist`. Run-time files that are not TypeScript (models, printed schema, operations) are read from the
 * package root and need no part.
 */
const parts = [
  {
    name: 'server',
    verb: 'Compiled',
    sources: ['src', 'schema', 'connectors', 'demo', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    isSource: (path) => !path.endsWith('.graphql') && !path.endsWith('.test.ts') && !path.endsWith('.md'),
    outputs: ['src', 'schema', 'connectors', 'demo'],
    command: ['typescript', 'tsc', '-p', 'tsconfig.build.json'],
  },
  {
    name: 'explorer',
    verb: 'Bundled',
    sources: ['explorer', 'schema/operations', 'package-lock.json'],
    isSource: () => true,
    outputs: ['explorer'],
    command: ['vite', 'vite', 'build', 'explorer', '--config', 'explorer/vite.config.ts', '--logLevel', 'warn'],
  },
]

/**
 * Brings `dist` up to date with its sources; one line on stderr for each part built, none for a part that is current.
 *
 * A part is stale when any of its sources was added, removed or changed (by path and content, so that a fresh checkout
 * or a copied folder is judged rightly whatever its file times) since it was built, or when its first output is missing. A stale part is removed before it is built, so nothing of a deleted source stays.
 *
 * @param {{ force?: boolean }} [options] `force` builds every part.
 * @returns {Promise<readonly string[]>} The names of the parts built; empty when all were current.
 * @throws Error naming the part and the exit code when its compiler fails; its stamp is not written, so the next build tries again.
 */
export async function build({ force = false } = {}) {
  const built = []
  for (const part of parts) {
    const stampFile = join(packageRoot, 'dist', `.${part.name}-stamp`)
    const stamp = fingerprint(part)
    if (!force && isCurrent(part, stampFile, stamp)) continue

    const begunMs = performance.now()
    rmSync(stampFile, { force: true })
    for (const output of part.outputs) rmSync(join(packageRoot, 'dist', output), { recursive: true, force: true })
    await run(part)
    mkdirSync(dirname(stampFile), { recursive: true })
    writeFileSync(stampFile, stamp)
    built.push(part.name)
    console.error(`${part.verb} the ${part.name} in ${((performance.now() - begunMs) / 1000).toFixed(1)} s`)
  }
  return built
}

function isCurrent(part, stampFile, stamp) {
  return (
    existsSync(stampFile) &&
    existsSync(join(packageRoot, 'dist', part.outputs[0])) &&
    readFileSync(stampFile, 'utf8') === stamp
  )
}

function fingerprint(part) {
  const hash = createHash('sha256')
  for (const source of part.sources)
    for (const path of filesUnder(join(packageRoot, source)))
      if (part.isSource(path)) {
        hash.update(`${relative(packageRoot, path)}\0`).update(readFileSync(path)).update('\0')
      }
  return hash.digest('hex')
}

function filesUnder(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

async function run({ name, command: [packageName, bin, ...args] }) {
  const home = join(packageRoot, 'node_modules', packageName)
  if (!existsSync(home)) throw new Error(`The ${name} cannot be built: the package ${packageName} is not installed. Run: npm ci`)
  const script = join(home, JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).bin[bin])
  // A compiler's output goes to stderr, so that a command's own stdout stays clean for pipes.
  const child = spawn(process.execPath, [script, ...args], { cwd: packageRoot, stdio: ['ignore', 2, 2] })
  const ended = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
  if (ended !== 0) throw new Error(`The ${name} did not build: ${bin} ended with ${ended}.`)
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const unknown = process.argv.slice(2).filter((flag) => flag !== '--force')
  if (unknown.length > 0) {
    console.error(`build knows only --force, not ${unknown.join(' ')}.`)
    process.exit(2)
  }
  try {
    const built = await build({ force: process.argv.includes('--force') })
    if (built.length === 0) console.error('The build is current.')
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
