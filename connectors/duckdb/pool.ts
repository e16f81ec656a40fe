import type { DuckDBConnection } from '@duckdb/node-api'
import { KpiqlError } from '../../src/base/errors.ts'
import type { SlotBudget } from './slot-budget.ts'
import { quoteName } from './sql-text.ts'

export interface PooledConnection {
  readonly connection: DuckDBConnection
  /** Where the engine writes what the last statement of this connection read. */
  readonly profileFile: string
  /** Of all connections of its engine; null where groups are always hashed. */
  readonly slots: SlotBudget | null
  /** How many bits of groups are addressed by their values now. */
  slotBits: number
  /** Whose tables its statements see. */
  catalog: string | null
}

interface Waiting {
  readonly take: (connection: PooledConnection) => void
  readonly refuse: (error: Error) => void
}

/** Lends connections, first come, first served; beyond them callers wait. */
export class ConnectionPool {
  private readonly all: readonly PooledConnection[]
  private readonly idle: PooledConnection[]
  private readonly waiting: Waiting[] = []
  private readonly source: string
  private closed = false
  private drained: (() => void) | null = null

  constructor(connections: readonly PooledConnection[], source: string) {
    this.all = connections
    this.idle = [...connections]
    this.source = source
  }

  /** @throws KpiqlError `CANCELLED` while waiting, `SOURCE_UNAVAILABLE` once closed. */
  acquire(signal: AbortSignal | undefined): Promise<PooledConnection> {
    if (this.closed) return Promise.reject(closedError(this.source))
    if (signal?.aborted === true) return Promise.reject(cancelledError(this.source))
    const connection = this.idle.pop()
    if (connection) return Promise.resolve(connection)
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1)
        reject(cancelledError(this.source))
      }
      const waiting: Waiting = {
        take: (lent) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(lent)
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort)
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.waiting.push(waiting)
    })
  }

  release(connection: PooledConnection): void {
    const next = this.waiting.shift()
    if (next) next.take(connection)
    else this.idle.push(connection)
    if (this.idle.length === this.all.length) this.drained?.()
  }

  /** Refuses whoever waits, stops what runs, and resolves when all connections are back. */
  async close(): Promise<void> {
    this.closed = true
    for (const waiting of this.waiting.splice(0)) waiting.refuse(closedError(this.source))
    if (this.idle.length === this.all.length) return
    const stop = (): void => {
      for (const connection of this.all) if (!this.idle.includes(connection)) connection.connection.interrupt()
    }
    stop()
    // An interrupt that comes just before a statement starts is forgotten by the engine.
    const again = setInterval(stop, 20)
    await new Promise<void>((resolve) => {
      this.drained = resolve
    })
    clearInterval(again)
  }
}

export async function useCatalog(connection: PooledConnection, catalog: string): Promise<void> {
  if (connection.catalog === catalog) return
  await connection.connection.run(`USE ${quoteName(catalog)}`)
  connection.catalog = catalog
}

export function cancelledError(source: string): KpiqlError {
  return new KpiqlError('CANCELLED', { message: `The query to source "${source}" was cancelled.` })
}

export function closedError(source: string): KpiqlError {
  return new KpiqlError('SOURCE_UNAVAILABLE', { message: `Source "${source}" is closed.` })
}
