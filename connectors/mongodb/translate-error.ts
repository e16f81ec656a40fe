import { KpiqlError, type ErrorCode } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'

interface Told {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
}

/** By the code of the server's error. https://www.mongodb.com/docs/manual/reference/error-codes/ */
const BY_CODE: Readonly<Record<number, Told>> = {
  13: { code: 'SOURCE_FAILED', message: 'does not let its user read', hint: 'Give the user of the connection the role `read` on the database.' },
  18: { code: 'SOURCE_FAILED', message: 'refuses the user or the password', hint: 'Check `user`, `password` and `authSource` of the source.' },
  26: { code: 'TABLE_MISSING', message: 'has no such collection', hint: 'Check `table` in the model.' },
  50: { code: 'SOURCE_TIMEOUT', message: 'stopped the statement, which took too long', hint: 'Ask for less, or raise `statementTimeoutMs` of the source.' },
  241: { code: 'SOURCE_FAILED', message: 'holds a value that is not of the type its column has', hint: 'Correct the document, or declare the type under `columns` of the source.' },
  40066: { code: 'SOURCE_FAILED', message: 'holds a document with a value of another type than the documents looked at', hint: 'Raise `sampleSize` of the source, or declare the type of the field under its `columns`.' },
}

const TOO_LARGE: Told = { code: 'SOURCE_FAILED', message: 'needs more memory for the statement than it may use', hint: 'Ask for fewer groups or a shorter period; medians and percentiles keep all values of a group.' }
const UNREACHED: Told = { code: 'SOURCE_UNAVAILABLE', message: 'cannot be reached', hint: 'Check `host`, `port` and `tls` of the source, and that the server runs and lets this machine in.' }
const UNKNOWN: Told = { code: 'SOURCE_FAILED', message: 'refused the statement', hint: "The server's code for the fault is {code}; its own log tells more." }
const MEMORY = new Set([146, 292, 10334, 17419, 16945, 5643001])
const UNAVAILABLE = new Set([6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436])

/** The one place where the driver's errors become ours: their messages may hold hosts, users and values, and go nowhere. */
export function translateError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  const { code, message, hint } = toldOf(error)
  return new KpiqlError(code, withNativeCode({ message: `Source "${source}" ${message}.`, hint, cause: error }, codeOf(error)))
}

function codeOf(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  // Where values are asked for as BSON has them, the driver keeps the code of an error so, too.
  return code !== null && typeof code === 'object' ? Number(code) : code
}

function toldOf(error: unknown): Told {
  const { name = '', message = '', cause } = error as { name?: string; message?: string; cause?: unknown }
  const code = codeOf(error)
  if (typeof code === 'number') {
    const told = BY_CODE[code]
    if (told !== undefined) return told
    if (MEMORY.has(code)) return TOO_LARGE
    if (UNAVAILABLE.has(code)) return UNREACHED
    if (/find a matching branch/.test(message)) return BY_CODE[40066] as Told
    return UNKNOWN
  }
  if (/Authentication failed/i.test(message)) return BY_CODE[18] as Told
  if (/certificate|self.signed|\bTLS\b|\bSSL\b/i.test(`${message} ${String((cause as { message?: string } | undefined)?.message ?? '')}`)) return { ...UNREACHED, message: 'offers no TLS connection that can be trusted' }
  if (/ENOTFOUND|EAI_AGAIN|querySrv/.test(message)) return { ...UNREACHED, message: 'is on a host whose name is not known' }
  if (/ECONNREFUSED/.test(message)) return { ...UNREACHED, message: 'refuses connections' }
  if (/ServerSelection|Network|NotConnected|PoolCleared|Topology|ClientClosed|WaitQueueTimeout/.test(name)) return UNREACHED
  if (/MongoParseError|MongoInvalidArgument|MongoAPIError|MongoMissingCredentials/.test(name)) return { code: 'CONFIG_INVALID', message: 'has options that its driver refuses', hint: 'Check `url` and the other options of the source.' }
  return UNKNOWN
}
