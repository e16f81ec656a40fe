import { setImmediate as nextTurn, setTimeout as after } from 'node:timers/promises'
import { loadPackage } from '../base/load-package.ts'
import type { Log } from '../base/log.ts'

export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with user and password. */
  readonly url: string
  /** A command without an answer by then has failed. */
  readonly timeoutMs: number
}

export type RedisReply = null | number | string | readonly RedisReply[]

/** What the link needs of the vendor's client. */
interface Client {
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<RedisReply>
  destroy(): void
}

/** Why a command was not answered; what it was for is done without Redis. */
export class RedisGone extends Error {}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5_000
const LONGEST_RECONNECT_MS = 1_000
/** Commands on their way; more are refused rather than heaped up behind a Redis that stalls. */
const MAX_WAITING = 10_000

/**
 * A connection to Redis that never holds anybody up: commands fail at once while there is none, within `timeoutMs` otherwise, and
 * after a failure none is sent for a while, which grows from 0.25 s to 5 s; one command tries whether it is over. It reconnects
 * by itself, for ever. An answer that is an error (out of memory, no permission) fails its command alone.
 */
export class RedisLink {
  readonly #client: Client
  readonly #timeoutMs: number
  readonly #log: Log
  #failures = 0
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  readonly #underWay = new Set<Promise<RedisReply>>()
  #isTold = false
  #isClosed = false

  private constructor(client: Client, timeoutMs: number, log: Log) {
    this.#client = client
    this.#timeoutMs = timeoutMs
    this.#log = log
  }

  /**
   * Begins to connect and does not wait for it.
   *
   * @throws KpiqlError `CONFIG_INVALID` when the client's package is not installed.
   */
  static async open({ url, timeoutMs }: RedisLinkOptions, log: Log): Promise<RedisLink> {
    const { createClient } = await loadPackage('redis', 'The setting cache.redis', () => import('redis'))
    const client = createClient({
      url,
      // Every Redis speaks version 2, and so do those compatible with it.
      RESP: 2,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_WAITING,
      socket: { connectTimeout: Math.max(1_000, timeoutMs), reconnectStrategy: (retries) => Math.min(LONGEST_RECONNECT_MS, 50 * 2 ** Math.min(retries, 10)) * (0.75 + Math.random() / 2) },
    })
    const link = new RedisLink(client as unknown as Client, timeoutMs, log)
    client.on('error', (error: NodeJS.ErrnoException) => link.#tell(error.code ?? error.name, 'Redis is gone: every instance works by itself until it is back'))
    client.on('ready', () => {
      link.#isTold = false
      link.#recovered()
      log.info({}, 'Redis is connected: the cache is shared')
    })
    // What fails is told by the event; it goes on trying.
    client.connect().catch(() => undefined)
    return link
  }

  /** False where a command would only fail. */
  get isUsable(): boolean {
    return !this.#isClosed && this.#client.isReady && performance.now() >= this.#pausedUntilMs
  }

  /** @throws RedisGone, and nothing else. */
  async send(args: readonly string[]): Promise<RedisReply> {
    if (!this.isUsable) throw new RedisGone()
    const answer = this.#answer(args)
    this.#underWay.add(answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(answer)
    }
  }

  /** Waits for the commands under way. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await Promise.allSettled(this.#underWay)
    this.#client.destroy()
  }

  async #answer(args: readonly string[]): Promise<RedisReply> {
    // While it is not known whether Redis is well again, one command tries.
    if (this.#failures > 0) this.#pausedUntilMs = performance.now() + this.#timeoutMs
    const failuresBefore = this.#failures
    const clock = new AbortController()
    const sent = this.#client.sendCommand(args)
    // An answer that came while this process was busy is heard first.
    const late = after(this.#timeoutMs, undefined, { signal: clock.signal, ref: false }).then(() => nextTurn(TOO_LATE))
    for (const end of [sent, late]) end.catch(() => undefined)
    try {
      const answer = await Promise.race([sent, late])
      if (typeof answer === 'symbol') throw new RedisGone()
      this.#recovered()
      return answer
    } catch (error) {
      if (isErrorReply(error)) this.#tell(/^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR', 'Redis refuses a command')
      // Commands that were on their way together fail together, and count as one.
      else if (this.#failures === failuresBefore) {
        this.#tell('TIMEOUT', 'Redis does not answer in time: it is left alone for a while')
        this.#pause()
      }
      throw new RedisGone()
    } finally {
      clock.abort()
    }
  }

  #recovered(): void {
    if (this.#failures > 0) this.#isTold = false
    this.#failures = 0
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY
  }

  #pause(): void {
    this.#pausedUntilMs = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures += 1
  }

  /** Once until it is connected again. */
  #tell(code: string, message: string): void {
    if (!this.#isTold && !this.#isClosed) this.#log.warn({ code }, message)
    this.#isTold = true
  }
}

/** An answer of the server, as the client gives it. */
function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && /^(Simple|Blob)Error$|^ErrorReply$/.test(error.constructor.name)
}

const TOO_LATE = Symbol('too late')
