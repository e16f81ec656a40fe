import { KpiqlError } from '../../src/base/errors.ts'
import type { Exchange } from './read-body.ts'

const MOST_HOPS = 5

/** Carries one request; redirections come back as they are, where it can. */
export type Transport = (sent: Sent, signal: AbortSignal) => Promise<Response>

const fetched: Transport = ({ url, ...sent }, signal) => fetch(url, { ...sent, signal, redirect: 'manual' })

export interface Sent {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer> | null
}

/**
 * Sends a request and follows redirections. Headers (but `accept`) and bodies go to origins that may have them and nowhere else,
 * also when the first address is another host's.
 *
 * @throws KpiqlError `SOURCE_FAILED` for redirections that go on and on, or that would take a body elsewhere; else what `fetch` throws.
 */
export async function send(tool: string, sent: Sent, mayHaveCredentials: (origin: string) => boolean, exchange: Exchange, transport: Transport = fetched): Promise<Response> {
  let { url, method, body } = sent
  for (let hop = 0; ; hop++) {
    const isTrusted = mayHaveCredentials(url.origin)
    if (!isTrusted && body !== null) throw new KpiqlError('SOURCE_FAILED', { message: `${tool} sends a request with a body on to another host, which does not get it.`, hint: 'Check the address of the source.', data: { reason: 'redirected' } })
    const headers = isTrusted ? sent.headers : { accept: sent.headers['accept'] ?? '*/*' }
    const at = { url, method, headers, body }
    const response = await exchange.within(() => transport(at, exchange.signal))
    const location = [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null
    if (location === null) return response
    await response.body?.cancel()
    if (hop >= MOST_HOPS) throw new KpiqlError('SOURCE_FAILED', { message: `${tool} redirects on and on.`, hint: 'Check the address of the source.', data: { reason: 'redirected' } })
    if (!URL.canParse(location, url.href) || !/^https?:$/.test(new URL(location, url).protocol)) throw new KpiqlError('SOURCE_FAILED', { message: `${tool} redirects to what is no address.`, data: { reason: 'redirected' } })
    url = new URL(location, url)
    if (response.status === 303 || (response.status < 303 && method === 'POST')) {
      method = 'GET'
      body = null
    }
  }
}
