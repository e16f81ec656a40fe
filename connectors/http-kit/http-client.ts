import { KpiqlError } from '../../src/base/errors.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { failureOf, Passing } from './failures.ts'
import { Gate } from './gate.ts'
import { parseExact } from './parse-exact.ts'
import { patienceOf } from './patience.ts'
import { Exchange, readBody, watchedBody } from './read-body.ts'
import { quoted, secretsIn } from './redact.ts'
import { send } from './send.ts'
import type { Transport } from './send.ts'

const FIRST_DELAY_MS = 500
const MOST_DELAY_MS = 30_000
const MOST_PATIENCE_MS = 3_600_000
const MOST_HELD_BYTES = 128 * 1_048_576
/** Attempts where the name of the host is not known: networks that just came up need a second one. */
const HOST_ATTEMPTS = 2

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined
  /** A path below the base address, or an absolute address. One of another origin gets no headers and no body, unless `origins` names it. */
  readonly path: string
  /** Null and absent values are left out; lists repeat the name. */
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Written as JSON. */
  readonly json?: unknown
  /** Sent as it is, with a content type among the headers. */
  readonly body?: string | Uint8Array | undefined
  /** Statuses that are answers and no failures, besides 2xx. */
  readonly accept?: readonly number[] | undefined
  /** Instead of the client's. */
  readonly attempts?: number | undefined
}

/** What the body of an answer says went wrong, whatever its status. `text` is shown, without secrets. */
export interface BodyFailure {
  /** `busy`: too many requests. `passing`: may pass. `credentials`: as 401. `refused`: will not pass. */
  readonly kind: 'busy' | 'passing' | 'credentials' | 'refused'
  readonly text: string
  /** What it asks to wait, in ms; absent: what the headers ask for. */
  readonly waitMs?: number | undefined
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Headers
  readonly text: string
}

export interface HttpStream {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array>
}

export interface HttpClientOptions {
  /** Names the tool in messages, such as `Mixpanel`. */
  readonly tool: string
  readonly baseUrl: string
  /** Headers of every request; `isAfterRefusal` asks for new credentials after a 401. Must not ask this same client. */
  readonly headers: (isAfterRefusal: boolean, signal: AbortSignal) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  readonly deps: SyncDeps
  /** Requests under way at once. */
  readonly maxConcurrent: number
  /** Least time between the beginnings of two requests, from the tool's documented rate. */
  readonly spacingMs: number
  /** For the headers to arrive, and between two pieces of the body; at most 300,000. All of a body has ten times as long, and one that is streamed, for each 1 KiB a second of that time. */
  readonly timeoutMs: number
  /** Attempts of one request: the first and those after failures that may pass. */
  readonly attempts: number
  /** Statuses that may pass, besides 408, 429 and 5xx. */
  readonly passing?: readonly number[] | undefined
  /** ms to wait before the next request of any kind, from an answer's own limits; null where it says nothing. Without it: `Retry-After` and the usual reset headers. */
  readonly patience?: ((status: number, headers: Headers, body: string, nowUtcMs: number) => number | null) | undefined
  /** For tools that tell failures in the body, also of a 200; null where it tells none. Not asked by `stream` where the status is a success. */
  readonly failure?: ((status: number, headers: Headers, body: string) => BodyFailure | null) | undefined
  /** The longest wait that is obeyed; a tool that asks for more fails with `SOURCE_BUSY` at once, for as long as this, and is asked again after it. One hour without it. */
  readonly maxPatienceMs?: number | undefined
  /** Of `json` and `text`, after decompression; 128 MiB without it. */
  readonly maxHeldBytes?: number | undefined
  /** Origins that get headers and bodies besides that of `baseUrl`, such as `https://eu.example.com`. */
  readonly origins?: readonly string[] | undefined
  /** Numbers of `json` that doubles would change, such as ids beyond 2^53, come as their text. */
  readonly exactNumbers?: boolean | undefined
  /** Values that no message may quote, besides those of the headers: keys in queries and bodies. */
  readonly secrets?: readonly string[] | undefined
  /** Carries the requests in place of `fetch`: a vendor's own client. */
  readonly transport?: Transport | undefined
}

/**
 * Asks one tool over HTTP, within its limits: a wait that one answer asks for holds all requests of the client, failures that
 * may pass are tried again with a growing, jittered delay, bodies cut off on the way count as such failures.
 *
 * @throws KpiqlError `SOURCE_FAILED` for what will not pass (the tool's own words, cut, without secrets; `data.status`), `SOURCE_UNAVAILABLE`,
 * `SOURCE_TIMEOUT` and `SOURCE_BUSY` (`data.retryAfterMs`) once the attempts are used up, `CANCELLED` once aborted.
 */
export class HttpClient {
  readonly #options: HttpClientOptions
  readonly #gate: Gate

