import type { Stream, TableWrite } from '../../../connectors/sync-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import { Batch } from './batch.ts'
import { isForgotten } from './is-forgotten.ts'
import { LatestRecords } from './latest-records.ts'
import type { LiveDuringReading } from './live-during-reading.ts'
import type { SourceShapes } from './source-shapes.ts'
import type { TableShape } from './table-shape.ts'
import type { SyncedSource, SyncsDeps, WebhookRequest } from './types.ts'

interface Received {
  readonly written: number
  readonly quarantined: number
}

/** Lands what a tool sends by itself. Requests that come while one is committed are committed together after it. */
export class LiveWrites {
  readonly #synced: SyncedSource
  readonly #deps: SyncsDeps
  readonly #shapes: SourceShapes
  readonly #latest: LatestRecords
  readonly #during: LiveDuringReading
  #waiting: { readonly writes: readonly TableWrite[]; readonly resolve: (received: Received) => void; readonly reject: (error: unknown) => void }[] = []
  #isLanding = false

  constructor(synced: SyncedSource, deps: SyncsDeps, shapes: SourceShapes, during: LiveDuringReading) {
    this.#synced = synced
    this.#deps = deps
    this.#shapes = shapes
    this.#latest = new LatestRecords(synced.name, deps.landing)
    this.#during = during
  }

  /** @param streams asks for them; not called before the request has shown whom it comes from. */
  async receive(request: WebhookRequest, streams: () => Promise<readonly Stream[]>): Promise<Received> {
    const { receiver } = this.#synced.source
    if (!receiver) throw new KpiqlError('SYNC_UNKNOWN', { message: `Source "${this.#synced.name}" takes no live events.`, hint: 'Its connector has no webhook receiver.' })
    const writes = receiver.receive({ ...request, nowUtcMs: this.#deps.clock.nowMs() })
    const known = await streams()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject })
      if (!this.#isLanding) void this.#land(known)
    })
  }

  async #land(streams: readonly Stream[]): Promise<void> {
    this.#isLanding = true
    while (this.#waiting.length > 0) {
      const received = this.#waiting.splice(0)
      try {
        const written = await this.#commit(received.flatMap(({ writes }) => writes), streams)
        for (const { resolve, writes } of received) resolve({ written: writes.reduce((sum, write) => sum + (write.kind === 'delete' ? write.keys.length : write.records.length), 0), quarantined: written.quarantined })
      } catch (error) {
        for (const { reject } of received) reject(error)
      }
    }
    this.#isLanding = false
  }

  async #commit(writes: readonly TableWrite[], streams: readonly Stream[]): Promise<Received> {
    const { landing, forgotten } = this.#deps
    const { name } = this.#synced
    await forgotten.prepare()
    for (const write of writes) {
      if (write.kind === 'replace' && write.forgetsUntilUtcMs !== undefined) await forgotten.keepOutUntil(name, write.where.values.map(String), write.forgetsUntilUtcMs)
    }
    const total = { written: 0, quarantined: 0 }
    const strange = writes.find((write) => !streams.some(({ tables }) => tables.some((table) => table.name === write.table)))
    if (strange) throw new KpiqlError('SOURCE_FAILED', { message: `Live events of source "${name}" write to the table "${strange.table}", which no stream declares.`, hint: 'Please report it: this is a fault of the connector.' })
    for (const stream of streams) {
      const own = writes.filter((write) => stream.tables.some((table) => table.name === write.table))
      if (own.length === 0) continue
      const shapes = await this.#shapes.of(stream)
      const batch = new Batch(name, shapes, forgotten)
      // Before they are merged with what is there: what was deleted would be among it.
      const wanted = forgotten.any() ? own.map((write) => this.#withoutForgotten(write, shapes)) : own
      const latest = await this.#latest.of(wanted, shapes)
      for (const write of latest) batch.add(write)
      // Before it lands: a commit of the reading that is asked for right afterwards has it too.
      this.#during.keep(stream, latest)
      const { written } = await landing.commit({ source: name, stream: stream.name, tables: [...shapes.values()].map((shape) => shape.landing), writes: batch.writes(), quarantined: batch.quarantined, state: null, sweeps: false })
      total.written += written
      total.quarantined += batch.quarantined.length
    }
    return total
  }

  #withoutForgotten(write: TableWrite, shapes: ReadonlyMap<string, TableShape>): TableWrite {
    const table = shapes.get(write.table)?.table
    if (write.kind === 'delete' || table === undefined) return write
    return { ...write, records: write.records.filter((record) => !isForgotten(record, table, this.#synced.name, this.#deps.forgotten)) }
  }
}
