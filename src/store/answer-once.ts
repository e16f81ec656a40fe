import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import type { StoreWriter } from './tables.ts'

/** A request that may come twice. */
export interface OnceAsked {
  /** What is asked for, such as `record_cost`: keys of different requests never meet. */
  readonly scope: string
  /** Chosen by the client; null: nothing is remembered. */
  readonly key: string | null
  /** All that decides the answer. */
  readonly asked: unknown
  readonly nowIso: string
}

const LONGEST_KEY = 200

/**
 * Does the work, or gives the answer it had before where the same request came with the same key. Keys are kept for good.
 *
 * @param work its answer must survive JSON.
 * @throws KpiqlError `KEY_REUSED` where the key came with another request, `RECORD_INVALID` for a key that is blank or too long.
 */
export async function answerOnce<Answer>(writer: StoreWriter, { scope, key, asked, nowIso }: OnceAsked, work: () => Promise<Answer>): Promise<Answer> {
  if (key === null) return work()
  if (key.trim() === '' || key.length > LONGEST_KEY) throw new KpiqlError('RECORD_INVALID', { message: `\`key\` has 1 to ${LONGEST_KEY} characters.`, hint: 'Choose one for each request, such as a UUID, or leave it out.' })
  const fingerprint = stableHash(asked)
  const before = await writer.selectFrom('answered_requests').select(['fingerprint', 'answer']).where('scope', '=', scope).where('key', '=', key).executeTakeFirst()
  if (before === undefined) {
    const answer = await work()
    await writer.insertInto('answered_requests').values({ scope, key, fingerprint, answer: JSON.stringify(answer), created_at: nowIso }).execute()
    return answer
  }
  if (before.fingerprint === fingerprint) return JSON.parse(before.answer) as Answer
  throw new KpiqlError('KEY_REUSED', { message: 'The key came before, with something else to record.', hint: 'Choose another key for another request; repeat a request with its key only as it stands.' })
}
