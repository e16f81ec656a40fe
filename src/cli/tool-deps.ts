import { setTimeout } from 'node:timers/promises'
import type { SyncDeps } from '../../connectors/sync-contract.ts'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'

/** What tools are opened with in earnest: the system's clock and its timers. */
export function toolDeps(log: Log): SyncDeps {
  return { log, now: () => systemClock.nowMs(), wait: (ms, signal) => setTimeout(ms, undefined, { signal }) }
}
