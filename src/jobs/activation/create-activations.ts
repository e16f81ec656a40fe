import { KpiqlError } from '../../base/errors.ts'
import { nearest } from '../../base/nearest.ts'
import type { ActivationAsk, ActivationReport } from '../types.ts'
import { ActivationRun } from './activation-run.ts'
import { isAlive } from './run-owner.ts'
import type { ActivationEngine, ActivationLimits, ActivationsDeps, Destination } from './types.ts'

const LIMITS: ActivationLimits = { members: 500_000, page: 100_000 }
/** Dry runs leave nothing in the store; the last ones can be looked at while the process lives. */
const DRY_RUNS = 20
const LONGEST_NAME = 100

/** Sends cohorts to the destinations of a configuration. Nothing is asked of a tool or the store before the first call. */
export function createActivations(deps: ActivationsDeps): ActivationEngine {
  const { store, clock } = deps
  const limits = { ...LIMITS, ...deps.limits }
  const destinations = new Map(deps.destinations.map((destination) => [destination.name, destination]))
  const closing = new AbortController()
  const running = new Map<string, Promise<ActivationReport>>()
  const dryRuns: ActivationRun[] = []

  const destinationOf = ({ destination: name }: ActivationAsk): Destination => {
    const found = destinations.get(name)
    if (found) return found
    const near = nearest(name, destinations.keys(), 3)
    throw new KpiqlError('DESTINATION_UNKNOWN', { message: `There is no destination "${name.slice(0, 100)}".`, hint: near.length > 0 ? `Closest: ${near.join(', ')}.` : `Destinations: ${[...destinations.keys()].join(', ') || 'none'}.` })
  }

  const begin = async (ask: ActivationAsk, run: ActivationRun): Promise<ActivationReport> => {
    if (ask.dryRun) return run.run((await store.openIfThere())?.activations ?? null)
    const { activations } = await store.open()
    const other = await activations.begin(run.kept, (kept) => isAlive(kept, clock.nowMs()))
    if (other !== null) throw goesOn(ask)
    return run.run(activations)
  }

  return {
    destinations: () => deps.destinations.map(({ name, connector }) => ({ name, connector })),

    async activate(ask, waitMs) {
      if (closing.signal.aborted) throw new KpiqlError('CANCELLED', { message: 'The gateway is closing.' })
      const { cohort: { name } } = ask
      if (name.trim() === '' || name.length > LONGEST_NAME) throw new KpiqlError('ACTIVATION_INVALID', { message: `The name of a cohort has 1 to ${LONGEST_NAME} characters.`, hint: 'The destination shows the cohort under it.' })
      const destination = destinationOf(ask)
      const run = new ActivationRun(deps, ask, destination, limits, closing.signal)
      // Dry runs keep nobody waiting, and wait for nobody.
      const key = ask.dryRun ? run.report.id : JSON.stringify([ask.destination, name])
      if (running.has(key)) throw goesOn(ask)
      if (ask.dryRun) dryRuns.splice(0, Math.max(0, dryRuns.push(run) - DRY_RUNS))
      const ended = begin(ask, run).finally(() => running.delete(key))
      running.set(key, ended)
      const report = await within(ended, waitMs)
      if (report === null) return run.report
      if (report.error?.code === 'ACTIVATION_INVALID') throw new KpiqlError('ACTIVATION_INVALID', { message: report.error.message })
      return report
    },

    async reports(first) {
      const kept = (await (await store.openIfThere())?.activations.runs(first)) ?? []
      const known = kept.map((run): ActivationReport => {
        const report = JSON.parse(run.report) as ActivationReport
        const isGone = run.state === 'interrupted' || (run.state === 'running' && !isAlive(run, clock.nowMs()))
        return isGone ? { ...report, state: 'interrupted' } : report
      })
      return [...known, ...dryRuns.map(({ report }) => report)].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, first)
    },

    async close() {
      closing.abort(new KpiqlError('CANCELLED', { message: 'The gateway is closing.' }))
      await Promise.allSettled(running.values())
    },
  }
}

function goesOn({ cohort, destination }: ActivationAsk): KpiqlError {
  return new KpiqlError('ACTIVATION_RUNNING', { message: `The cohort "${cohort.name}" is being sent to "${destination}" now.`, hint: 'Follow it with { activations { state sent } }, and send it again when it has ended.' })
}

/** Null where it takes longer; it goes on then, whoever listens. */
async function within<T>(work: Promise<T>, waitMs: number): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => resolve(null), waitMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
