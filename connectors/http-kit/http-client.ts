import { KpiqlError } from '../../src/base/errors.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { patienceOf } from './patience.ts'

const FIRST_DELAY_MS = 500
const MOST_DELAY_MS = 30_000
const SHOWN = 300

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined
  /** Absolute, or a path below the base address, without its query. */
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
  /** Headers of every request; `isAfterRefusal` asks for new credentials after a 401. */
  readonly headers: (isAfterRefusal: boolean, signal: AbortSignal) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  readonly deps: SyncDeps
  /** Requests under way at once. */
  readonly maxConcurrent: number
  /** Least time between the beginnings of two requests, from the tool's documented rate. */
  readonly spacingMs: number
  /** For the headers to arrive, and between two pieces of the body. */
  readonly timeoutMs: number
  /** Attempts of one request: the first and those after failures that may pass. */
  readonly attempts: number
  /** Statuses that may pass, besides 408, 429 and 5xx. */
  readonly passing?: readonly number[] | undefined
  /** ms to wait before the next request of any kind, from an answer's own limits; null where it says nothing. Without it: `Retry-After` and the usual reset headers. */
  readonly patience?: ((status: number, headers: Headers, body: string, nowUtcMs: number) => number | null) | undefined
}

/**
 * Asks one tool over HTTP, within its limits: a wait that one answer asks for holds all requests of the client, failures that
 * may pass are tried again with a growing, jittered delay, bodies cut off on the way count as such failures.
 *
 * @throws KpiqlError `SOURCE_FAILED` for what will not pass (the tool's own words, cut, without secrets), `SOURCE_UNAVAILABLE`
 * and `SOURCE_BUSY` once the attempts are used up, `CANCELLED` once aborted.
 */
export class HttpClient {
  readonly #options: HttpClientOptions
  #running = 0
  readonly #waiting: (() => void)[] = []
  /** UTC ms before which no request begins. */
  #notBefore = 0

  constructor(options: HttpClientOptions) {
    this.#options = options
  }

  /** @returns The body as JSON, which must be JSON. */
  async json<Body>(request: HttpRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly headers: Headers; readonly body: Body }> {
    return this.#attempt(request, signal, async (response) => {
      const text = await response.text()
      try {
        return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as Body }
      } catch (cause) {
        throw new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${this.#options.tool} answered with what is no JSON, or with a part of it.`, cause }))
      }
    })
  }

  text(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#attempt(request, signal, async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }))
  }

  /** For bodies that are too large to hold: what fails while they are read is the reader's to repeat. Holds its place among the requests under way until the body is read or cancelled. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream> {
    return this.#attempt(request, signal, (response) => Promise.resolve({ status: response.status, headers: response.headers, body: response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }) }))
  }

  async #attempt<T>(request: HttpRequest, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    const { attempts, deps, tool } = this.#options
    let isAfterRefusal = false
    for (let attempt = 1; ; attempt++) {
      await this.#enter(signal)
      try {
        return await this.#once(request, isAfterRefusal, signal, read)
      } catch (error) {
        if (signal.aborted) throw new KpiqlError('CANCELLED', { message: `Reading ${tool} was cancelled.`, cause: error })
        if (!(error instanceof Passing)) throw error
        if (error.isRefusal ? isAfterRefusal : attempt >= attempts) throw error.failure
        isAfterRefusal ||= error.isRefusal
        if (error.waitMs === null && !error.isRefusal) await this.#pause(Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2), signal)
        else if (error.waitMs !== null) this.#notBefore = Math.max(this.#notBefore, deps.now() + error.waitMs)
      } finally {
        this.#leave()
      }
    }
  }

  async #once<T>(request: HttpRequest, isAfterRefusal: boolean, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    const { tool, timeoutMs, deps, headers, passing = [] } = this.#options
    const own = await headers(isAfterRefusal, signal)
    const timeout = AbortSignal.timeout(timeoutMs)
    let response: Response
    let text: string
    try {
      response = await fetch(this.#address(request), {
        method: request.method ?? 'GET',
        headers: { accept: 'application/json', ...(request.json === undefined ? {} : { 'content-type': 'application/json' }), ...own, ...request.headers },
        body: request.json === undefined ? bodyOf(request.body) : JSON.stringify(request.json),
        signal: AbortSignal.any([signal, timeout]),
        redirect: 'follow',
      })
      if (response.ok || request.accept?.includes(response.status) === true) return await read(response)
      text = await response.text()
    } catch (cause) {
      if (cause instanceof Passing || cause instanceof KpiqlError) throw cause
      throw new Passing(new KpiqlError(timeout.aborted ? 'SOURCE_TIMEOUT' : 'SOURCE_UNAVAILABLE', { message: timeout.aborted ? `${tool} did not answer within ${timeoutMs / 1000} s.` : `${tool} cannot be reached, or its answer broke off.`, hint: 'Check the network and the address of the source.', cause }))
    }
    const { status } = response
    const waitMs = (this.#options.patience ?? patienceOf)(status, response.headers, text, deps.now())
    const said = text.trim().slice(0, SHOWN)
    if (status === 401) throw new Passing(new KpiqlError('SOURCE_FAILED', { message: `${tool} refused the credentials (401).`, hint: 'Check the key or token of the source in the configuration, and that it has not expired.' }), null, true)
    if (status === 429) throw new Passing(new KpiqlError('SOURCE_BUSY', { message: `${tool} asks for fewer requests (429).`, data: { retryAfterMs: waitMs ?? FIRST_DELAY_MS } }), waitMs)
    if (status >= 500 || status === 408 || passing.includes(status)) throw new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} failed with status ${status}.`, data: { said } }), waitMs)
    throw new KpiqlError('SOURCE_FAILED', { message: `${tool} refused a request with status ${status}${said === '' ? '' : `: ${said}`}`, data: { status } })
  }

  #address({ path, query = {} }: HttpRequest): URL {
    const { baseUrl } = this.#options
    const url = /^https?:\/\//.test(path) ? new URL(path) : new URL(`${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`)
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined) continue
      for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one))
    }
    return url
  }

  /** Waits for a place among the requests under way, and for the moment the tool allows. */
  async #enter(signal: AbortSignal): Promise<void> {
    const { maxConcurrent, deps, spacingMs } = this.#options
    while (this.#running >= maxConcurrent) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#running++
    try {
      for (let leftMs = this.#notBefore - deps.now(); leftMs > 0; leftMs = this.#notBefore - deps.now()) await this.#pause(leftMs, signal)
    } catch (error) {
      this.#leave()
      throw error
    }
    this.#notBefore = Math.max(this.#notBefore, deps.now() + spacingMs)
  }

  #leave(): void {
    this.#running--
    this.#waiting.shift()?.()
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.deps.wait(ms, signal)
    } catch (cause) {
      throw new KpiqlError('CANCELLED', { message: `Reading ${this.#options.tool} was cancelled.`, cause })
    }
  }
}

/** A copy, because fetch takes no view of a buffer that may be shared. */
function bodyOf(body: string | Uint8Array | undefined): string | Uint8Array<ArrayBuffer> | null {
  return body === undefined ? null : typeof body === 'string' ? body : new Uint8Array(body)
}

/** A failure that may pass. */
class Passing extends Error {
  readonly failure: KpiqlError
  /** What the tool asked to wait. */
  readonly waitMs: number | null
  /** Credentials that may have run out: tried once more with new ones. */
  readonly isRefusal: boolean

  constructor(failure: KpiqlError, waitMs: number | null = null, isRefusal = false) {
    super(failure.message)
    this.failure = failure
    this.waitMs = waitMs
    this.isRefusal = isRefusal
  }
}
