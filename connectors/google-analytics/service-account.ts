import { createSign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { SyncDeps } from '../sync-contract.ts'

const SCOPE = 'https://www.googleapis.com/auth/analytics.readonly'
const LIFE_MS = 3_600_000
/** A token is replaced this long before it ends. */
const MARGIN_MS = 300_000

const key = z.object({ type: z.literal('service_account'), client_email: z.string(), private_key: z.string(), token_uri: z.url().default('https://oauth2.googleapis.com/token') })

/**
 * Access tokens of a service account, each used until shortly before its end.
 *
 * The exchange is that of https://developers.google.com/identity/protocols/oauth2/service-account#httprest; google-auth-library signs
 * and sends the same, but to a fixed address, whatever `token_uri` the key names.
 */
export class ServiceAccount {
  readonly #file: string
  readonly #deps: SyncDeps
  readonly #timeoutMs: number
  #token: { readonly text: string; readonly endsUtcMs: number } | null = null
  #asked: Promise<string> | null = null

  constructor(file: string, deps: SyncDeps, timeoutMs: number) {
    this.#file = file
    this.#deps = deps
    this.#timeoutMs = timeoutMs
  }

  /** @param renew true after a token was refused. Of several askers at once one goes to the server. @throws KpiqlError `CONFIG_INVALID` for a file that is no key, `SOURCE_*`. */
  token(renew: boolean, signal: AbortSignal): Promise<string> {
    if (this.#asked !== null) return this.#asked
    if (!renew && this.#token !== null && this.#token.endsUtcMs - MARGIN_MS > this.#deps.now()) return Promise.resolve(this.#token.text)
    this.#asked = this.#exchange(signal).finally(() => {
      this.#asked = null
    })
    return this.#asked
  }

  async #exchange(signal: AbortSignal): Promise<string> {
    const { client_email, private_key, token_uri } = await this.#read()
    const nowS = Math.floor(this.#deps.now() / 1000)
    const assertion = sign({ iss: client_email, scope: SCOPE, aud: token_uri, iat: nowS, exp: nowS + LIFE_MS / 1000 }, private_key)
    const http = new HttpClient({ tool: 'Google', baseUrl: token_uri, headers: () => ({}), deps: this.#deps, maxConcurrent: 1, spacingMs: 0, timeoutMs: this.#timeoutMs, attempts: 4 })
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString()
    const answer = await http.json<{ access_token?: string; expires_in?: number; error?: string }>({ method: 'POST', path: token_uri, body, headers: { 'content-type': 'application/x-www-form-urlencoded' }, accept: [400] }, signal)
    const { access_token, expires_in = LIFE_MS / 1000, error = 'no token' } = answer.body
    if (access_token === undefined) {
      throw new KpiqlError('SOURCE_FAILED', { message: `Google refused the key of the service account (${error}).`, hint: 'Check that the key has not been deleted, that the account is enabled, and that the clock of this machine is right.' })
    }
    this.#token = { text: access_token, endsUtcMs: this.#deps.now() + expires_in * 1000 }
    return access_token
  }

  async #read(): Promise<z.infer<typeof key>> {
    const invalid = (cause: unknown): KpiqlError => new KpiqlError('CONFIG_INVALID', { message: 'The file at `keyFile` is no key of a service account, or cannot be read.', hint: 'Make a key of type JSON for the service account in the Google Cloud console, and name its file.', cause })
    const text = await readFile(this.#file, 'utf8').catch((cause: unknown) => {
      throw invalid(cause)
    })
    try {
      return key.parse(JSON.parse(text))
    } catch (cause) {
      // A parser's error may quote the key.
      throw invalid(cause instanceof z.ZodError ? cause.issues.map(({ path }) => path.join('.')) : null)
    }
  }
}

function sign(claims: object, privateKey: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
  } catch {
    throw new KpiqlError('CONFIG_INVALID', { message: 'The private key in the file at `keyFile` cannot sign.', hint: 'Download the key again; it is a PEM text with line breaks.' })
  }
}
