import { KpiqlError, type ErrorDetails } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'
import { tooCostly } from './run-query.ts'

export interface ErrorPlace {
  readonly source: string
  readonly maximumBytesBilled: number
}

type Told = readonly [ConstructorParameters<typeof KpiqlError>[0], Omit<ErrorDetails, 'cause'>]
type Translation = (words: string, source: string) => Told

const unavailable = (message: string, hint: string): Told => ['SOURCE_UNAVAILABLE', { message, hint }]
const failed = (message: string, hint: string): Told => ['SOURCE_FAILED', { message, hint }]

/** By the reason that BigQuery gives; its texts may hold SQL, values, projects or users. */
const BY_REASON: Readonly<Record<string, Translation>> = {
  authError: refusedCredentials,
  required: refusedCredentials,
  unauthorized: refusedCredentials,
  UNAUTHENTICATED: refusedCredentials,
  accessDenied: noPermission,
  forbidden: noPermission,
  notFound: (words, source) => {
    if (/Not found: (Dataset|Project)/i.test(words)) return failed(`BigQuery has no such ${/Project/i.test(/Not found: (\w+)/i.exec(words)?.[1] ?? '') ? 'project' : 'dataset'} for source "${source}".`, 'Check `projectId`, `dataset` and `location` of the source.')
    return ['TABLE_MISSING', { message: `Source "${source}" has no table ${tableOf(words)}.`, hint: 'Check `table` in the model against the tables of the dataset.' }]
  },
  invalidQuery: (words, source) => {
    if (/must be qualified with a dataset|Not found: Table/i.test(words)) return ['TABLE_MISSING', { message: `Source "${source}" has no table ${tableOf(words)}.`, hint: 'Check `table` in the model against the tables of the dataset.' }]
    const [, name] = /Unrecognized name: `?([\w.]{1,100})/.exec(words) ?? /Name `?([\w.]{1,100}?)`? not found inside/.exec(words) ?? []
    if (name !== undefined) return failed(`No table of the statement has a column "${name.split('.').at(-1) ?? name}" in source "${source}".`, 'Check `expr` in the model against the columns of the table.')
    if (/division by zero|overflow|out of range|Bad (int64|double|numeric|bool) value|Could not cast|Invalid (date|timestamp|datetime)/i.test(words)) return failed(`A value in source "${source}" does not fit the type the statement asks for.`, 'Check the types in `expr` of the model.')
    if (/partition elimination|require.*partition/i.test(words)) {
      return ['SOURCE_FAILED', { message: `A table of source "${source}" may only be read by its partitions.`, hint: 'Take the partition column as time of the metric, or switch off `require_partition_filter` of the table.', data: { needsFilter: true } }]
    }
    return failed(`BigQuery refused the statement of source "${source}".`, "Check the `expr` and `where` of the metrics asked; BigQuery's code for the fault is {code}, and the list of its jobs tells more.")
  },
  resourcesExceeded: (_, source) => failed(`A statement to source "${source}" needs more memory than BigQuery gives one.`, 'Ask for fewer groups or a shorter period.'),
  responseTooLarge: (_, source) => failed(`The answer of source "${source}" is larger than BigQuery returns.`, 'Group by fewer dimensions, or narrow the period or the filter.'),
  stopped: (_, source) => failed(`The statement was stopped in BigQuery for source "${source}".`, 'Somebody cancelled the job: ask again.'),
  timeout: (_, source) => ['SOURCE_TIMEOUT', { message: `Source "${source}" took longer than a statement may run.`, hint: 'Ask for less, or raise `statementTimeoutMs` of the source.' }],
  quotaExceeded: (_, source) => ['SOURCE_BUSY', { message: `A quota of BigQuery is used up for source "${source}".`, hint: 'Wait until it is renewed, or have it raised for the project.' }],
  rateLimitExceeded: (_, source) => ['SOURCE_BUSY', { message: `BigQuery takes no more requests from source "${source}" at the moment.`, hint: 'Ask again, or lower `maxConcurrent` of the source.' }],
  jobRateLimitExceeded: (_, source) => ['SOURCE_BUSY', { message: `BigQuery takes no more requests from source "${source}" at the moment.`, hint: 'Ask again, or lower `maxConcurrent` of the source.' }],
  billingNotEnabled: (_, source) => failed(`The project of source "${source}" has no billing.`, 'Switch on billing for it, or name another one in `projectId`.'),
  backendError: (_, source) => unavailable(`BigQuery has a fault at the moment, for source "${source}".`, 'Ask again.'),
  internalError: (_, source) => unavailable(`BigQuery has a fault at the moment, for source "${source}".`, 'Ask again.'),
}

/** What is said on the way to BigQuery, by code or words: of keys, of the network, of TLS. */
const BY_WORDS: readonly (readonly [RegExp, Translation])[] = [
  [/default credentials|invalid_grant|invalid_client|unauthorized_client|client_email|private_key|PEM|DECODER|JWT/i, refusedCredentials],
  [/ENOENT|EACCES|EISDIR/, (_, source) => failed(`The key file of source "${source}" cannot be read.`, 'Check `keyFilename` of the source, and who may read it.')],
  [/ENOTFOUND|EAI_AGAIN/, (_, source) => unavailable(`The host of source "${source}" is not known.`, 'Check `apiEndpoint` of the source, and the name server.')],
  [/CERT|self[- ]signed|altnames|UNABLE_TO_VERIFY|ISSUER/i, (_, source) => failed(`The certificate at the address of source "${source}" is not trusted.`, 'Check `apiEndpoint` of the source, and the certificates that Node trusts (NODE_EXTRA_CA_CERTS).')],
  [/EPROTO|wrong version number|SSL routines|ERR_SSL|packet length/i, (_, source) => failed(`The address of source "${source}" does not speak TLS.`, 'Check `apiEndpoint` of the source.')],
  [/ECONNREFUSED/, (_, source) => unavailable(`Nothing answers at the address of source "${source}".`, 'Check `apiEndpoint` of the source, and that this machine may reach it.')],
  [/ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|hang up|TimeoutError|fetch failed|network|premature close|aborted due to timeout/i, (_, source) => unavailable(`BigQuery did not answer source "${source}".`, 'Check that this machine may reach it; then ask again.')],
]

/** The one place where BigQuery's errors become ours. Messages hold no SQL, project, user or key; `cause` keeps the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, { source, maximumBytesBilled }: ErrorPlace): KpiqlError {
  if (error instanceof KpiqlError) return error
  const { code, words, reasons } = readError(error)
  if (reasons.includes('bytesBilledLimitExceeded') || /limit for bytes billed/i.test(words)) return tooCostly(source, maximumBytesBilled, null)
  const [errorCode, details] = tell(code, words, reasons, source)
  return new KpiqlError(errorCode, withNativeCode({ ...details, cause: error }, reasons[0] ?? code))
}

function tell(code: unknown, words: string, reasons: readonly string[], source: string): Told {
  for (const reason of reasons) {
    const told = BY_REASON[reason]
    if (told !== undefined) return told(words, source)
  }
  if (code === 401) return refusedCredentials(words, source)
  if (code === 403) return noPermission(words, source)
  if (code === 429) return (BY_REASON['rateLimitExceeded'] as Translation)(words, source)
  if (typeof code === 'number' && code >= 500) return (BY_REASON['backendError'] as Translation)(words, source)
  for (const [pattern, translate] of BY_WORDS) if (pattern.test(words)) return translate(words, source)
  return failed(`Source "${source}" failed.`, "BigQuery's code for the fault is {code}; the list of its jobs tells more.")
}

function readError(error: unknown): { readonly code: unknown; readonly words: string; readonly reasons: readonly string[] } {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly { readonly reason?: string; readonly message?: string }[] }
  const words: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) words.push(at.name, String((at as { readonly code?: unknown }).code ?? ''), at.message)
  return { code: typeof code === 'number' ? code : null, words: [...words, ...(errors ?? []).map(({ message }) => message ?? '')].join('\n'), reasons: (errors ?? []).map(({ reason }) => reason ?? '') }
}

function refusedCredentials(_: string, source: string): Told {
  return failed(`BigQuery refuses the credentials of source "${source}".`, 'Check `keyFilename`, `credentials` or `accessToken` of the source, or the default credentials of this machine.')
}

function noPermission(words: string, source: string): Told {
  if (/jobs\.create/.test(words)) return failed(`The account of source "${source}" may not run statements.`, 'Grant it the role "BigQuery Job User" in the project named by `projectId`.')
  const table = tableOf(words)
  return failed(`The account of source "${source}" may not read ${table === 'of that name' ? 'what is asked for' : `table ${table}`}.`, 'Grant it the role "BigQuery Data Viewer" on the dataset or the table.')
}

function tableOf(words: string): string {
  const [, path = ''] = /Table:? [`"]?([\w:.$-]{1,200}?)[`"]?(?::\s|\s|$)/.exec(words) ?? []
  const name = path.split(/[.:]/).at(-1) ?? ''
  return name === '' ? 'of that name' : `"${name}"`
}
