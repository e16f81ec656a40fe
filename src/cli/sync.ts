import type { SyncStatus } from '../jobs/types.ts'
import { isCalendarDay } from '../base/calendar-day.ts'
import { KpiqlError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import { keepHeapSmall } from '../base/small-heap.ts'
import { askControl } from './control/ask-control.ts'
import { openToolJobs } from './open-tool-jobs.ts'
import { ProblemsFound } from './problems-found.ts'
import { showProgress } from './progress.ts'
import { readSetup } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import { followSync } from './follow-sync.ts'
import type { SyncOrder } from './follow-sync.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface SyncFlags {
  readonly config?: string
  readonly full?: boolean
  /** A day: nothing older is wanted. */
  readonly since?: string
  readonly stream?: readonly string[]
  readonly json?: boolean
}

/**
 * Reads what changed in one tool, or in all of them, and waits for the end. A gateway that runs on the same state folder does
 * the work where there is one, since only one process can write where records land.
 *
 * @returns 0 where every stream came to its end; 1 where one failed, or a signal stopped them.
 */
export async function sync(source: string | undefined, flags: SyncFlags, world: World): Promise<number> {
  const setup = await readSetup({ config: flags.config }, world, false)
  if (setup.problems.length > 0) throw new ProblemsFound(setup.problems)
  const order = orderOf(source, flags, setup)
  const progress = showProgress(world.err, `Syncing ${order.sources.join(', ')}`)
  const heard = (statuses: unknown): void => tell(progress, statuses as readonly SyncStatus[])
  const asked = await askControl(setup.stateFolder, 'sync', order, heard)
  const { ended, isStopped } = asked.running ? { ended: asked.done as readonly SyncStatus[], isStopped: false } : await here(order, setup, world, heard)
  progress.end(isStopped ? 'Stopped: what was committed stays, and the next sync goes on from there.' : `Synced ${order.sources.join(', ')}.`)
  if (flags.json === true) world.out.write(`${JSON.stringify(ended)}\n`)
  else for (const status of ended) world.err.write(linesOf(status))
  return !isStopped && ended.every(({ streams }) => streams.every(({ state, error }) => error === null && state !== 'running')) ? EXIT.ok : EXIT.failed
}

function orderOf(source: string | undefined, { full = false, since, stream }: SyncFlags, { config: { synced } }: Setup): SyncOrder {
  const names = [...synced.keys()]
  if (names.length === 0) throw new KpiqlError('USAGE', { message: 'The configuration has no tool to sync.', hint: 'Add one under sources, such as: billing: { connector: stripe, apiKey: ${STRIPE_KEY} }' })
  if (source !== undefined && !synced.has(source)) throw new KpiqlError('USAGE', { message: `There is no synced source "${source.slice(0, 100)}".`, hint: `Synced: ${names.join(', ')}.` })
  if (since !== undefined && !isCalendarDay(since)) throw new KpiqlError('USAGE', { message: `--since is no day: ${since.slice(0, 40)}.`, hint: 'Write YYYY-MM-DD.' })
  if (full && since !== undefined) throw new KpiqlError('USAGE', { message: '--full and --since exclude each other.', hint: 'A full sync reads everything; --since DAY reads again what is newer, and leaves the rest.' })
  if (stream !== undefined && source === undefined) throw new KpiqlError('USAGE', { message: '--stream needs a source.', hint: 'Write: kpiql sync SOURCE --stream NAME' })
  return { sources: source === undefined ? names : [source], full, since: since ?? null, streams: stream ?? null }
}

async function here(order: SyncOrder, setup: Setup, world: World, heard: (statuses: readonly SyncStatus[]) => void): Promise<{ readonly ended: readonly SyncStatus[]; readonly isStopped: boolean }> {
  const log = createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) })
  keepHeapSmall()
  const jobs = await openToolJobs(setup, world, log)
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) world.signals.on(signal, stop)
  try {
    const ended = await followSync(jobs.syncs, order, heard, stopping.signal)
    if (!stopping.signal.aborted) return { ended, isStopped: false }
    // How a stream stands is known once it has stopped.
    await jobs.syncs.close()
    return { ended: (await jobs.syncs.status()).filter(({ source }) => order.sources.includes(source)), isStopped: true }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) world.signals.off(signal, stop)
    await jobs.close()
  }
}

function tell(progress: ReturnType<typeof showProgress>, statuses: readonly SyncStatus[]): void {
  const streams = statuses.flatMap((status) => status.streams)
  const done = streams.reduce((sum, { state, done: part }) => sum + (state === 'running' ? (part ?? 0) : state === 'never' ? 0 : 1), 0) / Math.max(1, streams.length)
  const written = streams.reduce((sum, stream) => sum + stream.written, 0)
  const running = streams.filter(({ state }) => state === 'running').map(({ name }) => name)
  progress.tell(Math.min(done, 0.999), `${written.toLocaleString('en')} records${running.length > 0 ? `, reading ${running.join(', ')}` : ''}`)
}

function linesOf({ source, streams }: SyncStatus): string {
  const width = Math.max(...streams.map(({ name }) => name.length), 4)
  const line = ({ name, state, written, removed, rows, quarantined, error }: SyncStatus['streams'][number]): string => {
    const aside = quarantined > 0 ? `, ${quarantined} in quarantine` : ''
    const failed = error === null ? '' : `\n    ${error.code}: ${error.message}${error.hint === null ? '' : ` ${error.hint}`}`
    return `  ${error === null ? 'ok  ' : 'FAIL'} ${name.padEnd(width)}  ${written} landed, ${removed} removed, ${rows} rows${aside}${state === 'partial' ? ', not whole yet' : ''}${failed}\n`
  }
  return `${source}\n${streams.map(line).join('')}`
}
