import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { SyncDeps } from '../sync-contract.ts'
import type { SalesforceOptions } from './options.ts'

const TOKEN_PATH = '/services/oauth2/token'
const ASSERTION_S = 180
/** Requests that were refused at the same time share the new token. */
const FRESH_MS = 10_000

interface TokenAnswer {
  readonly access_token?: string
  readonly error?: string
  readonly error_description?: string
}

/** The headers of requests, with a token that is asked for when it is first needed, and again when one was refused. */
export class Session {
  readonly #options: SalesforceOptions
  readonly #deps: SyncDeps
  readonly #http: HttpClient
  #token: Promise<string> | null = null
  #askedMs = 0

  constructor(options: SalesforceOptions, deps: SyncDeps, attempts: number) {
    this.#options = options
    this.#deps = deps
    const baseUrl = options.privateKey === undefined ? options.instanceUrl : options.loginUrl
    this.#http = new HttpClient({ tool: 'Salesforce', baseUrl, headers: () => ({}), deps, maxConcurrent: 1, spacingMs: 0, timeoutMs: options.timeoutMs, attempts })
  }

  /** @throws KpiqlError `SOURCE_FAILED` where Salesforce gives no token, with its own reason. */
  async headers(isAfterRefusal: boolean, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { accessToken, pageSize } = this.#options
    const options = { 'sforce-query-options': `batchSize=${Math.max(200, pageSize)}` }
    if (accessToken !== undefined) return { ...options, authorization: `Bearer ${accessToken}` }
    const isOld = isAfterRefusal && this.#deps.now() - this.#askedMs >= FRESH_MS
    if (this.#token === null || isOld) {
      this.#askedMs = this.#deps.now()
      this.#token = this.#ask(signal)
      this.#token.catch(() => {
        this.#token = null
      })
    }
    return { ...options, authorization: `Bearer ${await this.#token}` }
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { clientId = '', clientSecret } = this.#options
    const form = clientSecret === undefined
      ? { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await this.#assertion() }
      : { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
    const { body } = await this.#http.json<TokenAnswer>(
      { method: 'POST', path: TOKEN_PATH, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString(), accept: [400, 401, 403] },
      signal,
    )
    if (body.access_token !== undefined) return body.access_token
    throw new KpiqlError('SOURCE_FAILED', {
      message: `Salesforce refused the login: ${(body.error_description ?? body.error ?? 'no reason given').slice(0, 300)} (${body.error ?? 'unknown'}).`,
      hint: 'Check the client and its secret or key, that the flow is enabled in the connected app, and that the user may use it.',
    })
  }

  /** https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm */
  async #assertion(): Promise<string> {
    const { clientId = '', username = '', privateKey = '', loginUrl } = this.#options
    return new SignJWT({})
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(clientId)
      .setSubject(username)
      .setAudience(loginUrl)
      .setExpirationTime(Math.floor(this.#deps.now() / 1_000) + ASSERTION_S)
      .sign(createPrivateKey(privateKey))
  }
}
