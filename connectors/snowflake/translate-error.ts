import { KpiqlError, type ErrorDetails } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'
import { knownName } from './names.ts'

type Told = readonly [ConstructorParameters<typeof KpiqlError>[0], Omit<ErrorDetails, 'cause'>]
type Translation = (words: string, source: string) => Told

const unavailable = (message: string, hint: string): Told => ['SOURCE_UNAVAILABLE', { message, hint }]
const failed = (message: string, hint: string): Told => ['SOURCE_FAILED', { message, hint }]

const refused: Translation = (_, source) => failed(`Snowflake refuses the credentials of source "${source}".`, 'Check `account`, `user`, and `password`, `privateKey` or `token` of the source.')
const badValue: Translation = (_, source) => failed(`A value in source "${source}" does not fit the type the statement asks for.`, 'Check the types in `expr` of the model.')
const tooLong: Translation = (_, source) => ['SOURCE_TIMEOUT', { message: `Source "${source}" took longer than a statement may run.`, hint: 'Ask for less, or raise `statementTimeoutMs` of the source and the timeout of the warehouse.' }]
const ended: Translation = (_, source) => unavailable(`The session of source "${source}" has ended.`, 'Ask again: the next statement signs in anew.')
const noDatabase: Translation = (_, source) => failed(`Snowflake has no such database or schema for source "${source}", or its role may not use it.`, 'Check `database`, `schema` and `role` of the source; grant the role USAGE on both.')

/** By Snowflake's own numbers of errors; its texts may hold SQL, values, names of others or hosts. */
const BY_CODE: Readonly<Record<string, Translation>> = {
  ...codes(['390100', '390101', '390102', '390103', '390144', '390303', '390318', '390422', '394300', '394301', '394304', '394305'], refused),
  ...codes(['390189', '390186', '390201'], (_, source) => failed(`The user of source "${source}" may not take that role, database or warehouse.`, 'Check `role`, `database` and `warehouse` of the source, and what the user is granted.')),
  ...codes(['390104', '390111', '390112', '390114', '390195', '407002'], ended),
  ...codes(['002003', '2003'], (words, source) => {
    if (/(Database|Schema) '/i.test(words)) return noDatabase(words, source)
    return ['TABLE_MISSING', { message: `Source "${source}" has no table ${tableOf(words)}, or its role may not read it.`, hint: 'Check `table` in the model, and that the role is granted to read it.' }]
  }),
  ...codes(['002043', '2043', '090105', '90105', '090106', '90106'], noDatabase),
  ...codes(['003001', '3001'], (words, source) => failed(`The role of source "${source}" may not read ${tableOf(words) === 'of that name' ? 'what is asked for' : `table ${tableOf(words)}`}.`, 'Grant it SELECT on the table, and USAGE on its schema and database.')),
  ...codes(['000904', '904'], (words, source) => {
    const [, name] = /invalid identifier '([^']{1,200})'/.exec(words) ?? []
    const last = name?.replaceAll('"', '').split('.').at(-1)
    return failed(`No table of the statement has ${last === undefined ? 'one of its columns' : `a column "${knownName(last) ?? last}"`} in source "${source}".`, 'Check `expr` in the model against the columns of the table.')
  }),
  ...codes(['000606', '606', '090073', '90073'], (_, source) => failed(`Source "${source}" has no warehouse that runs its statements.`, 'Name one in `warehouse` of the source, and grant its role USAGE on it.')),
  ...codes(['000604', '604'], (_, source) => failed(`The statement was stopped in Snowflake for source "${source}".`, 'Somebody cancelled it, or a resource monitor suspended the warehouse: ask again, or ask whoever runs the account.')),
  ...codes(['000630', '630', '000625', '625'], tooLong),
  ...codes(['100035', '100037', '100038', '100039', '100040', '100041', '100046', '100051', '100058', '100069', '100071', '100078', '100080', '100132', '100183', '002049'], badValue),
  ...codes(['001003', '1003', '001007', '1007', '001044', '1044', '002140', '2140', '002141', '2141', '000979', '979', '002016', '2016'], (_, source) => failed(`Snowflake refused the statement of source "${source}".`, "Check the `expr` and `where` of the metrics asked; Snowflake's code for the fault is {code}, and its query history tells more.")),
  ...codes(['090109', '90109', '000612', '612', '300002'], (_, source) => ['SOURCE_BUSY', { message: `Snowflake takes no more statements from source "${source}" at the moment.`, hint: 'Ask again, lower `maxConcurrent` of the source, or take a larger warehouse.' }]),
}

