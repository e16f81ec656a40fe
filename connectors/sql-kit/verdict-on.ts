import type { KpiqlError } from '../../src/base/errors.ts'
import type { Verdict } from '../contract.ts'

const MOST_NAMED = 10
const MOST_REASONS = 3

/**
 * The verdict on a database that answers: fails where no table can be read at all, or one that the model reads cannot.
 *
 * @param what the database, as the subject of a sentence. @param readable how many tables can be read.
 * @param refusals by the name of a table that the model reads, why it cannot be.
 */
export function verdictOn(what: string, readable: number, refusals: ReadonlyMap<string, KpiqlError>): Verdict {
  const counted = readable === 0 ? `${what} answers, but no table can be read` : `${what} answers; ${readable} ${readable === 1 ? 'table' : 'tables'} can be read`
  if (refusals.size === 0) {
    return readable > 0 ? { ok: true, message: `${counted}.` } : { ok: false, message: `${counted}. Grant the user of the connection the right to read its tables, and check that the source names the place where they are (database, schema or dataset).` }
  }
  const names = [...refusals.keys()].sort()
  const named = names.length > MOST_NAMED ? `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more` : names.join(', ')
  const reasons = [...refusals].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_REASONS).map(([, { message }]) => message)
  const hints = [...refusals.values()].flatMap(({ hint }) => hint ?? [])
  return { ok: false, message: [`${counted}. The model reads what cannot be: ${named}.`, ...new Set(reasons), ...new Set(hints)].join(' ') }
}
