import { KpiqlError, type ErrorCode } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'

type Told = readonly [ErrorCode, string, string?]
/** What was said, and what it means. */
type Rule = readonly [RegExp, (source: string, message: string) => Told]

const NETWORK_HINT = 'Check `host` and `port` of the source, and that the server runs and may be reached from here.'
const MODEL_HINT = "Check the `expr` and `where` of the metrics asked; the server's code for the fault is {code}."

/** By the name or code of an error on the way to the server. */
const OF_THE_ROAD: readonly Rule[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, (source) => ['SOURCE_UNAVAILABLE', `The host of source "${source}" has no address.`, 'Check the spelling of `host`, and the name server of this machine.']],
  [/^ECONNREFUSED$/, (source) => ['SOURCE_UNAVAILABLE', `Nothing listens where source "${source}" is said to be.`, NETWORK_HINT]],
  [/^(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EHOSTDOWN)$/, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" cannot be reached.`, NETWORK_HINT]],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, (source) => ['SOURCE_UNAVAILABLE', `The certificate of the server of source "${source}" is for another name.`, 'Name `host` as the certificate does; `tls: require` encrypts without checking whom it talks to.']],
  [/^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/, (source) => ['SOURCE_UNAVAILABLE', `The certificate of the server of source "${source}" is not valid today.`, 'Renew it.']],
  [/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/, (source) => ['SOURCE_UNAVAILABLE', `The certificate of the server of source "${source}" is not signed by an authority that is believed.`, 'Give the certificate of its authority as `caFile`; `tls: require` encrypts without checking whom it talks to.']],
  [/^(ERR_SSL_\w+|EPROTO)$/, (source) => ['SOURCE_UNAVAILABLE', `Source "${source}" and its server agree on no form of TLS.`, 'Check which versions of TLS the server takes.']],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" broke the connection.`, 'Ask again; if it stays so, check that the server runs.']],
]

