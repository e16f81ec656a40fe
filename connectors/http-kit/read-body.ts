import { KpiqlError } from '../../src/base/errors.ts'

/** A body has this many times the limit of one wait: all of it where it is held, and where it is streamed, for each part of its least size. */
const WAITS_OF_A_BODY = 10
/** Of streamed bodies, over that time; a byte now and then is no progress. */
const LEAST_BYTES_PER_SECOND = 1_024

/** Runs one wait for the network under a time limit; aborting the exchange ends the wait. */
export class Exchange {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly signal: AbortSignal
  /** The limit that was passed, in ms; null while none was. */
  timedOutAfterMs: number | null = null

  constructor(signal: AbortSignal, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.signal = AbortSignal.any([signal, this.#controller.signal])
  }

  get mostBodyMs(): number {
    return WAITS_OF_A_BODY * this.#timeoutMs
  }

  /** @param spentMs what earlier waits for the same body took. */
  async within<T>(work: () => Promise<T>, spentMs = 0): Promise<T> {
    const leftMs = this.mostBodyMs - spentMs
    const timer = setTimeout(
      () => {
        this.timedOutAfterMs = leftMs < this.#timeoutMs ? this.mostBodyMs : this.#timeoutMs
        this.#controller.abort(new Error('timeout'))
      },
      Math.max(0, Math.min(this.#timeoutMs, leftMs)),
    )
    try {
      return await work()
    } finally {
      clearTimeout(timer)
    }
  }

  end(): void {
    this.#controller.abort(new Error('ended'))
  }
}

/**
 * The body as text (UTF-8), each piece within the exchange's limit, and all of them within ten times as long.
 *
 * @throws KpiqlError `SOURCE_FAILED` where it is longer than `mostBytes`, counted after decompression.
 */
export async function readBody(tool: string, body: ReadableStream<Uint8Array> | null, mostBytes: number, exchange: Exchange): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const pieces: string[] = []
  let bytes = 0
  const begunMs = performance.now()
  for (;;) {
    const { done, value } = await exchange.within(() => reader.read(), performance.now() - begunMs)
    if (done) break
    bytes += value.length
    if (bytes > mostBytes) {
      exchange.end()
      throw new KpiqlError('SOURCE_FAILED', { message: `${tool} sent an answer of more than ${Math.floor(mostBytes / 1_048_576)} MiB.`, hint: 'Ask for smaller pages or shorter spans of time.', data: { reason: 'too large' } })
    }
    pieces.push(decoder.decode(value, { stream: true }))
  }
  pieces.push(decoder.decode())
  return pieces.join('')
}

/** The same body, each piece within the exchange's limit while it is asked for, and 1 KiB for each second of ten times as long; `ended` is called once, when it is read, has failed or is cancelled. */
export function watchedBody(body: ReadableStream<Uint8Array> | null, exchange: Exchange, failed: (error: unknown) => unknown, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body?.getReader()
  exchange.signal.addEventListener('abort', ended, { once: true })
  const leastBytes = (LEAST_BYTES_PER_SECOND * exchange.mostBodyMs) / 1000
  /** Since the last part of its least size was there. The reader's own time does not count. */
  let bytes = 0
  let waitedMs = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const begunMs = performance.now()
          const { done, value } = reader ? await exchange.within(() => reader.read(), waitedMs) : { done: true, value: undefined }
          if (!done) {
            const piece = value as Uint8Array
            bytes += piece.length
            waitedMs += performance.now() - begunMs
            if (bytes >= leastBytes) bytes = waitedMs = 0
            return controller.enqueue(piece)
          }
          ended()
          controller.close()
        } catch (error) {
          ended()
          controller.error(failed(error))
        }
      },
      cancel() {
        ended()
        exchange.end()
      },
    },
    { highWaterMark: 0 },
  )
}
