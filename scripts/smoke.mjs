// Installs the packed package into an empty folder, as a user would, and asks the started server one question.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'kpiql-smoke-'))
let server = null

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: folder, encoding: 'utf8', ...options })
  if (done.error) throw done.error
  return done
}

function must(condition, message) {
  if (!condition) throw new Error(message)
}

async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

async function until(what, seconds, attempt) {
  const end = Date.now() + seconds * 1000
  let last
  while (Date.now() < end) {
    try {
      return await attempt()
    } catch (error) {
      last = error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  throw new Error(`${what} did not happen within ${seconds} s: ${last?.message}`)
}

async function ask(url, query) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(20_000),
  })
  const answer = await response.json()
  must(response.status === 200 && !answer.errors, `The answer was ${response.status} ${JSON.stringify(answer).slice(0, 400)}`)
  return answer.data
}

try {
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root })
  must(packed.status === 0, `npm pack failed: ${packed.stderr}`)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  must(tarball, 'npm pack left no tarball.')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'smoke', private: true, allowScripts: { node: true } }))
  const installed = run('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', 'node@24', `./${tarball}`])
  must(installed.status === 0, `npm install failed: ${installed.stderr}`)

  // The machine's own Node may be too old for KPIQL: then the command says so in one line.
  const old = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' })
  if (old.status === 0 && Number(old.stdout.slice(1).split('.')[0]) < 22) {
    const refused = spawnSync('/usr/bin/node', [join('node_modules', 'kpiql', 'bin', 'kpiql.cjs'), 'serve'], { cwd: folder, encoding: 'utf8' })
    const lines = refused.stderr.trim().split('\n')
    must(refused.status === 1 && lines.length === 1 && /22\.19/.test(lines[0]), `An old Node is not refused in one line: ${refused.stderr}`)
    console.log(`Node ${old.stdout.trim()} is refused in one line.`)
  }

  // A small company made by the package itself, so that the smoke run stays short.
  const made = run('npx', ['kpiql', 'demo', '--customers', '300', '--events', '20000', '--out', 'company'])
  must(made.status === 0, `kpiql demo failed: ${made.stderr}`)
  const port = await freePort()
  server = spawn('npx', ['kpiql', 'serve', '--port', String(port), '--data', 'company'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let errors = ''
  server.stderr.on('data', (chunk) => (errors += chunk))
  const url = `http://127.0.0.1:${port}`
  const data = await until('The first answer', 60, () => {
    must(server.exitCode === null, `The server ended: ${errors}`)
    return ask(url, '{ slice(period: { last: { count: 1, unit: MONTH } }) { metric(name: MRR) { value quality } } }')
  })
  must(data.slice.metric.value > 0 && data.slice.metric.quality === 'ACTUAL', `MRR is ${JSON.stringify(data)}`)
  const health = await fetch(`${url}/healthz`)
  must(health.status === 200, `/healthz answered ${health.status}`)
  const explorer = await fetch(`${url}/explorer/`)
  must(explorer.status === 200 && /KPIQL/.test(await explorer.text()), `/explorer/ answered ${explorer.status}`)
  console.log(`The packed server answered: ${JSON.stringify(data)}`)
} finally {
  if (server?.pid && server.exitCode === null) {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    process.kill(-server.pid, 'SIGTERM')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 15_000))])
  }
  rmSync(folder, { recursive: true, force: true })
}
