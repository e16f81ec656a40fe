import { createHash } from 'node:crypto'

const PLAIN = /^[a-z0-9][a-z0-9_]*$/
const HASH_LENGTH = 8

/**
 * A cohort's name for programs: small letters, digits and underscores, at most so many. A name that is so already stays as it is; others end
 * with a hash of the whole name, so that no two cohorts become one: `Power users` is `power_users_` and eight digits.
 */
export function cohortName(cohort: string, longest = 100): string {
  if (PLAIN.test(cohort) && cohort.length <= longest) return cohort
  const plain = cohort
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  const hash = createHash('sha256').update(cohort).digest('hex').slice(0, HASH_LENGTH)
  return `${(plain === '' ? 'cohort' : plain).slice(0, longest - HASH_LENGTH - 1)}_${hash}`
}
