import type { ColumnKind, Param } from '../contract.ts'
import type { CellType } from '../sql-kit/engine.ts'
import { cellText, cellType, type Field } from './cells.ts'
import type { Session } from './session.ts'

/** Takes an answer as it comes; what it throws stops the statement. */
export interface Taker {
  begin(types: readonly CellType[]): void
  row(cells: readonly (string | null)[]): void
}

export interface Asked {
  readonly text: string
  readonly params: readonly Param[]
  /** What the columns are wanted as; null takes them as they are. */
  readonly columns: readonly ColumnKind[] | null
}

export interface Outcome {
  /** Null where all rows were taken. */
  readonly failure: { readonly error: unknown } | null
  /** Whether the session can run another statement. */
  readonly isReusable: boolean
}

/**
 * Runs a prepared statement and hands its rows on as they come. Where the signal aborts, or the taker throws, `kill` is called to
 * stop it in the server; this ends once that is done.
 */
export function runStatement({ connection }: Session, { text, params, columns }: Asked, taker: Taker, signal: AbortSignal, kill: () => Promise<void>): Promise<Outcome> {
  return new Promise((resolve) => {
    let isStopping = false
    const end = (failure: Outcome['failure'], isReusable: boolean): void => {
      signal.removeEventListener('abort', abort)
      connection.removeListener('error', broke)
      resolve({ failure, isReusable })
    }
    const stop = (error: unknown): void => {
      if (isStopping) return
      isStopping = true
      // A kill that arrives late would hit the session's next statement, so there is none.
      void kill().finally(() => end({ error }, false))
    }
    const abort = (): void => stop(signal.reason)
    // A connection that breaks tells nobody else: its statement has neither an error nor an end.
    const broke = (error: unknown): void => {
      if (!isStopping) end({ error }, false)
    }
    const guarded = (work: () => void): void => {
      if (isStopping) return
      try {
        work()
      } catch (error) {
        stop(error)
      }
    }
    if (signal.aborted) return end({ error: signal.reason }, true)
    signal.addEventListener('abort', abort, { once: true })
    connection.on('error', broke)
    let failed = false
    const command = connection.execute({ sql: text, values: params.map(bound), rowsAsArray: true })
    let fields: readonly Field[] = []
    command.on('fields', (found: unknown) =>
      guarded(() => {
        fields = found as readonly Field[]
        taker.begin(fields.map((field, index) => cellType(field, columns?.[index] ?? null)))
      }),
    )
    command.on('result', (row: unknown) => guarded(() => taker.row(fields.map((field, index) => cellText((row as readonly unknown[])[index], field)))))
    command.on('error', (error) => {
      failed = true
      if (!isStopping) end({ error }, error.fatal !== true && error.code?.startsWith('ER_') === true)
    })
    command.on('end', () => {
      if (!isStopping && !failed) end(null, true)
    })
  })
}

/** As text, which every type takes without loss: the statement casts it. */
function bound({ value, type }: Param): string | null {
  if (value === null) return null
  if (typeof value === 'boolean') return value ? '1' : '0'
  const text = String(value)
  return type === 'timestamp' ? text.replace('T', ' ').replace(/Z$/, '') : text
}
