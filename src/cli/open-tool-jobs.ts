import type { OpenLanding } from '../../connectors/landing-contract.ts'
import { systemClock } from '../base/clock.ts'
import { describeError } from '../base/log.ts'
import type { Log } from '../base/log.ts'
import { createIdentities } from '../jobs/identity/create-identities.ts'
import type { Identities } from '../jobs/identity/create-identities.ts'
import { followedSyncs } from '../jobs/identity/follow-syncs.ts'
import { startSchedule } from '../jobs/schedule.ts'
import type { Schedule } from '../jobs/schedule.ts'
import { createSyncs } from '../jobs/sync/create-syncs.ts'
import { forgetPerson } from '../jobs/forget/forget-person.ts'
import { openForgottenList } from '../jobs/forget/forgotten-list.ts'
import type { ForgetAsk, ForgetReport } from '../jobs/forget/types.ts'
import { WriterTurn } from '../jobs/sync/writer-turn.ts'
import { landedText } from '../jobs/sync/personal-cell.ts'
import type { SyncEngine, SyncedSource } from '../jobs/sync/types.ts'
import type { SemanticModel } from '../model/types.ts'
import { lazyStore } from '../store/lazy-store.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import { identityRules } from './config/identity-schema.ts'
import { openLanding, openTools } from './open-tools.ts'
import type { Setup } from './read-setup.ts'
import type { World } from './world.ts'

/** How long it takes until a gateway sees whom another has forgotten. */
const LOOK_MS = 10_000

/** Syncs of the tools of a configuration into an open landing. */
export interface ToolJobs {
  readonly syncs: SyncEngine
  readonly identities: Identities
  /** Removes a person from what has landed, and keeps them out of it. */
  forget(ask: ForgetAsk, semanticModels: readonly SemanticModel[]): Promise<ForgetReport>
  /** Calls the listener, and no other from now on, once somebody was forgotten by this gateway, or by another that lands in the same place. */
  whenForgotten(listener: () => void): void
  /** Runs them by their schedules, from now on. */
  start(): void
  /** Stops what runs, waits for its end, and closes the tools; the landing is its opener's. Safe to call twice. */
  close(): Promise<void>
}

export async function openSyncs(setup: Setup, opened: OpenLanding, store: LazyStore, world: World, log: Log): Promise<ToolJobs> {
  const hashes = landedText(setup.config.sync.hashKey ?? null)
  let onForgotten = (): void => {}
  const list = await openForgottenList({ store, landing: opened.landing, keyFile: `${store.file}.forgotten-key`, hashKey: setup.config.sync.hashKey ?? null, hashes, clock: systemClock, onAdded: () => onForgotten() })
  const sources = await openTools(setup, world, log)
  let schedule: Schedule | null = null
  let looking: NodeJS.Timeout | undefined
  let closed: Promise<void> | null = null
  const rules = identityRules(setup.config.identity)
  const identities = createIdentities({ rules, opened, clock: systemClock, log })
  const engine = createSyncs({ sources, landing: opened.landing, clock: systemClock, log, forgotten: list, nextRunUtcMs: (source) => schedule?.nextRunUtcMs(source) ?? null })
  const syncs = followedSyncs(engine, identities)
  return {
    syncs,
    identities,
    forget: (ask, semanticModels) => forgetPerson(ask, semanticModels, { sources, opened, syncs, identities, rules, list, store, hashes }),
    whenForgotten(listener) {
      onForgotten = listener
    },
    start() {
      looking ??= setInterval(() => void list.look().catch((error: unknown) => log.warn({ error: describeError(error) }, 'Whom other gateways have forgotten cannot be looked at')), LOOK_MS).unref()
      void catchUp(opened, identities)
      schedule ??= startSchedule(scheduled(setup, sources, syncs, new WriterTurn(opened.landing, log)), setup.config.sync.timezone, log)
    },
    close() {
      schedule?.stop()
      clearInterval(looking)
      closed ??= syncs.close().then(async () => void (await Promise.all(sources.map(({ source }) => source.close()))))
      return closed
    },
  }
}

/** Syncs without a gateway, for one command. */
export async function openToolJobs(setup: Setup, world: World, log: Log): Promise<ToolJobs> {
  const opened = await openLanding(setup, world, { log })
  const store = lazyStore(setup.storeFile, systemClock)
  const jobs = await openSyncs(setup, opened, store, world, log)
  return { ...jobs, close: () => jobs.close().finally(() => Promise.all([opened.landing.close(), store.close()])) }
}

/** Who syncs resolves. What cannot be told of the place is told by the first sync. */
async function catchUp({ landing }: OpenLanding, identities: Identities): Promise<void> {
  const other = await landing.otherWriter().catch(() => null)
  if (other === null) await identities.catchUp()
}

function scheduled({ config: { synced, sync } }: Setup, sources: readonly SyncedSource[], syncs: SyncEngine, turn: WriterTurn) {
  return sources.flatMap(({ name }) => {
    const own = synced.get(name)?.sync.schedule
    const pattern = own === undefined ? sync.schedule : own
    return pattern === null ? [] : [{ name, pattern, run: () => syncInTurn(name, syncs, turn) }]
  })
}

async function syncInTurn(source: string, syncs: SyncEngine, turn: WriterTurn): Promise<void> {
  if (!(await turn.isOurs())) return
  await syncs.start({ source, full: false, streams: null })
  await syncs.settled(source)
}
