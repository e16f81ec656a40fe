import { KpiqlError, type ErrorDetails } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'

type Told = readonly [ConstructorParameters<typeof KpiqlError>[0], Omit<ErrorDetails, 'cause'>]
type Translation = (found: RegExpExecArray, source: string) => Told

const unavailable = (message: string, hint: string): Told => ['SOURCE_UNAVAILABLE', { message, hint }]
const failed = (message: string, hint: string): Told => ['SOURCE_FAILED', { message, hint }]

/** By ClickHouse's own codes of errors; their texts may hold SQL, values, users or hosts. */
const BY_CODE: Readonly<Record<string, Translation>> = {
  // AUTHENTICATION_FAILED, REQUIRED_PASSWORD, WRONG_PASSWORD, UNKNOWN_USER
  ...codes(['516', '194', '193', '192'], (_, source) => failed(`The server of source "${source}" refuses the user or the password.`, 'Check `user` and `password` of the source.')),
  // UNKNOWN_DATABASE
  ...codes(['81'], (_, source) => failed(`The server of source "${source}" has no such database.`, 'Check `database` of the source.')),
  // ACCESS_DENIED
  ...codes(['497'], (_, source) => failed(`The user of source "${source}" may not read a table or column that is asked for.`, 'Grant it: GRANT SELECT ON the database or table TO the user.')),
  // UNKNOWN_TABLE
  ...codes(['60'], (found, source) => {
    const [, name = ''] = /(?:identifier|Table) '?[`"]?([\w.]{1,100}?)[`"]?'? /.exec(found.input) ?? []
    return ['TABLE_MISSING', { message: `Source "${source}" has no table ${name === '' ? 'of that name' : `"${name.split('.').at(-1) ?? name}"`}.`, hint: 'Check `table` in the model, and that the user of the connection may read it.' }]
  }),
  // UNKNOWN_IDENTIFIER, NO_SUCH_COLUMN_IN_TABLE, NOT_FOUND_COLUMN_IN_BLOCK
  ...codes(['47', '16', '10'], (found, source) => {
    const [, name = ''] = /identifier [`"]?([\w.]{1,100}?)[`"]? in scope/.exec(found.input) ?? []
    return failed(`No table of the statement has ${name === '' ? 'one of its columns' : `a column "${name.split('.').at(-1) ?? name}"`} in source "${source}".`, 'Check `expr` in the model against the columns of the table.')
  }),
  // QUERY_WAS_CANCELLED
  ...codes(['394'], (_, source) => failed(`The statement was stopped at the server of source "${source}".`, 'Somebody killed it, or a limit of the server did: ask again, or ask whoever runs the server.')),
  // TIMEOUT_EXCEEDED, TOO_SLOW
  ...codes(['159', '160'], (_, source) => ['SOURCE_TIMEOUT', { message: `Source "${source}" took longer than the server lets a statement run.`, hint: 'Ask for less, or raise `statementTimeoutMs` of the source and the limits of its user.' }]),
  // TOO_MANY_SIMULTANEOUS_QUERIES, QUOTA_EXCEEDED
  ...codes(['202', '201'], (_, source) => ['SOURCE_BUSY', { message: `The server of source "${source}" runs as many statements as it may.`, hint: 'Wait, lower `maxConcurrent` of the source, or raise the limits of its user.' }]),
  // MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS, TOO_MANY_ROWS_OR_BYTES
  ...codes(['241', '158', '396'], (_, source) => failed(`A statement to source "${source}" needs more memory or rows than its user may use.`, 'Ask for fewer groups or a shorter period, or raise the limits of the user.')),
  // READONLY
  ...codes(['164'], (found, source) =>
    /Cannot modify/.test(found.input)
      ? failed(`The user of source "${source}" may not change settings.`, 'Give the user `readonly = 2` instead of 1: it still cannot write.')
      : failed(`A statement that does not read was sent to source "${source}".`, 'Use only expressions that read in `expr`, `where` and `refresh_key` of the model.'),
  ),
  // UNKNOWN_SETTING
  ...codes(['115'], (_, source) => failed(`The server of source "${source}" is too old.`, 'ClickHouse 26.3 or later is needed.')),
  // TOO_BIG_AST, TOO_DEEP_AST
  ...codes(['168', '167'], (_, source) => failed(`A statement is longer than the server of source "${source}" takes.`, 'Ask for fewer slices or points at once.')),
  // SYNTAX_ERROR, ILLEGAL_TYPE_OF_ARGUMENT, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, UNKNOWN_FUNCTION, TYPE_MISMATCH, NO_COMMON_TYPE, NOT_AN_AGGREGATE, ILLEGAL_AGGREGATION
  ...codes(['62', '43', '42', '46', '53', '386', '215', '184'], (_, source) => failed(`The server of source "${source}" refused the statement.`, "Check the `expr` and `where` of the metrics asked; the server's code for the fault is {code}.")),
  // CANNOT_PARSE_*, ARGUMENT_OUT_OF_BOUND, DECIMAL_OVERFLOW, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  ...codes(['6', '27', '38', '41', '72', '69', '407', '321'], (_, source) => failed(`A value in source "${source}" does not fit the type the statement asks for.`, 'Check the types in `expr` of the model.')),
  // NETWORK_ERROR, SOCKET_TIMEOUT, ALL_CONNECTION_TRIES_FAILED, ALL_REPLICAS_ARE_STALE
  ...codes(['210', '209', '279', '369'], (_, source) => unavailable(`A shard or replica behind source "${source}" does not answer.`, 'Check the cluster; another try may reach another replica.')),
}

/** What Node and TLS say of a connection, by the error's code, or by its words where it has none. */
const BY_CONNECTION: readonly (readonly [RegExp, Translation])[] = [
  [/ENOTFOUND|EAI_AGAIN/, (_, source) => unavailable(`The host of source "${source}" is not known.`, 'Check the host in `url` of the source, and the name server.')],
  [/ECONNREFUSED/, (_, source) => unavailable(`Nothing answers at the address of source "${source}".`, 'Check that the server runs, and the port in `url` (8123, or 8443 with TLS).')],
  [/CERT|self[- ]signed|altnames|UNABLE_TO_VERIFY|ISSUER/i, (_, source) => failed(`The certificate of source "${source}" is not trusted.`, 'Name the certificate of its authority in `caFile`, or have the server use one that is issued for its host.')],
  [/EPROTO|wrong version number|SSL routines|ERR_SSL|ERR_TLS/i, (_, source) => failed(`The server of source "${source}" does not speak TLS at this port.`, 'Check the port in `url` (8443 with TLS), or use http:// in a network that you trust.')],
  [/ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|socket hang up|Timeout error|aborted|Parse Error|HPE_/i, (_, source) => unavailable(`The connection to source "${source}" broke.`, 'Check that the server runs and can be reached; then ask again.')],
]

/** The one place where ClickHouse's errors become ours. Messages hold no SQL, host, user or password; `cause` keeps the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const told = tell(at, source)
    if (told !== null) return new KpiqlError(told[0], withNativeCode({ ...told[1], cause: error }, codeOf(at) || (at as { readonly code?: unknown }).code))
  }
  return new KpiqlError('SOURCE_FAILED', withNativeCode({ message: `Source "${source}" failed.`, hint: "The server's code for the fault is {code}; its own log tells more.", cause: error }, error instanceof Error ? codeOf(error) : null))
}

/** The server's number for an error; empty for those of the way to it. */
function codeOf(error: Error): string {
  const code = String((error as { readonly code?: unknown }).code ?? '')
  return /^\d+$/.test(code) ? code : (/\bCode: (\d+)\./.exec(error.message)?.[1] ?? '')
}

function tell(error: Error, source: string): Told | null {
  const code = String((error as { readonly code?: unknown }).code ?? '')
  const words = /^([\s\S]*)$/.exec(error.message) as RegExpExecArray
  const known = BY_CODE[codeOf(error)]
  if (known !== undefined) return known(words, source)
  for (const [pattern, translate] of BY_CONNECTION) {
    const found = pattern.exec(code) ?? (code === '' ? pattern.exec(error.message) : null)
    if (found) return translate(found, source)
  }
  return null
}

function codes(all: readonly string[], translation: Translation): Readonly<Record<string, Translation>> {
  return Object.fromEntries(all.map((code) => [code, translation]))
}
