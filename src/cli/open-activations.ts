import { systemClock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Analytics } from '../answer/types.ts'
import { createActivations } from '../jobs/activation/create-activations.ts'
import type { ActivationEngine, Destination } from '../jobs/activation/types.ts'
import { startSchedule } from '../jobs/schedule.ts'
import type { Schedule, ScheduledJob } from '../jobs/schedule.ts'
import type { Model } from '../model/types.ts'
import { suggest } from '../model/problem.ts'
import type { Problem } from '../model/problem.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import { problemOf } from './problems-found.ts'
import type { Setup } from './read-setup.ts'
import { toolDeps } from './tool-deps.ts'
import type { World } from './world.ts'

/** How long a scheduled run is waited for: as long as it takes, within what a timer can count. */
const LONGEST_MS = 2_147_483_647

/** What a gateway answers with at the moment: a reload changes it, while cohorts go on being sent. */
export interface Answering {
  readonly model: Model
  readonly analytics: Analytics
}

/** Cohorts that a gateway sends. */
export interface GatewayActivations {
  readonly engine: ActivationEngine
  /** Equal keys mean that they can go on as they are. */
  readonly key: string
  readonly store: LazyStore
  /** Looks at memberships through these from now on. */
  answerWith(answering: Answering): void
  /** Sends by the schedules of the configuration, from now on. */
  start(): void
  /** Stops what runs, waits for its end, and closes the tools. Safe to call twice. */
  close(): Promise<void>
}

/** Opens the destinations of a setup; null where there is none. What did not change is taken over from the gateway before. No network is touched. */
export async function openActivations(setup: Setup, store: LazyStore, answering: Answering, world: World, log: Log, previous: GatewayActivations | null): Promise<GatewayActivations | null> {
  const { config: { destinations, activations, sync } } = setup
  if (destinations.size === 0) return null
  const key = JSON.stringify([[...destinations], activations, sync.timezone])
  if (previous?.key === key && previous.store === store) {
    previous.answerWith(answering)
    return previous
  }
  const opened = await Promise.all([...destinations].map(([name, configured]) => openDestination(name, configured, world, log)))
  let current = answering
  let schedule: Schedule | null = null
  let closed: Promise<void> | null = null
  const engine = createActivations({ destinations: opened, store, analytics: () => current.analytics, clock: systemClock, log })
  return {
    engine,
    key,
    store,
    answerWith(next) {
      current = next
    },
    start() {
      schedule ??= startSchedule(scheduled(setup, engine, () => current.model), sync.timezone, log)
    },
    close() {
      schedule?.stop()
      closed ??= engine.close().then(async () => void (await Promise.all(opened.map(({ target }) => target.close()))))
      return closed
    },
  }
}

async function openDestination(name: string, { connector, options }: { readonly connector: string; readonly options: Readonly<Record<string, unknown>> }, world: World, log: Log): Promise<Destination> {
  const loaded = await world.roster[connector]?.loadActivation?.()
  if (loaded === undefined) throw new KpiqlError('CONFIG_INVALID', { message: `There is no connector "${connector}" that cohorts can be sent to.` })
  const { identify } = options
  return { name, connector, target: loaded.open(name, loaded.options.parse(options), toolDeps(log.child({ destination: name }))), identify: typeof identify === 'string' ? identify : null }
}

function scheduled({ config: { activations } }: Setup, engine: ActivationEngine, model: () => Model): readonly ScheduledJob[] {
  return activations.flatMap(({ cohort, destination, schedule: pattern }, index) => {
    if (pattern === null) return []
    const run = async (): Promise<unknown> => {
      const found = model().cohorts.get(cohort)
      if (found === undefined) throw new KpiqlError('COHORT_UNKNOWN', { message: `The cohort "${cohort}" is not in the model.` })
      return engine.activate({ cohort: { name: cohort, entity: found.entity, predicate: { kind: 'cohort', cohort } }, destination, dryRun: false }, LONGEST_MS)
    }
    return [{ name: `activations[${index}]: ${cohort} to ${destination}`, pattern, run }]
  })
}

/** What the configuration names and the model does not have. */
export function activationProblems({ config: { activations, destinations } }: Setup, model: Model): readonly Problem[] {
  const cohorts = activations.flatMap(({ cohort }, index) => (model.cohorts.has(cohort) ? [] : [problemOf(`activations[${index}].cohort`, `There is no cohort "${cohort}" in the model.`, suggest(cohort, [...model.cohorts.keys()]))]))
  const dimensions = [...destinations].flatMap(([name, { options: { identify } }]) =>
    typeof identify !== 'string' || model.dimensions.has(identify) ? [] : [problemOf(`destinations.${name}.identify`, `There is no dimension "${identify}" in the model.`, suggest(identify, [...model.dimensions.keys()]))],
  )
  return [...cohorts, ...dimensions]
}

/** Stops sending for a gateway that the one after it does not use. */
export async function closeUnusedActivations(previous: GatewayActivations | null, next: GatewayActivations | null): Promise<void> {
  if (previous !== next) await previous?.close()
}
