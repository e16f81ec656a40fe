import { KpiqlError } from '../../src/base/errors.ts'
import { untilAborted } from '../../src/base/until-aborted.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { AuthOptions } from './option-types.ts'

const EARLY_MS = 60_000
const USUAL_LIFE_S = 3_600
/** A token this young is not asked for anew: several requests that were refused with the one before share it. */
const YOUNG_MS = 5_000

/** What shows a tool who asks. */
export interface Credentials {
  headers(isAfterRefusal: boolean, signal: AbortSignal): Promise<Readonly<Record<string, string>>>
  /** A parameter of every request's query. */
  readonly query: { readonly name: string; readonly value: string } | null
  /** What no message may quote. */
  readonly secrets: readonly string[]
}

export function credentialsOf(tool: string, auth: AuthOptions, deps: SyncDeps): Credentials {
  const fixed = (headers: Readonly<Record<string, string>>, secrets: readonly string[], query: Credentials['query'] = null): Credentials => ({ headers: () => Promise.resolve(headers), query, secrets })
  switch (auth.kind) {
    case 'none':
      return fixed({}, [])
    case 'bearer':
      return fixed({ authorization: `Bearer ${auth.token}` }, [auth.token])
    case 'header':
      return fixed({ [auth.name]: auth.value }, [auth.value])
    case 'basic':
      return fixed({ authorization: basic(auth.user, auth.password) }, [auth.password])
    case 'query':
      return fixed({}, [auth.value], { name: auth.name, value: auth.value })
    case 'oauth2':
      return { headers: tokenHeaders(tool, auth, deps), query: null, secrets: [auth.clientSecret] }
  }
}

/** Client credentials: https://www.rfc-editor.org/rfc/rfc6749#section-4.4. A token is kept until a minute before it ends, or until it is refused. */
function tokenHeaders(tool: string, auth: Extract<AuthOptions, { kind: 'oauth2' }>, deps: SyncDeps): Credentials['headers'] {
  const { tokenUrl, clientId, clientSecret, scope, audience, sendAs } = auth
  const client = new HttpClient({
    tool: `${tool} (its tokens)`,
    baseUrl: tokenUrl,
    headers: () => ({ 'content-type': 'application/x-www-form-urlencoded', ...(sendAs === 'basic' ? { authorization: basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret)) } : {}) }),
    deps,
    maxConcurrent: 1,
    spacingMs: 0,
    timeoutMs: 30_000,
    attempts: 4,
    secrets: [clientSecret],
  })
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }), ...(audience === undefined ? {} : { audience }), ...(sendAs === 'body' ? { client_id: clientId, client_secret: clientSecret } : {}) })
  let token: { readonly text: string; readonly gotUtcMs: number; readonly endsUtcMs: number } | null = null
  let asking: Promise<string> | null = null

  const ask = async (signal: AbortSignal): Promise<string> => {
    const { body } = await client.json<unknown>({ method: 'POST', path: tokenUrl, body: form.toString() }, signal)
    const { access_token: text, expires_in: life } = (typeof body === 'object' && body !== null ? body : {}) as { access_token?: unknown; expires_in?: unknown }
    if (typeof text !== 'string' || text === '') throw new KpiqlError('SOURCE_FAILED', { message: `${tool} answered without an access_token.`, hint: 'Check `auth.tokenUrl`.' })
    const lifeMs = (Number(life) > 0 ? Number(life) : USUAL_LIFE_S) * 1_000
    const gotUtcMs = deps.now()
    token = { text, gotUtcMs, endsUtcMs: gotUtcMs + Math.max(lifeMs - EARLY_MS, lifeMs / 2) }
    return text
  }
  return async (isAfterRefusal, signal) => {
    const now = deps.now()
    const serves = token !== null && now < token.endsUtcMs && !(isAfterRefusal && now - token.gotUtcMs >= YOUNG_MS)
    if (token !== null && serves) return { authorization: `Bearer ${token.text}` }
    // Shared, so that nobody's cancelling ends what others wait for.
    asking ??= ask(AbortSignal.timeout(300_000)).finally(() => (asking = null))
    const text = await untilAborted(asking, signal)
    return { authorization: `Bearer ${text}` }
  }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
