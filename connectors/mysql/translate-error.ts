import { KpiqlError, type ErrorCode } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'

interface Told {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

type Translation = readonly [codes: readonly (string | number)[], told: (source: string, found: string | null) => Told]

const unavailable = (message: (source: string) => string, hint: string): Translation[1] => (source) => ({ code: 'SOURCE_UNAVAILABLE', message: message(source), hint })
const failed = (message: (source: string) => string, hint: string): Translation[1] => (source) => ({ code: 'SOURCE_FAILED', message: message(source), hint })

/** By code of the driver or number of the server; the first that matches wins. */
const TRANSLATIONS: readonly Translation[] = [
  [[1045, 1698, 1862, 3118, 4151], unavailable((source) => `Source "${source}" refuses the user or the password.`, 'Check `user` and `password` of the source, and from which hosts the user may connect.')],
  [[1044], unavailable((source) => `The user of source "${source}" may not use its database.`, 'Check `database`, and grant SELECT on it to the user.')],
  [[1049], unavailable((source) => `Source "${source}" has no database of that name.`, 'Check `database` of the source.')],
  [[1130, 1129], unavailable((source) => `Source "${source}" takes no connections from this machine.`, 'Let the user connect from here, or run FLUSH HOSTS on the server.')],
  [['ENOTFOUND', 'EAI_AGAIN', 'EAI_NONAME'], unavailable((source) => `The host of source "${source}" is not known.`, 'Check `host` of the source, and that names can be looked up from here.')],
  [['ECONNREFUSED', 'ENOENT', 'EACCES'], unavailable((source) => `Nothing answers where source "${source}" should be.`, 'Check `host`, `port` or `socketPath` of the source, and that the server runs.')],
  [['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'], unavailable((source) => `Source "${source}" cannot be reached.`, 'Check `host` and `port` of the source, and firewalls between.')],
  [['HANDSHAKE_NO_SSL_SUPPORT'], unavailable((source) => `Source "${source}" offers no TLS.`, 'Set certificates up on the server, or set `tls: disable` where the network is trusted.')],
  [
    ['HANDSHAKE_SSL_ERROR', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_GET_ISSUER_CERT', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER'],
    unavailable((source) => `The TLS certificate of source "${source}" is not trusted.`, 'Give the certificate of its authority as `caFile`, and a `host` that the certificate names; `tls: require` encrypts without checking whom it talks to.'),
  ],
  [[3159], unavailable((source) => `Source "${source}" takes only encrypted connections.`, 'Set `tls: require` or `verify-full` of the source.')],
  [['AUTH_SWITCH_PLUGIN_ERROR', 1251, 1524], unavailable((source) => `Source "${source}" wants a way to log in that the driver does not have.`, 'Give the user another authentication plugin.')],
  [[1040, 1203, 1226], (source) => ({ code: 'SOURCE_BUSY', message: `Source "${source}" takes no more connections.`, hint: 'Lower `maxConcurrent` of the source, or raise the limits of the server or the user.' })],
  [['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'ECONNABORTED', 'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR', 'PROTOCOL_ENQUEUE_AFTER_QUIT', 1053, 1077, 1079, 1080, 1158, 1159, 1160, 1161, 1927, 4031], unavailable((source) => `The connection to source "${source}" broke.`, 'Ask again; if it breaks again, look at the log of the server.')],
  [[1969, 3024], (source) => ({ code: 'SOURCE_TIMEOUT', message: `Source "${source}" stopped a statement that took too long.`, hint: 'Ask for less, or raise `statementTimeoutMs` of the source and the limits of the server.' })],
  [[1205, 1213], (source) => ({ code: 'SOURCE_BUSY', message: `Another session of source "${source}" holds a lock.`, hint: 'Ask again later.' })],
  [[1317], (source) => ({ code: 'CANCELLED', message: `The query to source "${source}" was cancelled.`, hint: 'Ask again.' })],
  [
    [1146, 1051, 1109],
    (source, name) => ({ code: 'TABLE_MISSING', message: name === null ? `Source "${source}" lacks a table of the statement.` : `Source "${source}" has no table "${name}".`, hint: 'Check `table` in the model, and that the user of the connection may read it.' }),
  ],
  [[1142, 1143, 1227, 1370], failed((source) => `The user of source "${source}" may not read a table that the statement needs.`, 'Grant SELECT on the tables of the model to the user.')],
  [
    [1054],
    (source, name) => ({ code: 'SOURCE_FAILED', message: name === null ? `A column of the statement is missing in source "${source}".` : `No table of the statement has a column "${name}" in source "${source}".`, hint: 'Check `expr` in the model against the columns of the table. Text stands in single quotes: what stands in double quotes is a name.' }),
  ],
  [[1792, 1290, 1836], failed((source) => `The statement would write, and source "${source}" is only read.`, 'Check the `expr` and `where` of the metrics asked.')],
  [[1021, 1114, 28, 3], failed((source) => `Source "${source}" has no space left for its work.`, 'Free space where the server keeps temporary tables, or ask for less.')],
  [[1037, 1038, 1041, 1135, 5], failed((source) => `Source "${source}" has too little memory for the statement.`, 'Ask for fewer groups or a shorter period, or raise `sort_buffer_size` and the memory of the server.')],
  [[1153, 'ER_NET_PACKET_TOO_LARGE'], failed((source) => `A value is too large for source "${source}".`, 'Send shorter lists, or raise `max_allowed_packet` of the server.')],
  [[1264, 1292, 1366, 1406, 1690, 1365, 1411, 1916], failed((source) => `A value in source "${source}" does not fit the type the statement asks for.`, 'Check the types in `expr` of the model.')],
]

/** The one place where errors of the driver and the server become ours. Messages hold no SQL, host, user or password; `cause` keeps the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  const codes = codesOf(error)
  const [, told] = TRANSLATIONS.find(([known]) => codes.some((code) => known.includes(code))) ?? []
  if (told !== undefined) return ours(told(source, nameIn(error)), error)
  const isServers = codes.some((code) => typeof code === 'number')
  return ours(
    isServers
      ? { code: 'SOURCE_FAILED', message: `Source "${source}" refused the statement.`, hint: "Check the `expr` and `where` of the metrics asked; the server's code for the fault is {code}." }
      : { code: 'SOURCE_UNAVAILABLE', message: `Source "${source}" cannot be reached.`, hint: "Check that the server runs and may be reached from here; the driver's code for the fault is {code}." },
    error,
  )
}

function ours({ code, message, hint }: Told, cause: unknown): KpiqlError {
  const codes = codesOf(cause)
  return new KpiqlError(code, withNativeCode({ message, hint, cause }, codes.find((one) => typeof one === 'number') ?? codes[0]))
}

/** Codes and numbers of the error and of those that led to it. */
function codesOf(error: unknown): readonly (string | number)[] {
  if (typeof error !== 'object' || error === null) return []
  const { code, errno, cause } = error as { readonly code?: unknown; readonly errno?: unknown; readonly cause?: unknown }
  // Numbers of the operating system are negative; the server's are not.
  const own = [code, errno].filter((one) => typeof one === 'string' || (typeof one === 'number' && one > 0)) as (string | number)[]
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : []
  return [...own, ...inner, ...codesOf(cause)]
}

/** The table or column that the server names, without its database. */
function nameIn(error: unknown): string | null {
  const text = error instanceof Error ? error.message : ''
  const name = /^(?:Table|Unknown column|Unknown table) '([^']{1,200})'/.exec(text)?.[1]
  return name?.split('.').at(-1) ?? null
}
