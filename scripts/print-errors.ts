import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ERRORS } from '../src/base/errors.ts'
import type { ErrorCode, Fault } from '../src/base/errors.ts'
import { REFUSALS } from '../src/http/refusal.ts'
import type { RefusalCode } from '../src/http/refusal.ts'

const MEANINGS = {
  METRIC_UNKNOWN: 'The model has no such metric.',
  DIMENSION_UNKNOWN: 'The model has no such dimension.',
  COHORT_UNKNOWN: 'The model has no such cohort.',
  COHORT_INVALID: 'A cohort composed in the query makes no sense; the message says where and why.',
  RETENTION_INVALID: 'A retention matrix is asked in a way that makes no sense.',
  FUNNEL_INVALID: 'A funnel is asked in a way that makes no sense.',
  ENTITY_UNKNOWN: 'The model has no such entity.',
  SAVED_QUERY_UNKNOWN: 'The model has no such saved query.',
  FILTER_INVALID: 'A filter or condition cannot be meant: a null, an impossible date, a time of day on dates.',
  GROUPING_INVALID: 'Rows cannot be grouped or ordered so.',
  INVALID_PERIOD: 'The period is empty, backwards, not on the calendar, or no ISO date.',
  INVALID_TIME_ZONE: 'Not an IANA time zone.',
  INVALID_CURSOR: 'The cursor is not one of ours.',
  INVALID_LIMIT: 'A number of rows is outside its range.',
  TOO_MANY_POINTS: 'The series would have more points than allowed.',
  TOO_MANY_GROUPS: 'The answer would have more groups than allowed; nothing of it is given.',
  QUERY_TOO_COSTLY: 'By what the sources say of their tables, the request would read more rows than allowed; nothing is read for what is refused.',
  TOO_MANY_SLICES: 'The request asks for more slices than allowed.',
  TOO_MANY_MEMBERS: 'A cohort has more members in one source than are carried into another.',
  GRAIN_TOO_FINE: 'The grain is finer than the metric or dimension has meaning at.',
  NOT_SUPPORTED: 'This version does not do it.',
  CALCULATION_INVALID: 'A calculator is given numbers that cannot be, such as more customers lost than there were; `extensions.field` names the input.',
  USAGE: 'A command was called in a way it does not know.',
  RECORD_INVALID: 'What is to be recorded, uploaded or saved cannot be: the message names the field.',
  RECORD_UNKNOWN: 'The gateway keeps nothing under this id.',
  KEY_REUSED: 'The same `key` came before with something else to record.',
  WEBHOOK_REFUSED: 'The signature of what was sent does not fit the secret of the source.',
  WEBHOOK_INVALID: 'What was sent is nothing that the tool behind the source sends.',
  SYNC_UNKNOWN: 'The configuration has no such source to sync, or the source no such stream.',
  SYNC_RUNNING: 'The source is being synced already.',
  DESTINATION_UNKNOWN: 'The configuration has no such destination for cohorts.',
  ACTIVATION_INVALID: 'The cohort cannot be sent to this destination: the message says why.',
  ACTIVATION_RUNNING: 'The cohort is being sent to this destination already.',
  MODEL_INVALID: 'The model has faults; all are listed with file, line and column.',
  CONFIG_INVALID: 'The configuration has faults; all are listed.',
  JOIN_AMBIGUOUS: 'Two joins of equal length lead to a dimension; the model must say which.',
  JOIN_FANS_OUT: 'A join would count rows more than once.',
  DATA_INVALID: 'A file does not fit what the model says of it.',
  ROLLUP_UNFIT: 'A rollup cannot be kept up by the source of its table, which changes in ways that the source does not tell it of.',
  SOURCE_UNAVAILABLE: 'The source does not answer; with `extensions.retryAfterMs` it did not, and is left alone until then.',
  SOURCE_FAILED: 'The source refused the question.',
  SOURCE_TIMEOUT: 'The source took too long.',
  SOURCE_BUSY: 'The source is in use by another, or has as many statements running and waiting as it takes.',
  TABLE_MISSING: 'The source has no such table.',
  DATA_INCOMPLETE: 'The first reading of a synced table goes on, so that who belongs to a slice or a cohort is not known yet.',
  STORE_UNAVAILABLE: 'What the gateway keeps cannot be read or written now: in use by another program, the disk full, or not writable.',
  STORE_INVALID: 'What the gateway keeps is damaged, or was written by a newer version.',
  CANCELLED: 'The client left, or the server stops.',
  DEADLINE_EXCEEDED: 'The request took longer than its deadline and was stopped.',
  PLAN_BROKEN: 'A fault of the gateway: the plan contradicts itself.',
  INTERNAL: 'A fault of the gateway that nobody expected. The log has it under the request id.',
} as const satisfies Record<ErrorCode, string>

