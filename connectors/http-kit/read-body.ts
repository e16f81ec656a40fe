import { KpiqlError } from '../../src/base/errors.ts'

/** Runs one wait for the network under a time limit; aborting the exchange ends the wait. */
export class Exchange {
  readonly #controller = new AbortController()
  readonly #timeoutMs: number
  readonly signal: AbortSignal
  timedOut = false

  constructor(signal: AbortSignal, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.signal = AbortSignal.any([signal, this.#controller.signal])
  }

  async within<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.timedOut = true
      this.#controller.abort(new Error('timeout'))
    }, this.#timeoutMs)
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
 * The body as text (UTF-8), each piece within the exchange's limit.
 *
 * @throws KpiqlError `SOURCE_FAILED` where it is longer than `mostBytes`, counted after decompression.
 */
export async function readBody(tool: string, body: ReadableStream<Uint8Array> | null, mostBytes: number, exchange: Exchange): Promise<string> {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const pieces: string[] = []
  let bytes = 0
  for (;;) {
    const { done, value } = await exchange.within(() => reader.read())
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

/** The same body, each piece within the exchange's limit while it is asked for; `ended` is called once, when it is read, has failed or is cancelled. */
export function watchedBody(body: ReadableStream<Uint8Array> | null, exchange: Exchange, failed: (error: unknown) => unknown, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body?.getReader()
  exchange.signal.addEventListener('abort', ended, { once: true })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = reader ? await exchange.within(() => reader.read()) : { done: true, value: undefined }
          if (!done) return void controller.enqueue(value as Uint8Array)
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
