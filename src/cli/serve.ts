import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { systemClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import type { Log } from '../base/log.ts'
import { keepOldSpaceSmall, keepYoungSpaceSmall } from '../base/small-heap.ts'
import { noTelemetry } from '../base/telemetry.ts'
import type { KpiqlApp } from '../http/app.ts'
import type { ForgetAsk, ForgetReport } from '../jobs/forget/types.ts'
import type { SyncStatus } from '../jobs/types.ts'
import type { UsageReport } from '../jobs/own-telemetry/types.ts'
import type { Metrics } from '../http/metrics.ts'
import { standBack } from '../http/stand-back.ts'
import type { HttpSettings } from '../http/served.ts'
import { formatProblem } from '../model/problem.ts'
import { lazyStore } from '../store/lazy-store.ts'
import { cacheShares } from './cache-shares.ts'
import { checkSources } from './check-sources.ts'
import { listenControl } from './control/listen-control.ts'
import type { Control } from './control/listen-control.ts'
import { demoCompanyExists, makeDemoCompany } from './demo-company.ts'
import { followSync } from './follow-sync.ts'
import type { SyncOrder } from './follow-sync.ts'
import { accessSettings, describeAccess, refuseUnguarded } from './guard.ts'
import { closeUnusedTools } from './gateway-tools.ts'
import { closeUnused, openGateway, summaryOf } from './open-gateway.ts'
import type { Gateway } from './open-gateway.ts'
import { ProblemsFound } from './problems-found.ts'
import { nameFor, readSetup } from './read-setup.ts'
import type { Setup, SetupFlags } from './read-setup.ts'
import { STORE_SOURCE } from './own-sources.ts'
import { toolDeps } from './tool-deps.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

/**
 * Serves until a signal stops it. `SIGHUP` reads the configuration and the model again and changes them under the running
 * server; the address, access, the limits and the cache size stay as they were at the start.
 *
 * @param onListening told the base address once requests are accepted.
 * @returns The exit code.
 * @throws ProblemsFound before listening, with every fault of configuration and model; KpiqlError for the rest.
 */
export async function serve(flags: SetupFlags, world: World, onListening: (address: string) => void = () => {}): Promise<number> {
  keepOldSpaceSmall()
  const startedMs = performance.now()
  const setup = await readSetup(flags, world)
  standBack(setup.config.server.niceness)
  const log = createLog({ ...setup.config.log, format: setup.config.log.format ?? (world.err.isTTY ? 'text' : 'json'), write: batched((text) => void world.err.write(text)) })
  if (setup.problems.length === 0) await guard(setup, world)
  if (setup.demoFolder !== null && setup.problems.length === 0 && !(await demoCompanyExists(setup.demoFolder))) {
    await refuseTakenPort(setup)
    await makeDemoCompany(setup.demoFolder, world)
  }
  const metrics = await metricsOf(setup)
  const [{ createApp }, settings, gateway] = await Promise.all([import('../http/app.ts'), httpSettings(setup, metrics, log, world), openGateway(setup, world, log, null, metrics?.telemetry)])
  const app = await createApp(gateway, settings, log)
  const server: Running = { app, gateway, settings, control: null, reloading: Promise.resolve() }
  await listenForCommands(server, log)
  const leaveYoungSpace = keepYoungSpaceSmall()
  try {
    const address = await app.listen(setup.config.server.host, setup.config.server.port)
    announce(address, gateway, settings, performance.now() - startedMs, world)
    onListening(address)
    gateway.tools?.syncs.start()
    gateway.activations?.start()
    gateway.queryLog?.start()
    void gateway.history.start()
    gateway.rollups?.start(setup.config.rollups.everySeconds * 1000)
    reportSources(gateway, log)
    return await untilStopped(server, flags, log, world)
  } finally {
    leaveYoungSpace()
    await server.control?.close()
    await app.stop(0)
    await settings.usage?.close()
    await server.gateway.close()
  }
}

/**
 * Lines of one turn of the event loop are written at once: a busy server would otherwise spend more on telling than on answering.
 * What is left when the process ends is written then.
 */
function batched(write: (text: string) => void): (line: string) => void {
  let waiting = ''
  const flush = (): void => {
    const text = waiting
    waiting = ''
    if (text !== '') write(text)
  }
  process.once('exit', flush)
  return (line) => {
    if (waiting === '') setImmediate(flush)
    waiting += line
  }
}

interface Running {
  readonly app: KpiqlApp
  readonly settings: HttpSettings
  gateway: Gateway
  /** Null while nothing is synced, and where another gateway listens. */
  control: Control | null
  /** Reloads go one after the other. */
  reloading: Promise<void>
}

async function untilStopped(server: Running, flags: SetupFlags, log: Log, world: World): Promise<number> {
  const { signals } = world
  const reload = (): void => {
    server.reloading = server.reloading.then(() => reloadModel(server, flags, log, world))
  }
  const { graceMs } = server.gateway.setup.config.server
  const { promise: stop, resolve: stopped } = Promise.withResolvers<NodeJS.Signals>()
  const stopping = (['SIGTERM', 'SIGINT'] as const).map((signal) => [signal, () => stopped(signal)] as const)
  for (const [signal, heard] of stopping) signals.on(signal, heard)
  signals.on('SIGHUP', reload)

  const signal = await stop
  const atOnce = (): void => world.exit(EXIT.failed)
  for (const [name, heard] of stopping) {
    signals.off(name, heard)
    signals.on(name, atOnce)
  }
  log.info({ signal, graceMs }, 'Stopping: requests under way are finished, a second signal ends at once')
  await server.app.stop(graceMs)
  await server.reloading
  signals.off('SIGHUP', reload)
  for (const [name] of stopping) signals.off(name, atOnce)
  log.info({}, 'Stopped')
  return EXIT.ok
}

async function reloadModel(server: Running, flags: SetupFlags, log: Log, world: World): Promise<void> {
  const previous = server.gateway
  try {
    const next = await openGateway(await readSetup(flags, world), world, log, previous, server.settings.telemetry)
    // A reading that goes on beside one of the new syncs would commit over it.
    await closeUnusedTools(previous.tools, next.tools)
    const gone = server.app.swap(next)
    server.gateway = next
    log.info({ definitionVersion: next.model.version, metrics: next.model.metrics.size }, 'Model reloaded')
    reportSources(next, log)
    await Promise.all([gone, listenForCommands(server, log)])
    await closeUnused(previous, next)
    next.tools?.syncs.start()
    next.activations?.start()
    next.queryLog?.start()
    void next.history.start()
    next.rollups?.start(next.setup.config.rollups.everySeconds * 1000)
  } catch (error) {
    // The old model keeps answering.
    if (error instanceof ProblemsFound) log.error({ problems: error.problems.map(formatProblem) }, 'Model not reloaded: it has faults')
    else log.error({ error }, 'Model not reloaded')
  }
}

/** Commands of this machine that only the process which holds the landing can do. */
async function listenForCommands(server: Running, log: Log): Promise<void> {
  const { stateFolder, config: { synced } } = server.gateway.setup
  if (server.control !== null || synced.size === 0) return
  try {
    server.control = await listenControl(stateFolder, { sync: (order, tell, signal) => syncAsked(server.gateway, order as SyncOrder, tell, signal), forget: (ask) => forgetAsked(server.gateway, ask as ForgetAsk) }, log)
    if (server.control === null) log.warn({ stateFolder }, 'Another gateway runs on this state folder: it answers the commands')
  } catch (error) {
    log.error({ stateFolder, error }, 'Commands of this machine, such as kpiql sync, cannot reach this gateway')
  }
}

async function syncAsked({ tools }: Gateway, order: SyncOrder, tell: (news: unknown) => void, signal: AbortSignal): Promise<readonly SyncStatus[]> {
  if (tools === null) throw new KpiqlError('SYNC_UNKNOWN', { message: 'The running gateway syncs nothing.', hint: 'Its configuration may have changed: send it SIGHUP.' })
  return followSync(tools.syncs.syncs, order, tell, signal)
}

async function forgetAsked({ tools, model }: Gateway, ask: ForgetAsk): Promise<ForgetReport> {
  if (tools === null) throw new KpiqlError('SYNC_UNKNOWN', { message: 'The running gateway syncs nothing.', hint: 'Its configuration may have changed: send it SIGHUP.' })
  return tools.syncs.forget(ask, [...model.semanticModels.values()])
}

/** Looks at the data behind the model while requests are answered already; what is found goes to the log. */
function reportSources(gateway: Gateway, log: Log): void {
  for (const warning of [...gateway.warnings, ...gateway.missing.map(({ problem }) => problem)]) log.warn({ problem: formatProblem(warning) }, 'The model and the data do not match')
  checkSources(gateway).then(
    ({ problems, quarantined }) => {
      for (const problem of problems) log.warn({ problem: formatProblem(problem) }, 'The model and the data do not match')
      for (const [source, rows] of quarantined) log.warn({ source, rows }, 'Rows that did not fit are in quarantine: see `catalog { sources { quarantine { total } } }`')
      if (problems.length === 0) log.info({ sources: gateway.sources.size }, 'Sources checked')
    },
    (error: unknown) => log.error({ error }, 'Sources could not be checked'),
  )
}

async function metricsOf({ config: { server } }: Setup): Promise<Metrics | null> {
  return server.metrics === 'off' ? null : (await import('../http/metrics.ts')).createMetrics()
}

async function httpSettings(setup: Setup, metrics: Metrics | null, log: Log, world: World): Promise<HttpSettings> {
  const { config: { server, limits, cache } } = setup
  const { env, packageRoot } = world
  const development = env['NODE_ENV'] !== 'production'
  const { formatError } = await import('../../schema/format-error.ts')
  const landing = server.landing ?? development
  return {
    access: accessSettings(setup, world),
    telemetry: metrics?.telemetry ?? noTelemetry,
    usage: await usageOf(setup, log),
    metrics: metrics && { ...metrics, open: server.metrics === 'open' },
    deadlineMs: server.deadlineMs,
    bodyLimitBytes: server.bodyLimit,
    keptAnswersBytes: cacheShares(cache.maxBytes).answers,
    corsOrigins: server.cors,
    introspection: server.introspection ?? development,
    landing,
    landingDocument: landing ? await firstOperation(packageRoot) : null,
    explorerFolder: server.explorer ? join(packageRoot, 'dist', 'explorer') : null,
    limits,
    requestTimeoutMs: server.requestTimeoutMs,
    headersTimeoutMs: server.headersTimeoutMs,
    formatError,
  }
}

/** Off by default. */
async function usageOf({ config: { telemetry } }: Setup, log: Log): Promise<UsageReport | undefined> {
  if (telemetry === undefined) return undefined
  const [{ reportUsage }, { usageTarget }] = await Promise.all([import('../jobs/own-telemetry/report-usage.ts'), import('../jobs/own-telemetry/usage-targets.ts')])
  return reportUsage({ target: usageTarget(telemetry, toolDeps(log)), now: () => systemClock.nowMs(), log })
}

async function firstOperation(packageRoot: string): Promise<string | null> {
  const folder = join(packageRoot, 'schema', 'operations')
  const [first] = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort()
  return first === undefined ? null : readFile(join(folder, first), 'utf8')
}

/** Before anything is made or opened. */
async function guard(setup: Setup, world: World): Promise<void> {
  const store = lazyStore(setup.storeFile, systemClock)
  try {
    await refuseUnguarded(setup, accessSettings(setup, world), store)
  } finally {
    await store.close()
  }
}

/** Making the demo company takes long: better to know before. */
async function refuseTakenPort({ config: { server } }: Setup): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return resolve()
      reject(new KpiqlError('USAGE', { message: `Port ${server.port} on ${server.host} is taken by another program.`, hint: `Stop that program, or choose another port: --port ${server.port + 1}`, cause }))
    })
    probe.listen(server.port, server.host, () => probe.close(() => resolve()))
  })
}

function announce(address: string, gateway: Gateway, settings: HttpSettings, elapsedMs: number, { cwd, err }: World): void {
  const { setup } = gateway
  const sources = [...gateway.sources].filter(([name]) => name !== STORE_SOURCE).map(([name, { connector, nowUtcMs }]) => `${name} (${connector}${nowUtcMs === null ? '' : `, now ${new Date(nowUtcMs).toISOString().slice(0, 10)}`})`)
  const lines = [
    `KPIQL is listening after ${(elapsedMs / 1000).toFixed(1)} s.`,
    `  GraphQL   ${address}/graphql`,
    ...(settings.explorerFolder === null ? [] : [`  Explorer  ${address}/explorer/`]),
    `  Model     ${summaryOf(gateway)}`,
    `  Data      ${sources.join(', ')}${setup.kind === 'demo' ? ', a made-up company' : ''}`,
    `  Access    ${describeAccess(setup, settings.access)}`,
    `  Recorded  ${nameFor(gateway.store.file, cwd)}`,
  ]
  err.write(`${lines.join('\n')}\n`)
}
