import { startVendor } from './vendor-server.ts'
import type { VendorServer } from './vendor-server.ts'

interface Update {
  readonly $token?: string
  readonly $distinct_id?: string
  readonly $union?: Readonly<Record<string, readonly unknown[]>>
  readonly $remove?: Readonly<Record<string, unknown>>
}

export interface FakeMixpanelIngest extends VendorServer {
  readonly token: string
  /** List properties of profiles. */
  readonly profiles: ReadonlyMap<string, Readonly<Record<string, readonly unknown[]>>>
  /** Profiles it takes no updates of, with its reason. */
  readonly refused: Map<string, string>
}

const TOKEN = 'token-of-a-project'
/** https://docs.mixpanel.com/reference/user-profile-limits */
const MOST_UPDATES = 2_000
const LONGEST_ID = 255

/**
 * `POST /engage#profile-batch-update` (https://docs.mixpanel.com/reference/profile-batch-update): a JSON list of updates; 200 also where the data
 * is not valid, which the body tells: with `verbose=1` as `{ status: 0, error }`. `$union` adds what is not in a list (…/profile-union), `$remove`
 * takes a value out and makes no profile (…/profile-remove-from-list-property). One bad update is taken to spoil its request: what becomes of
 * the others the documentation does not say.
 */
export async function startMixpanelIngest(): Promise<FakeMixpanelIngest> {
  const profiles = new Map<string, Record<string, unknown[]>>()
  const refused = new Map<string, string>()
  const server = await startVendor(({ method, path, query, body }) => {
    if (method !== 'POST' || path !== '/engage') return { status: 404, json: {} }
    const told = (error: string | null) => (query.get('verbose') === '1' ? { json: { status: error === null ? 1 : 0, error } } : { body: error === null ? '1' : '0' })
    const updates = JSON.parse(body.toString()) as readonly Update[]
    if (updates.length > MOST_UPDATES) return { status: 413, json: { status: 0, error: 'request exceeds max limit' } }
    for (const { $token, $distinct_id = '' } of updates) {
      if ($token === undefined || $token === '') return told('$token, missing or empty')
      if ($distinct_id === '' || $distinct_id.length > LONGEST_ID) return told(`$distinct_id, invalid for ${$token}`)
      const reason = refused.get($distinct_id)
      if (reason !== undefined) return told(reason)
    }
    for (const { $token, $distinct_id = '', $union = {}, $remove = {} } of updates) {
      if ($token !== TOKEN) continue
      for (const [name, values] of Object.entries($union)) {
        const profile = profiles.get($distinct_id) ?? {}
        profiles.set($distinct_id, { ...profile, [name]: [...new Set([...(profile[name] ?? []), ...values])] })
      }
      const profile = profiles.get($distinct_id)
      for (const [name, value] of profile === undefined ? [] : Object.entries($remove)) profiles.set($distinct_id, { ...profile, [name]: (profile?.[name] ?? []).filter((one) => one !== value) })
    }
    return told(null)
  })
  return Object.assign({ token: TOKEN, profiles, refused }, server)
}
