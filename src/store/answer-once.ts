import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import type { StoreReader, StoreWriter } from './tables.ts'

/** A request that may come twice. */
export interface OnceAsked {
  /** What is asked for, such as `record_cost`: keys of different requests never meet. */
  readonly scope: string
  /** Chosen by the client; null: nothing is remembered. */
  readonly key: string | null
  /** The request as it was sent, before anything was made of it that may be otherwise when it comes again. */
  readonly sent: unknown
}

const LONGEST_KEY = 200

/**
 * The answer that the same request had before with the same key; null where it is new, or has no key.
 *
 * @throws KpiqlError `KEY_REUSED` where the key came with another request, `RECORD_INVALID` for a key that is blank or too long.
 */
export async function answeredBefore<Answer>(reader: StoreReader, { scope, key, sent }: OnceAsked): Promise<Answer | null> {
  if (key === null) return null
  if (key.trim() === '' || key.length > LONGEST_KEY) throw new KpiqlError('RECORD_INVALID', { message: `\`key\` has 1 to ${LONGEST_KEY} characters.`, hint: 'Choose one for each request, such as a UUID, or leave it out.' })
  const before = await reader.selectFrom('answered_requests').select(['fingerprint', 'answer']).where('scope', '=', scope).where('key', '=', key).executeTakeFirst()
  if (before === undefined) return null
  if (before.fingerprint === stableHash(sent)) return JSON.parse(before.answer) as Answer
  throw new KpiqlError('KEY_REUSED', { message: 'The key came before, with something else to record.', hint: 'Choose another key for another request; repeat a request with its key only as it stands.' })
}

/**
 * Does the work, or gives the answer it had before where the same request came with the same key. Keys are kept for good.
 *
 * @param work its answer must survive JSON.
 * @throws KpiqlError as `answeredBefore`.
 */
export async function answerOnce<Answer>(writer: StoreWriter, asked: OnceAsked, nowIso: string, work: () => Promise<Answer>): Promise<Answer> {
  const before = await answeredBefore<Answer>(writer, asked)
  if (before !== null) return before
  const answer = await work()
  const { scope, key, sent } = asked
  if (key !== null) await writer.insertInto('answered_requests').values({ scope, key, fingerprint: stableHash(sent), answer: JSON.stringify(answer), created_at: nowIso }).execute()
  return answer
}
