import type { Stream, SyncTable, TableWrite } from '../../../connectors/sync-contract.ts'

/**
 * Live writes that landed while their stream is being read. Pages that were asked for before hold what was true before, so that
 * each commit of the reading writes them once more. Of one key, or of one replacement, the last write is kept.
 */
export class LiveDuringReading {
  readonly #streams = new Map<string, Map<string, TableWrite>>()

  begin(stream: Stream): void {
    this.#streams.set(stream.name, new Map())
  }

  end(stream: Stream): void {
    this.#streams.delete(stream.name)
  }

  /** Nothing is kept of a stream that is not being read. */
  keep(stream: Stream, writes: readonly TableWrite[]): void {
    const kept = this.#streams.get(stream.name)
    if (!kept) return
    for (const write of writes) {
      const table = stream.tables.find(({ name }) => name === write.table)
      if (!table) continue
      for (const [of, one] of singly(write, table)) {
        // Kept in the order of the last writes.
        kept.delete(of)
        kept.set(of, one)
      }
    }
  }

  /** In the order in which they came. */
  of(stream: Stream): Iterable<TableWrite> {
    return this.#streams.get(stream.name)?.values() ?? []
  }
}

function* singly(write: TableWrite, { name, key }: SyncTable): Iterable<readonly [string, TableWrite]> {
  if (write.kind === 'replace') yield [JSON.stringify([name, write.where.column, write.where.values]), write]
  else if (write.kind === 'delete') for (const one of write.keys) yield [keyOf(name, one), { ...write, keys: [one] }]
  else for (const record of write.records) yield [keyOf(name, key.map((column) => record[column])), { ...write, records: [record] }]
}

const keyOf = (table: string, key: readonly unknown[]): string => [table, ...key.map(String)].join('\u0000')