const REFUSED = {
  REQUEST_INVALID: 'The URL, headers or body are not valid.',
  UNAUTHENTICATED: 'The request needs an API key and came without one that is valid, or with a key in its URL.',
  FORBIDDEN: 'The API key has a role that may not do this; the message names the role that may.',
  NOT_FOUND: 'Nothing is served at this path.',
  METHOD_NOT_ALLOWED: 'The path does not take this method.',
  REQUEST_TIMEOUT: 'The request was not received in time.',
  BODY_TOO_LARGE: 'The body is larger than allowed.',
  URL_TOO_LONG: 'The URL is longer than allowed.',
  MEDIA_TYPE_UNSUPPORTED: 'The body has a content type that is not taken.',
  QUERY_TOO_LARGE: 'The query has more fields, aliases or tokens than allowed.',
  QUERY_TOO_DEEP: 'The query nests deeper than allowed.',
  SHUTTING_DOWN: 'The server stops; ask again.',
  SERVER_BUSY: 'More requests wait than the server takes; ask again after the seconds that `Retry-After` names.',
  STORE_UNAVAILABLE: 'API keys cannot be read now; ask again.',
  INTERNAL: 'A fault of the gateway that nobody expected.',
} as const satisfies Record<RefusalCode, string>

const GRAPHQL = {
  GRAPHQL_PARSE_FAILED: 'The query is no GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The query does not fit the schema: a wrong name, with the nearest as a suggestion, or a wrong type.',
  BAD_USER_INPUT: 'A variable or argument does not fit its type.',
  OPERATION_RESOLUTION_FAILURE: 'The document has several operations and none was named.',
  PERSISTED_QUERY_NOT_FOUND: 'The stored query is not known yet: send it with its text.',
}

const WHO = { caller: 'the caller', author: 'the author of the model or configuration', source: 'whoever runs the source', us: 'us, or whoever runs the gateway' } as const satisfies Record<Fault, string>

/** `docs/errors.md` as text: every code a client may see, what it means, who must act, and whether asking again may help. */
export function printErrors(): string {
  const ours = (Object.keys(MEANINGS) as ErrorCode[]).map((code) => `| \`${code}\` | ${MEANINGS[code]} | ${WHO[ERRORS[code].fault]} | ${ERRORS[code].retry ? 'may help' : 'no'} |`)
  const refused = (Object.keys(REFUSED) as RefusalCode[]).map((code) => `| \`${code}\` | ${REFUSALS[code]} | ${REFUSED[code]} |`)
  const graphql = Object.entries(GRAPHQL).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return [
    '# Errors',
    '',
    'Printed by `node scripts/print-errors.ts`. In GraphQL every error has `extensions.code`; errors of ours add a `hint` and, where it helps a program, facts such as a limit.',
    'An error stays with the field that has it: the rest of the response is served. A number that cannot be computed is no error but `null` with a `reason` and a `remedy`.',
    '',
    '## Of the question, the model and the sources',
    '',
    '| code | what it means | who must act | asking again |',
    '| --- | --- | --- | --- |',
    ...ours,
    '',
    '## Of the query',
    '',
    '| code | what it means |',
    '| --- | --- |',
    ...graphql,
    '',
    '## Of the HTTP request',
    '',
    '| code | status | what it means |',
    '| --- | --- | --- |',
    ...refused,
    '',
  ].join('\n')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'errors.md')
  if (!process.argv.includes('--check')) writeFileSync(file, printErrors())
  else if (readFileSync(file, 'utf8') !== printErrors()) {
    console.error('docs/errors.md is stale. Run: node scripts/print-errors.ts')
    process.exitCode = 1
  }
}