  constructor(options: HttpClientOptions) {
    this.#options = options
    const { maxConcurrent, spacingMs, deps, maxPatienceMs = MOST_PATIENCE_MS } = options
    this.#gate = new Gate({ maxConcurrent, spacingMs, mostHeldMs: maxPatienceMs, now: deps.now, wait: deps.wait })
  }

  /** @returns The body as JSON, which must be JSON where the status is a success; null where it is empty. */
  async json<Body>(request: HttpRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Body }> {
    return this.#attempt(request, signal, async (response, exchange) => {
      const text = await this.#held(response, exchange)
      try {
        return { status: response.status, headers: response.headers, body: (text === '' ? null : this.#options.exactNumbers === true ? parseExact(text) : JSON.parse(text)) as Body }
      } catch {
        if (!response.ok) return { status: response.status, headers: response.headers, body: null as Body }
        // Without the cause, which quotes the body.
        throw new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${this.#options.tool} answered with what is no JSON, or with a part of it.`, hint: 'Check the address of the source; a page for people, such as one to log in, is no JSON.', data: { status: response.status } }))
      }
    })
  }

  text(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#attempt(request, signal, async (response, exchange) => ({ status: response.status, headers: response.headers, text: await this.#held(response, exchange) }))
  }

  /** For bodies that are too large to hold: what fails while they are read is the reader's to repeat. Holds its place among the requests under way until the body is read or cancelled, which the reader must do. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    return this.#attempt(request, signal, ({ status, headers, body }, exchange, leave) => {
      const failed = (error: unknown): KpiqlError => this.#settled(this.#translated(error, exchange, signal))
      return Promise.resolve({ status, headers, body: watchedBody(body, exchange, failed, leave), staysInside: true as const })
    })
  }

  async #attempt<T extends object>(request: HttpRequest, signal: AbortSignal, read: (response: Response, exchange: Exchange, leave: () => void) => Promise<T>): Promise<T> {
    const attempts = request.attempts ?? this.#options.attempts
    let renews = false
    let hasRenewed = false
    for (let attempt = 1; ; ) {
      const leave = await this.#enter(signal)
      let error: KpiqlError | Passing
      try {
        const exchange = new Exchange(signal, this.#options.timeoutMs)
        try {
          const answer = await this.#once(request, renews, exchange, signal, (response) => read(response, exchange, leave))
          if (!('staysInside' in answer)) leave()
          return answer
        } catch (thrown) {
          exchange.end()
          error = this.#translated(thrown, exchange, signal)
        }
      } catch (thrown) {
        leave()
        throw thrown
      }
      leave()
      renews = false
      if (!(error instanceof Passing)) throw error
      if (error.waitMs !== null) this.#gate.hold(error.waitMs)
      if (error.kind === 'credentials') {
        if (hasRenewed) throw error.failure
        hasRenewed = true
        renews = true
        continue
      }
      if (attempt >= (error.kind === 'host' ? Math.min(HOST_ATTEMPTS, attempts) : attempts)) throw error.failure
      const delayMs = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
      attempt++
      if (error.waitMs !== null) continue
      if (error.kind === 'rate') this.#gate.hold(delayMs)
      else await this.#pause(delayMs, signal)
    }
  }

  async #once<T>(request: HttpRequest, renews: boolean, exchange: Exchange, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    const { tool, deps, baseUrl, origins = [], secrets = [], passing = [], maxHeldBytes = MOST_HELD_BYTES } = this.#options
    const own = await this.#options.headers(renews, signal)
    const trusted = new Set([originOf(baseUrl), ...origins])
    const response = await send(
      tool,
      {
        url: this.#address(request),
        method: request.method ?? 'GET',
        headers: { accept: 'application/json', ...(request.json === undefined ? {} : { 'content-type': 'application/json' }), ...lowered(own), ...lowered(request.headers ?? {}) },
        body: request.json === undefined ? bodyOf(request.body) : JSON.stringify(request.json),
      },
      (origin) => trusted.has(origin),
      exchange,
      this.#options.transport,
    )
    const { status, headers } = response
    const patience = this.#options.patience ?? patienceOf
    const hidden = secretsIn({ ...own, ...request.headers }, secrets)
    if (response.ok || request.accept?.includes(status) === true) {
      const waitMs = patience(status, headers, '', deps.now())
      if (waitMs !== null) this.#gate.hold(waitMs)
      try {
        return await read(response)
      } catch (error) {
        throw error instanceof SaidInBody ? this.#refusal(error.status, error.said, error.waitMs, quoted(error.said.text, hidden)) : error
      }
    }
    const text = await readBody(tool, response.body, maxHeldBytes, exchange)
    const waitMs = patience(status, headers, text, deps.now())
    const told = this.#options.failure?.(status, headers, text) ?? null
    const said = quoted(told?.text ?? text, hidden)
    const kind = status === 401 ? 'credentials' : status === 429 ? 'busy' : status >= 500 || status === 408 || passing.includes(status) ? 'passing' : 'refused'
    throw this.#refusal(status, told ?? { kind, text }, waitMs, said)
  }

  /** A body within its bounds that tells of no failure. */
  async #held(response: Response, exchange: Exchange): Promise<string> {
    const { tool, failure, patience = patienceOf, deps, maxHeldBytes = MOST_HELD_BYTES } = this.#options
    const text = await readBody(tool, response.body, maxHeldBytes, exchange)
    const said = failure?.(response.status, response.headers, text) ?? null
    if (said) throw new SaidInBody(response.status, said, patience(response.status, response.headers, text, deps.now()))
    return text
  }

