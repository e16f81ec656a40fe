/** Who must act on an error: the caller of the API, the author of the model or configuration, the source behind a connector, or us. */
export type Fault = 'caller' | 'author' | 'source' | 'us'

/**
 * The whole vocabulary of errors. `fault` tells who must act, `retry` whether the same request may succeed later.
 * Clients see the name as `extensions.code`.
 */
export const ERRORS = {
  // The question
  METRIC_UNKNOWN: { fault: 'caller', retry: false },
  DIMENSION_UNKNOWN: { fault: 'caller', retry: false },
  COHORT_UNKNOWN: { fault: 'caller', retry: false },
  COHORT_INVALID: { fault: 'caller', retry: false },
  RETENTION_INVALID: { fault: 'caller', retry: false },
  FUNNEL_INVALID: { fault: 'caller', retry: false },
  ENTITY_UNKNOWN: { fault: 'caller', retry: false },
  SAVED_QUERY_UNKNOWN: { fault: 'caller', retry: false },
  FILTER_INVALID: { fault: 'caller', retry: false },
  GROUPING_INVALID: { fault: 'caller', retry: false },
  INVALID_PERIOD: { fault: 'caller', retry: false },
  INVALID_TIME_ZONE: { fault: 'caller', retry: false },
  INVALID_CURSOR: { fault: 'caller', retry: false },
  INVALID_LIMIT: { fault: 'caller', retry: false },
  TOO_MANY_POINTS: { fault: 'caller', retry: false },
  TOO_MANY_GROUPS: { fault: 'caller', retry: false },
  QUERY_TOO_COSTLY: { fault: 'caller', retry: false },
  TOO_MANY_SLICES: { fault: 'caller', retry: false },
  TOO_MANY_MEMBERS: { fault: 'caller', retry: false },
  GRAIN_TOO_FINE: { fault: 'caller', retry: false },
  NOT_SUPPORTED: { fault: 'caller', retry: false },
  CALCULATION_INVALID: { fault: 'caller', retry: false },
  USAGE: { fault: 'caller', retry: false },
  // What clients record
  RECORD_INVALID: { fault: 'caller', retry: false },
  RECORD_UNKNOWN: { fault: 'caller', retry: false },
  KEY_REUSED: { fault: 'caller', retry: false },
  WEBHOOK_REFUSED: { fault: 'caller', retry: false },
  WEBHOOK_INVALID: { fault: 'caller', retry: false },
  // What runs beside questions
  SYNC_UNKNOWN: { fault: 'caller', retry: false },
  SYNC_RUNNING: { fault: 'caller', retry: true },
  DESTINATION_UNKNOWN: { fault: 'caller', retry: false },
  ACTIVATION_INVALID: { fault: 'caller', retry: false },
  ACTIVATION_RUNNING: { fault: 'caller', retry: true },
  // The model and the configuration
  MODEL_INVALID: { fault: 'author', retry: false },
  CONFIG_INVALID: { fault: 'author', retry: false },
  JOIN_AMBIGUOUS: { fault: 'author', retry: false },
  JOIN_FANS_OUT: { fault: 'author', retry: false },
  DATA_INVALID: { fault: 'author', retry: false },
  ROLLUP_UNFIT: { fault: 'author', retry: false },
  // The source
  SOURCE_UNAVAILABLE: { fault: 'source', retry: true },
  SOURCE_FAILED: { fault: 'source', retry: false },
  SOURCE_TIMEOUT: { fault: 'source', retry: true },
  SOURCE_BUSY: { fault: 'source', retry: true },
  TABLE_MISSING: { fault: 'source', retry: false },
  DATA_INCOMPLETE: { fault: 'source', retry: true },
  // The gateway
  STORE_UNAVAILABLE: { fault: 'us', retry: true },
  STORE_INVALID: { fault: 'us', retry: false },
  CANCELLED: { fault: 'caller', retry: true },
  DEADLINE_EXCEEDED: { fault: 'us', retry: true },
  PLAN_BROKEN: { fault: 'us', retry: false },
  INTERNAL: { fault: 'us', retry: false },
} as const satisfies Record<string, { fault: Fault; retry: boolean }>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  /** For eyes: what is wrong, naming the place. Never holds SQL, paths, hosts or secrets. */
  message: string
  /** For hands: what to do next. */
  hint?: string | undefined
  /** Machine-readable facts that go to `extensions` beside the code. */
  data?: Readonly<Record<string, unknown>> | undefined
  /** What led to it; for the log, never for clients. */
  cause?: unknown
}

/** Every error KPIQL throws on purpose. The code is for programs, the message for eyes, the hint for hands. */
export class KpiqlError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'KpiqlError'
    this.code = code
    this.hint = details.hint
    this.data = details.data
  }

  get fault(): Fault {
    return ERRORS[this.code].fault
  }

  get retry(): boolean {
    return ERRORS[this.code].retry
  }
}

/** Whether a read failed only because a newer version of the data took the place of the one it named. */
export function hasMoved(error: unknown): boolean {
  return error instanceof KpiqlError && error.code === 'SOURCE_BUSY' && error.data?.['changed'] === true
}
