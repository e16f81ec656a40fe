import { z } from 'zod'
import { FREE_MAIL_DOMAINS } from '../../jobs/identity/free-mail-domains.ts'
import { IDENTITY_SOURCE } from '../../jobs/identity/types.ts'
import type { IdentityRule, MatchKind, ValuePlace } from '../../jobs/identity/types.ts'
import type { ModelSource } from '../../model/model-source.ts'
import type { Problem } from '../../model/problem.ts'

/** Keys of a rule are bits of a number. */
const MOST_KEYS = 10
const SHARED_BY_AT_MOST = 20
const NAME = /^[a-z][a-z0-9_]*$/
const DATASET = /^[A-Za-z_][\w-]*\.[a-z][a-z0-9_]*$/

const name = z.string().regex(NAME, 'must be in snake_case')

const rule = z
  .strictObject({
    match: z.array(name.refine((key) => key !== 'key', '`key` is what tells rows of one table apart')).min(1).max(MOST_KEYS),
    from: z.record(z.string().regex(DATASET, 'must be a table of a synced source, as SOURCE.TABLE'), z.record(name, z.string().min(1)).refine((table) => table['key'] !== undefined, 'needs a `key`: the column that tells its rows apart')),
    sharedByAtMost: z.number().int().min(1).nullable().optional(),
    emails: z.strictObject({ ignoreDots: z.boolean().default(false), ignorePlus: z.boolean().default(false) }).prefault({}),
    freeMail: z.array(z.string().min(1)).default([]),
  })
  .superRefine(({ match, from }, context) => {
    for (const [table, places] of Object.entries(from)) {
      const strange = Object.keys(places).find((key) => key !== 'key' && !match.includes(key))
      if (strange !== undefined) context.addIssue({ code: 'custom', path: ['from', table, strange], message: `is not among the keys to match: ${match.join(', ')}` })
      if (!Object.keys(places).some((key) => match.includes(key))) context.addIssue({ code: 'custom', path: ['from', table], message: `has none of the keys to match: ${match.join(', ')}` })
    }
  })

/** Who is who over all tools, by entity. */
export const identitySchema = z.record(name, rule)

/** @param written as `identitySchema` gives it. */
export function identityRules(written: z.output<typeof identitySchema>): readonly IdentityRule[] {
  return Object.entries(written).map(([entity, { match, from, sharedByAtMost, emails, freeMail }]) => ({
    entity,
    // People of one company share its domain, however many they are.
    match: match.map((key) => ({ name: key, kind: KINDS[key] ?? 'text', sharedByAtMost: sharedByAtMost === undefined ? (key === 'domain' ? null : SHARED_BY_AT_MOST) : sharedByAtMost })),
    tables: Object.entries(from).map(([place, places]) => {
      const [source = '', table = ''] = place.split('.')
      const { key = '', ...values } = places
      return { source, table, key, values: Object.fromEntries(Object.entries(values).map(([one, written]) => [one, valuePlace(written)])) }
    }),
    emails,
    freeMail: new Set([...FREE_MAIL_DOMAINS, ...freeMail.map((domain) => domain.toLowerCase())]),
  }))
}

const KINDS: Readonly<Record<string, MatchKind>> = { email: 'email', domain: 'domain' }

/** @returns What of the identities no synced source has. */
export function strangeTables(written: z.output<typeof identitySchema>, synced: readonly string[], source: ModelSource): readonly Problem[] {
  const named = synced.includes(IDENTITY_SOURCE) && Object.keys(written).length > 0
  return [
    ...(named ? [source.problem(['sources', IDENTITY_SOURCE], `Tables of identities begin with "${IDENTITY_SOURCE}", so that no synced source can be called so.`, 'Give it another name.')] : []),
    ...Object.entries(written).flatMap(([entity, { from }]) =>
      Object.keys(from).flatMap((place) => (synced.includes(place.split('.', 1)[0] ?? '') ? [] : [source.problemOfKey(['identity', entity, 'from', place], `"${place}" is no table of a synced source.`, synced.length > 0 ? `Synced: ${synced.join(', ')}.` : 'Identities are of tools that are synced.')])),
    ),
  ]
}

/** `metadata.user_id`: the field `user_id` of the JSON in the column `metadata`. */
function valuePlace(written: string): ValuePlace {
  const [column = '', ...path] = written.split('.')
  return { column, path }
}
