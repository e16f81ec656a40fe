import type { Query, QueryArrayConfig, QueryResult } from 'pg'
import type { Param } from '../contract.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import { cellTypeOf } from './cell-type.ts'
import { loadDriver, type Session } from './session.ts'

/** For how long a statement that was told to stop may go on. */
const STOPPING_MS = 3000

export interface PostgresStatement {
  readonly text: string
  readonly params: readonly Pick<Param, 'value'>[]
}

/** Cells as the server wrote them: the driver's own parsers round integers and shift dates by the zone of the process. */
const asWritten = { getTypeParser: () => (text: string) => text }

/**
 * Streams the rows of one statement to the sink; settles when the server is through with it, also where the signal aborts or the
 * sink refuses a row: then it is stopped in the server. Rejects with the sink's error, the signal's reason, or the driver's error.
 */
export async function runStatement(session: Session, { text, params }: PostgresStatement, sink: Pick<RowSink, 'begin' | 'row'>, signal: AbortSignal): Promise<void> {
  const { Query } = await loadDriver()
  signal.throwIfAborted()
  const values = params.map(({ value }) => (typeof value === 'bigint' ? value.toString() : value))
  // "extended": one statement and no more, also where there are no parameters.
  const config: QueryArrayConfig & { readonly queryMode: 'extended' } = { text, values, rowMode: 'array', types: asWritten, queryMode: 'extended' }
  const query = new Query(config)
  let failure: { readonly reason: unknown } | null = null
  let cancelled: Promise<void> = Promise.resolve()
  let giveUp: NodeJS.Timeout | undefined
  const stop = (reason: unknown): void => {
    if (failure !== null) return
    failure = { reason }
    giveUp = setTimeout(() => session.destroy(), STOPPING_MS)
    cancelled = session.cancel()
  }
  const abort = (): void => stop(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await fed(query, sink, stop, () => session.client.query(query))
  } catch (error) {
    failure ??= { reason: error }
  } finally {
    signal.removeEventListener('abort', abort)
    // A request to stop that is still under way would meet the next statement.
    if (!session.isDead) await cancelled
    clearTimeout(giveUp)
  }
  if (failure !== null) throw (failure as { readonly reason: unknown }).reason
}

function fed(query: Query, sink: Pick<RowSink, 'begin' | 'row'>, stop: (reason: unknown) => void, start: () => void): Promise<void> {
  let hasBegun = false
  let isStopped = false
  const guarded = (work: () => void): void => {
    if (isStopped) return
    try {
      work()
    } catch (error) {
      isStopped = true
      stop(error)
    }
  }
  const begin = (result: Pick<QueryResult, 'fields'>): void => {
    hasBegun = true
    sink.begin(result.fields.map(({ dataTypeID }) => cellTypeOf(dataTypeID)))
  }
  return new Promise((resolve, reject) => {
    query.on('row', (row: (string | null)[], result) =>
      guarded(() => {
        if (!hasBegun && result) begin(result)
        sink.row(row)
      }),
    )
    query.on('end', (result) => {
      try {
        if (!hasBegun) begin(result)
        resolve()
      } catch (error) {
        reject(error)
      }
    })
    query.on('error', reject)
    start()
  })
}