/** What only the driver's words tell. */
const OF_THE_DRIVER: readonly Rule[] = [
  [/does not support SSL|error establishing an SSL/i, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" does not speak TLS.`, 'Switch TLS on in the server, or set `tls: disable` where the way to it is private.']],
  [/^timeout expired|timeout exceeded when trying to connect/, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" did not answer in time.`, `${NETWORK_HINT} It may also need a longer \`connectTimeoutMs\`.`]],
  [/Connection terminated|Client has encountered a connection error|not queryable/i, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" broke the connection.`, 'Ask again; if it stays so, check that the server runs.']],
  [/SASL|password must be a (non-empty )?string|client password/i, (source) => ['SOURCE_FAILED', `Source "${source}" has no password that its server takes.`, 'Check `user` and `password` of the source.']],
]

/** Five characters, a digit among them: EPIPE is none. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/
const NAMED = /(?:relation|table|view|schema|column) "?([\w $.-]{1,100}?)"?(?: |$)/

/** By SQLSTATE, as https://www.postgresql.org/docs/current/errcodes-appendix.html lists them; the first that fits. */
const OF_THE_SERVER: readonly Rule[] = [
  [/^28P01$/, (source) => ['SOURCE_FAILED', `The server of source "${source}" refused the user or the password.`, 'Check `user` and `password` of the source.']],
  [/^28/, (source) => ['SOURCE_FAILED', `The server of source "${source}" lets this user not in from here.`, 'Check `user`, and the lines of pg_hba.conf: it may take connections from other addresses only, or with TLS only (`tls: require`).']],
  [/^3D000$/, (source) => ['SOURCE_FAILED', `The server of source "${source}" has no database of that name.`, 'Check `database` of the source.']],
  [/^3F000$/, (source) => ['SOURCE_FAILED', `The database of source "${source}" has no schema of that name.`, 'Check `schema` of the source.']],
  [/^42501$/, (source, message) => ['SOURCE_FAILED', `The user of source "${source}" may not read ${named(message, 'one of its tables')}.`, 'Grant it: GRANT USAGE ON SCHEMA … and GRANT SELECT ON … to the user of the connection.']],
  [/^42P01$/, (source, message) => ['TABLE_MISSING', `Source "${source}" has no table ${named(message, 'of that name')}.`, 'Check `table` in the model, and that the user of the connection may read it.']],
  [/^42703$/, (source, message) => ['SOURCE_FAILED', `No table of the statement has the column ${named(message, 'it names')} in source "${source}".`, 'Check `expr` in the model against the columns of the table.']],
  [/^25006$/, (source) => ['SOURCE_FAILED', `Something in a statement for source "${source}" would write; its sessions only read.`, MODEL_HINT]],
  [/^22012$/, (source) => ['SOURCE_FAILED', `An expression divides by zero in source "${source}".`, 'Divide by nullif(…, 0) in the `expr` of the model.']],
  [/^2[12]/, (source) => ['SOURCE_FAILED', `A value in source "${source}" does not fit the type the statement asks for.`, 'Check the types in `expr` of the model.']],
  [/^57014$/, (source) => ['SOURCE_TIMEOUT', `A statement was stopped by the server of source "${source}".`, 'Ask for less; the server may have a limit of its own, `statement_timeout`.']],
  [/^(57P03)$/, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" is starting.`, 'Ask again in a moment.']],
  [/^(57P|08|58030)/, (source) => ['SOURCE_UNAVAILABLE', `The server of source "${source}" went away.`, 'Ask again; if it stays so, check that the server runs.']],
  [/^53300$/, (source) => ['SOURCE_BUSY', `The server of source "${source}" takes no more connections.`, 'Lower `maxConcurrent` of the source, or raise max_connections of the server.']],
  [/^(40|55P03|55006)/, (source) => ['SOURCE_BUSY', `A statement in source "${source}" met with others at the same rows.`, 'Ask again.']],
  [/^53100$/, (source) => ['SOURCE_FAILED', `The disk of the server of source "${source}" is full.`, 'Free some space, or raise temp_file_limit.']],
  [/^53/, (source) => ['SOURCE_FAILED', `A statement needs more memory than the server of source "${source}" has for it.`, 'Ask for fewer groups or a shorter period.']],
  [/^54/, (source) => ['SOURCE_FAILED', `A statement is larger than the server of source "${source}" takes.`, 'Ask for fewer slices at once.']],
  [/^XX00[12]$/, (source) => ['SOURCE_FAILED', `The data of source "${source}" is damaged.`, 'See the log of the server.']],
  [/^(42|0A|34)/, (source) => ['SOURCE_FAILED', `The server of source "${source}" refused the statement.`, MODEL_HINT]],
]

/** The one place where the errors of PostgreSQL and its driver become ours. Nothing of their words but the names of tables and columns is told, and their code; `cause` is the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  // Of a host with several addresses, the failures of all come together; one tells.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const { code, message } = { code: '', message: '', ...pick(first) }
  const road = SQLSTATE.test(code) ? tell(OF_THE_SERVER, code, source, message) : tell(OF_THE_ROAD, code, source)
  const [ours, said, hint] = road ?? tell(OF_THE_DRIVER, message, source) ?? ['SOURCE_FAILED', `Source "${source}" failed.`, "The server's code for the fault is {code}; its own log tells more."]
  return new KpiqlError(ours, withNativeCode({ message: said, hint, cause: error }, code))
}

function tell(rules: readonly Rule[], text: string, source: string, message: string = text): Told | null {
  return rules.find(([pattern]) => pattern.test(text))?.[1](source, message) ?? null
}

function named(message: string, otherwise: string): string {
  const name = NAMED.exec(message)?.[1]
  return name === undefined ? otherwise : `"${name}"`
}

function pick(error: unknown): { code?: string; message?: string } {
  if (!(error instanceof Error)) return {}
  const { code } = error as NodeJS.ErrnoException
  return { message: error.message, ...(typeof code === 'string' ? { code } : {}) }
}