/** What Node and TLS say of the way to Snowflake. */
const BY_WORDS: readonly (readonly [RegExp, Translation])[] = [
  [/ENOTFOUND|EAI_AGAIN/, (_, source) => unavailable(`The host of source "${source}" is not known.`, 'Check `account` or `accessUrl` of the source, and the name server.')],
  [/CERT|self[- ]signed|altnames|UNABLE_TO_VERIFY|ISSUER|REVOKED/i, (_, source) => failed(`The certificate at the address of source "${source}" is not trusted.`, 'Check `account` or `accessUrl` of the source, and the certificates that Node trusts (NODE_EXTRA_CA_CERTS).')],
  [/EPROTO|wrong version number|SSL routines|ERR_SSL|packet length/i, (_, source) => failed(`The address of source "${source}" does not speak TLS.`, 'Check `accessUrl` of the source.')],
  [/ECONNREFUSED/, (_, source) => unavailable(`Nothing answers at the address of source "${source}".`, 'Check `account` or `accessUrl` of the source, and that this machine may reach it.')],
  [/ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|hang up|TimeoutError|Network error/i, (_, source) => unavailable(`Snowflake did not answer source "${source}".`, 'Check that this machine may reach it; then ask again.')],
]

/** The one place where Snowflake's errors become ours. Messages hold no SQL, account, user or secret; `cause` keeps the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  const { code, status, words } = readError(error)
  const [errorCode, details] = tell(code, status, words, source)
  return new KpiqlError(errorCode, withNativeCode({ ...details, cause: error }, code))
}

function tell(code: string, status: number | null, words: string, source: string): Told {
  const known = BY_CODE[code]
  if (known !== undefined) return known(words, source)
  if (status === 401) return refused(words, source)
  if (status === 403 || status === 404) return failed(`There is no such account at the address of source "${source}", or this machine may not use it.`, 'Check `account` or `accessUrl` of the source, and the network policy of the account.')
  for (const [pattern, translate] of BY_WORDS) if (pattern.test(words)) return translate(words, source)
  // 40100x: the client's own words for a way that broke.
  if (/^40[12]\d{3}$/.test(code)) return unavailable(`Snowflake did not answer source "${source}" as it does.`, 'Check `accessUrl` of the source, and that nothing between changes what is sent; then ask again.')
  return failed(`Source "${source}" failed.`, "Snowflake's code for the fault is {code}; its query history tells more.")
}

function readError(error: unknown): { readonly code: string; readonly status: number | null; readonly words: string } {
  const { code, response } = error as { readonly code?: unknown; readonly response?: { readonly statusCode?: unknown; readonly status?: unknown } }
  const words: string[] = []
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) words.push(at.name, String((at as { readonly code?: unknown }).code ?? ''), at.message)
  const status = response?.statusCode ?? response?.status
  return { code: code === undefined ? '' : String(code), status: typeof status === 'number' ? status : null, words: words.join('\n') }
}

/** The last part of the path that Snowflake names, as we call it. */
function tableOf(words: string): string {
  const [, path] = /(?:Object|Table|View|table|view) '([^']{1,400})'/.exec(words) ?? []
  const stored = path?.replaceAll('"', '').split('.').at(-1) ?? ''
  return stored === '' ? 'of that name' : `"${knownName(stored) ?? stored}"`
}

function codes(all: readonly string[], translation: Translation): Readonly<Record<string, Translation>> {
  return Object.fromEntries(all.map((code) => [code, translation]))
}
