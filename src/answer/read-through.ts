import { cancellation } from '../cache/shared-flight.ts'
import type { Found, SharedCache } from '../cache/shared-cache.ts'
import type { SharedFlight } from '../cache/shared-flight.ts'
import type { AnyRead, ReadResult } from '../plan/read.ts'

/** Work that has the result of a read at a place of its own. */
export interface Flight {
  readonly work: SharedFlight<readonly ReadResult[]>
  readonly position: number
}

/** A read on its way, and those who wait for it. */
export interface PendingRead {
  readonly read: AnyRead
  /** Under which it is shared. */
  readonly key: string
  readonly done: PromiseWithResolvers<ReadResult>
  /** Aborts when the last of those waiting has gone. */
  readonly signal: AbortSignal
}

export interface ReadThroughDeps {
  readonly shared: SharedCache<ReadResult>
  /** Told of each read that another instance had done. */
  readonly onFound: (pending: PendingRead, result: ReadResult) => void
  /** Reads them here and settles each `done`; what has been claimed is kept or released with it. */
  readonly scan: (reads: readonly PendingRead[]) => void
}

/**
 * Settles reads from what instances share: what one has is taken, what one is reading is waited for, and the rest is scanned here,
 * at once and together, while the others wait for it. Never waits longer than `shared.waitMs`, nor for an instance that died.
 */
export async function readThrough(reads: readonly PendingRead[], { shared, onFound, scan }: ReadThroughDeps): Promise<void> {
  const byKey = new Map(reads.map((one) => [one.key, one]))
  for (const { signal, done } of reads) signal.addEventListener('abort', () => done.reject(cancellation(signal)), { once: true })

  const settle = (found: ReadonlyMap<string, Found<ReadResult>>): void => {
    const missing: PendingRead[] = []
    for (const [key, one] of found) {
      const pending = byKey.get(key)
      if (pending === undefined || one.kind === 'theirs') continue
      if (one.kind === 'value') onFound(pending, one.value)
      else if (pending.signal.aborted) shared.release([key])
      else missing.push(pending)
    }
    if (missing.length > 0) scan(missing)
  }
  try {
    const found = await shared.look([...byKey.keys()])
    settle(found)
    const theirs = [...found].filter(([, { kind }]) => kind === 'theirs').map(([key]) => key)
    await shared.wait(theirs, (key) => byKey.get(key)?.signal.aborted === false, settle)
  } catch (error) {
    shared.release([...byKey.keys()])
    for (const { done } of reads) done.reject(error)
  }
}
