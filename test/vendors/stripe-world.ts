import stripe from '../../connectors/stripe/sync.ts'
import type { Stream, SyncPage, SyncRecord, SyncSource } from '../../connectors/sync-contract.ts'
import { Collected } from './collect.ts'
import { API_KEY, startStripe } from './stripe.ts'
import type { StripeFake } from './stripe.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }

export interface StripeWorld {
  readonly fake: StripeFake
  readonly source: SyncSource
  /** ms of each wait that was asked for; none is waited. */
  readonly waits: readonly number[]
  stream(name: string): Promise<Stream>
  /** Reads a stream from where it stands, at the fake's present. */
  sync(name: string, request?: { readonly sinceUtcMs?: number; readonly pages?: number; readonly signal?: AbortSignal }): Promise<readonly SyncPage[]>
  rows(table: string): readonly SyncRecord[]
  collected(name: string): Collected
  /** Opens the same account anew, as another configuration would. */
  reopen(options: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}

/** A fake at a present (seconds since 1970), a source that reads it, and tables in memory. */
export async function openStripe(now: number, options: Readonly<Record<string, unknown>> = {}): Promise<StripeWorld> {
  const fake = await startStripe(now)
  const waits: number[] = []
  const kept = new Map<string, Collected>()
  let clock = 0
  const open = (more: Readonly<Record<string, unknown>>): SyncSource =>
    stripe.open('stripe', stripe.options.parse({ apiKey: API_KEY, baseUrl: fake.url, requestsPerSecond: 100, ...more }), {
      log: silent,
      now: () => clock,
      wait: (ms, signal) => {
        if (signal.aborted) return Promise.reject(signal.reason as Error)
        waits.push(ms)
        clock += ms
        return Promise.resolve()
      },
    })
  let source = open(options)
  const collected = (name: string): Collected => {
    const there = kept.get(name) ?? new Collected()
    kept.set(name, there)
    return there
  }
  const stream = async (name: string): Promise<Stream> => {
    const found = (await source.streams(new AbortController().signal)).find((one) => one.name === name)
    if (!found) throw new Error(`No stream ${name}.`)
    return found
  }
  return {
    fake,
    get source() {
      return source
    },
    waits,
    stream,
    sync: async (name, { pages, ...request } = {}) => collected(name).read(await stream(name), { nowUtcMs: fake.now * 1_000, ...request }, pages),
    rows: (table) => [...kept.values()].flatMap((one) => one.rows(table)),
    collected,
    reopen: (more) => {
      source = open(more)
    },
    close: async () => {
      await source.close()
      await fake.close()
    },
  }
}
