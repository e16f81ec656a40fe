import type { PersonColumns, SyncColumnKind } from '../sync-contract.ts'
import type { Template } from './template.ts'
import type { TimeFormat } from './times.ts'

export type AuthOptions =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'query'; readonly name: string; readonly value: string }
  | { readonly kind: 'oauth2'; readonly tokenUrl: string; readonly clientId: string; readonly clientSecret: string; readonly scope?: string | undefined; readonly audience?: string | undefined; readonly sendAs: 'basic' | 'body' }

/** JSONPaths read the body of a page, but `field`, which reads a record. */
export type PagingOptions =
  | { readonly kind: 'none' }
  | { readonly kind: 'page'; readonly parameter?: string | undefined; readonly first: number; readonly size?: number | undefined; readonly sizeParameter?: string | undefined; readonly total?: string | undefined; readonly more?: string | undefined; readonly shortPageEnds: boolean }
  | { readonly kind: 'offset'; readonly parameter?: string | undefined; readonly size?: number | undefined; readonly sizeParameter?: string | undefined; readonly total?: string | undefined; readonly more?: string | undefined; readonly shortPageEnds: boolean }
  | { readonly kind: 'cursor'; readonly parameter?: string | undefined; readonly next: string; readonly more?: string | undefined; readonly ended?: string | undefined }
  | { readonly kind: 'url'; readonly next: string; readonly more?: string | undefined }
  | { readonly kind: 'link'; readonly rel: string }
  | { readonly kind: 'last-id'; readonly parameter?: string | undefined; readonly field: string; readonly more?: string | undefined }
  | { readonly kind: 'session'; readonly parameter?: string | undefined; readonly first: number; readonly sessionParameter?: string | undefined; readonly session: string }
  | { readonly kind: 'scroll'; readonly parameter?: string | undefined; readonly next: string }

export type IncrementalOptions =
  | {
      readonly kind: 'time'
      readonly field: string
      readonly format: TimeFormat
      readonly timezone: string
      readonly lookback: string
      readonly lag?: string | undefined
      /** ISO. */
      readonly begins?: string | undefined
      readonly window?: string | undefined
      readonly endsInclusive: boolean
    }
  | { readonly kind: 'cursor'; readonly format: TimeFormat; readonly timezone: string; readonly begins?: string | undefined; readonly lag?: string | undefined }

export interface EndpointOptions {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query: Readonly<Record<string, string | number | boolean>>
  readonly body?: Template | undefined
  /** JSONPath. */
  readonly records: string
  readonly paging: PagingOptions
  readonly emptyStatuses: readonly number[]
}

export type DeleteOptions =
  | { readonly kind: 'keep' }
  | { readonly kind: 'sweep'; readonly every?: string | undefined }
  | { readonly kind: 'field'; readonly field: string; readonly values?: readonly (string | number | boolean)[] | undefined }
  | (EndpointOptions & { readonly kind: 'endpoint'; readonly key: readonly string[] })

export interface ColumnOptions {
  readonly kind: SyncColumnKind
  /** JSONPath in the record. */
  readonly from?: string | undefined
  readonly format?: TimeFormat | undefined
  readonly timezone: string
  readonly scale?: number | undefined
  readonly personal: boolean
  readonly description?: string | undefined
  /** The amount is in minor units of this currency: a JSONPath in the record, or a code. */
  readonly currency?: string | undefined
}

export interface StreamOptions extends EndpointOptions {
  readonly name: string
  readonly description?: string | undefined
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, ColumnOptions>>
  /** Fields of records without a column. */
  readonly others: 'keep' | 'drop'
  readonly person?: PersonColumns | undefined
  readonly refers: readonly { readonly column: string; readonly tells: readonly string[] }[]
  readonly incremental?: IncrementalOptions | undefined
  readonly deletes?: DeleteOptions | undefined
  readonly after: readonly string[]
}

export interface FailureOptions {
  readonly path: string
  /** What the value there is; absent: any that is not null, false or empty. */
  readonly equals?: readonly (string | number | boolean)[] | undefined
  readonly kind: 'busy' | 'passing' | 'credentials' | 'refused'
  readonly message?: string | undefined
  /** JSONPath of seconds to wait. */
  readonly retryAfter?: string | undefined
}

export interface RestOptions {
  readonly baseUrl: string
  readonly title?: string | undefined
  readonly auth: AuthOptions
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly limits: {
    readonly requestsPerSecond: number
    readonly concurrency: number
    readonly attempts: number
    readonly timeoutSeconds: number
    readonly remainingHeader?: string | undefined
    readonly resetHeader?: string | undefined
    readonly resetFormat: 'seconds' | 'epoch-seconds' | 'epoch-ms' | 'date'
  }
  readonly failures: readonly FailureOptions[]
  readonly streams: readonly StreamOptions[]
}
