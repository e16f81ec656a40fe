import type { z } from 'zod'
import type { Verdict } from './contract.ts'
import type { SyncDeps } from './sync-contract.ts'

/** The face of tools that take the members of a cohort: what changed since the last run is sent, and nothing else. */

/** One member that entered or left. */
export interface MembershipChange {
  /** What the tool knows the member by: an e-mail address, a user id, an account id. */
  readonly member: string
  readonly change: 'entered' | 'left'
  /** The same for the same change, however often it is sent: tools that drop repetitions go by it. At most 64 letters and digits. */
  readonly id: string
}

export interface ActivationBatch {
  /** The cohort's name, as the tool shows it. */
  readonly cohort: string
  readonly changes: readonly MembershipChange[]
  /** When the membership was looked at, UTC ms. */
  readonly asOfUtcMs: number
}

/** What became of one change; refused ones are not sent again before the next run. */
export type ChangeOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** An open tool to send to. No network is touched before the first call. Safe to close twice. */
export interface ActivationTarget {
  readonly name: string
  /** Changes a call of `send` may hold. */
  readonly batchSize: number
  test(): Promise<Verdict>
  /** Makes what the tool needs for this cohort (a property, a list), where it is not there yet. */
  prepare(cohort: string, signal: AbortSignal): Promise<void>
  /**
   * Sends one batch; safe to repeat with the same changes.
   *
   * @returns One outcome a change, in order.
   * @throws KpiqlError `SOURCE_*` where the batch as a whole did not arrive; it may be sent again.
   */
  send(batch: ActivationBatch, signal: AbortSignal): Promise<readonly ChangeOutcome[]>
  /** Sends what a client library still holds. */
  close(): Promise<void>
}

export interface ActivationConnector<Options> {
  readonly name: string
  readonly kind: 'activate'
  readonly options: z.ZodType<Options>
  readonly paths: readonly string[]
  readonly secrets: readonly string[]
  open(name: string, options: Options, deps: SyncDeps): ActivationTarget
}

/** Fixes a connector's option type, so that a folder's `activate.ts` exports one checked object. */
export function defineActivationConnector<Options>(connector: ActivationConnector<Options>): ActivationConnector<Options> {
  return connector
}