  #refusal(status: number, told: BodyFailure, headersWaitMs: number | null, said: string): KpiqlError | Passing {
    const { tool } = this.#options
    const waitMs = told.waitMs ?? headersWaitMs
    const tail = said === '' ? '.' : `: ${said}`
    switch (told.kind) {
      case 'credentials':
        return new Passing(new KpiqlError('SOURCE_FAILED', { message: `${tool} refused the credentials (${status}).`, hint: 'Check the key or token of the source in the configuration, and that it has not expired.', data: { status, reason: 'credentials' } }), 'credentials')
      case 'busy':
        return new Passing(new KpiqlError('SOURCE_BUSY', { message: `${tool} asks for fewer requests (${status}).`, hint: 'The sync goes on where it stopped. Fewer requests at once, or a larger plan of the tool, help.', data: { status, retryAfterMs: waitMs ?? FIRST_DELAY_MS } }), 'rate', waitMs)
      case 'passing':
        return new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} failed with status ${status}.`, hint: 'The tool itself is in trouble; its status page may say more.', data: { status, said } }), 'other', waitMs)
      case 'refused':
        if (waitMs !== null) this.#gate.hold(waitMs)
        return new KpiqlError('SOURCE_FAILED', {
          message: status === 403 ? `${tool} does not permit this request (403)${tail}` : `${tool} refused a request with status ${status}${tail}`,
          ...(status === 403 ? { hint: 'Give the key or its user the right to read what is synced, or leave that stream out.' } : {}),
          data: { status },
        })
    }
  }

  #translated(error: unknown, exchange: Exchange, signal: AbortSignal): KpiqlError | Passing {
    if (signal.aborted) return this.#cancelled()
    if (error instanceof Passing || error instanceof KpiqlError) return error
    return failureOf(this.#options.tool, error, exchange.timedOutAfterMs)
  }

  #settled(error: KpiqlError | Passing): KpiqlError {
    return error instanceof Passing ? error.failure : error
  }

  #address({ path, query = {} }: HttpRequest): URL {
    const { baseUrl } = this.#options
    const url = /^https?:\/\//i.test(path) ? new URL(path) : path === '' ? new URL(baseUrl) : new URL(`${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`)
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined) continue
      for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one))
    }
    return url
  }

  /** Waits for a place among the requests under way, and for the moment the tool allows. */
  async #enter(signal: AbortSignal): Promise<() => void> {
    const { tool, maxPatienceMs = MOST_PATIENCE_MS } = this.#options
    try {
      return await this.#gate.enter(signal, (heldMs) => {
        if (heldMs > maxPatienceMs) throw new KpiqlError('SOURCE_BUSY', { message: `${tool} takes no requests for the next ${Math.ceil(heldMs / 60_000)} minutes.`, hint: 'The sync goes on where it stopped, at its next run.', data: { retryAfterMs: heldMs } })
      })
    } catch (error) {
      throw error instanceof KpiqlError ? error : this.#cancelled()
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.deps.wait(ms, signal)
    } catch {
      throw this.#cancelled()
    }
  }

  #cancelled(): KpiqlError {
    return new KpiqlError('CANCELLED', { message: `Reading ${this.#options.tool} was cancelled.` })
  }
}

/** A failure that the body of a success tells. */
class SaidInBody extends Error {
  readonly status: number
  readonly said: BodyFailure
  readonly waitMs: number | null

  constructor(status: number, said: BodyFailure, waitMs: number | null) {
    super(said.kind)
    this.status = status
    this.said = said
    this.waitMs = waitMs
  }
}

/** A copy, because fetch takes no view of a buffer that may be shared. */
function bodyOf(body: string | Uint8Array | undefined): string | Uint8Array<ArrayBuffer> | null {
  return body === undefined ? null : typeof body === 'string' ? body : new Uint8Array(body)
}

function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Empty where the base address is none; the request then fails as it is sent. */
function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : ''
}
