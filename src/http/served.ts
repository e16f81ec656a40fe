import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql'
import type { KpiqlContext } from '../../schema/context.ts'
import type { Caller } from '../access/role.ts'
import type { Analytics } from '../answer/types.ts'
import type { Telemetry } from '../base/telemetry.ts'
import type { SyncEngine } from '../jobs/sync/types.ts'
import type { UsageReport } from '../jobs/own-telemetry/types.ts'
import type { Jobs } from '../jobs/types.ts'
import type { Model } from '../model/types.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { AccessSettings } from './access-gate.ts'
import type { Pieces } from './answer-text.ts'
import type { Told } from './apollo-door.ts'
import type { KnownOperation } from './known-operations.ts'
import type { Metrics } from './metrics.ts'
import type { OperationLimits } from './operation-size.ts'
import type { PressureLimits } from './pressure-limits.ts'
import type { RequestScope } from './request-scope.ts'

/** One loaded model with what answers for it. A reload makes a new one; requests under way stay with theirs. */
export interface Served {
  readonly model: Model
  readonly schema: GraphQLSchema
  readonly analytics: Analytics
  /** What clients record and save; absent where nothing is kept. */
  readonly store?: LazyStore | undefined
  /** What runs beside questions; absent where nothing does. */
  readonly jobs?: Jobs | undefined
  /** Lands what a tool sent by itself; absent where nothing is synced. */
  readonly receiveHook?: SyncEngine['receive'] | undefined
}

/** What stands at `/metrics`. */
export interface MetricsSettings extends Pick<Metrics, 'contentType' | 'text'> {
  /** For everyone, without a key. */
  readonly open: boolean
}

/** How the server behaves; times in milliseconds, sizes in bytes. */
export interface HttpSettings {
  readonly access: AccessSettings
  /** Told of every request. */
  readonly telemetry: Telemetry
  /** Told which metrics are asked; absent where nobody wants to know. */
  readonly usage?: UsageReport | undefined
  /** Null for a server without `/metrics`. */
  readonly metrics: MetricsSettings | null
  readonly deadlineMs: number
  readonly bodyLimitBytes: number
  /** Bound of the whole answers kept; 0 keeps none. */
  readonly keptAnswersBytes: number
  /** Exact origins, or `*`; empty for none. */
  readonly corsOrigins: readonly string[]
  /** Without it no schema and no suggestion leaves the server. */
  readonly introspection: boolean
  /** Apollo Sandbox for browsers that open `/graphql`. */
  readonly landing: boolean
  /** What Sandbox opens with; null for its own welcome. */
  readonly landingDocument: string | null
  /** Folder of the built explorer; null to serve none. */
  readonly explorerFolder: string | null
  readonly limits: OperationLimits & { readonly maxTokens: number } & Partial<PressureLimits>
  /** Whole request received within. */
  readonly requestTimeoutMs: number
  readonly headersTimeoutMs: number
  /** Shapes errors for clients; the schema's own. */
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError
}

/** What the log tells of an operation once it is answered. */
export interface OperationNote {
  operationName: string | null
  errorCodes: string[]
}

/** What resolvers see of a request, and what the server's own plugins keep beside it. */
export interface GraphqlContext extends KpiqlContext {
  readonly caller: Caller
  readonly scope: RequestScope
  readonly note: OperationNote
  /** What the operation came to, where that was found out before Apollo was asked: it then has errors, of which Apollo tells. */
  readonly executed: ExecutionResult | null
  readonly told: Told
  /**
   * Told of a query that was answered without an error: its text may be kept for the next request that asks the same.
   *
   * @returns The headers by which the client may keep it too; null where it may not. Null where nothing may be kept.
   */
  readonly keep: ((data: Pieces, operation: KnownOperation) => Readonly<Record<string, string>> | null) | null
}
