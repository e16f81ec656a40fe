import type { ActivationTarget } from '../../../connectors/activation-contract.ts'
import type { Analytics } from '../../answer/types.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { LazyStore } from '../../store/lazy-store.ts'
import type { Activations } from '../types.ts'

/** A tool of the configuration that takes cohorts. */
export interface Destination {
  readonly name: string
  readonly connector: string
  readonly target: ActivationTarget
  /** The dimension whose value the tool knows a member by; null for the key of the entity. */
  readonly identify: string | null
}

export interface ActivationsDeps {
  readonly destinations: readonly Destination[]
  readonly store: LazyStore
  /** Of the model as it is now: a reload changes it. */
  readonly analytics: () => Analytics
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<ActivationLimits> | undefined
}

export interface ActivationLimits {
  /** A larger cohort is refused. */
  readonly members: number
  /** Members that one question lists. */
  readonly page: number
}

export interface ActivationEngine extends Activations {
  /** Stops what runs after the batch under way, and resolves when it has ended; what was not sent is sent by the next run. The targets are their opener's. Safe to call twice. */
  close(): Promise<void>
}
