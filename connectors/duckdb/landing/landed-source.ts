import { KpiqlError } from '../../../src/base/errors.ts'
import type { ConnectorDeps } from '../../contract.ts'
import type { PooledConnection } from '../pool.ts'
import { Session } from '../session.ts'
import { digestOf, DuckdbSource, REPLACED_GRACE_MS, type Opened } from '../source.ts'
import { quoteName, quoteText } from '../sql-text.ts'
import { Versions } from '../versions.ts'
import type { TableChange } from '../../rollup-contract.ts'
import type { ReadableTable } from '../contents.ts'
import { TABLES } from './book.ts'
import { changesBetween } from './changes.ts'
import { LandedContents, versionOf } from './contents.ts'
import { DEFAULT_MEMORY, type LandingOptions } from './open-file.ts'
import type { LandingPlace } from './place.ts'

/** Names of data versions that are remembered; far more than requests that run. */
const REMEMBERED = 1000

/** Reads landed tables. They change in place, so a statement that names a data version reads it in a transaction that sees that version, or not at all. */
export class LandedSource extends DuckdbSource {
  readonly #place: LandingPlace
  /** Tables, and the versions they had, by the data versions that were told of them. */
  readonly #told = new Map<string, ReadonlyMap<string, bigint>>()

  constructor(name: string, options: LandingOptions, deps: ConnectorDeps, place: LandingPlace) {
    // Whether something was committed is known at every question, so that no look is ever too old.
    super(name, { memoryLimit: DEFAULT_MEMORY, ...options, tables: [], ttlSeconds: Infinity }, deps)
    this.#place = place
    place.closesWith(() => super.close())
  }

  override async dataVersion(tables: readonly string[], revalidate: boolean): Promise<string> {
    const version = await super.dataVersion(tables, revalidate)
    const versions = this.#told.get(version)
    if (versions !== undefined) this.#remember(version, versions)
    return version
  }

  override async changes(tables: readonly string[], since: string, until: string): Promise<readonly TableChange[] | null> {
    const [before, after] = [this.#told.get(since), this.#told.get(until)]
    if (before === undefined || after === undefined || tables.some((name) => !after.has(name))) return null
    const { reader, catalog } = await this.#place.opened()
    return changesBetween(reader, before, after, `${quoteName(catalog)}.main.`)
  }

  protected override told(dataVersion: string, tables: readonly ReadableTable[]): void {
    this.#remember(dataVersion, new Map(tables.map(({ name, version }) => [name, BigInt(version.slice(name.length + 1))])))
  }

  #remember(dataVersion: string, versions: ReadonlyMap<string, bigint>): void {
    this.#told.delete(dataVersion)
    this.#told.set(dataVersion, versions)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= REMEMBERED) break
      this.#told.delete(oldest)
    }
  }

  override close(): Promise<void> {
    return this.#place.close()
  }

  protected override async open(): Promise<Opened> {
    const engine = await this.#place.opened()
    // The engine is the place's to close, after the last commit.
    const shared = { ...engine, close: () => Promise.resolve() }
    return { engine: shared, contents: new LandedContents(engine, () => this.#place.commits), versions: new Versions(engine.loader, this.name, REPLACED_GRACE_MS) }
  }

  protected override async reading<T>(lent: PooledConnection, dataVersion: string | undefined, run: () => Promise<T>, keeps = false): Promise<T> {
    if (dataVersion === undefined) return run()
    const session = new Session(lent.connection)
    const { catalog } = await this.#place.opened()
    await session.run(keeps ? 'BEGIN TRANSACTION' : 'BEGIN TRANSACTION READ ONLY')
    try {
      const tables = [...(this.#told.get(dataVersion)?.keys() ?? [])]
      // The first thing that the transaction reads of the database fixes what it sees of it.
      const rows = await session.rows<{ name: string; version: bigint }>(`SELECT name, version FROM ${quoteName(catalog)}.main.${TABLES} WHERE list_contains([${tables.map(quoteText).join(', ')}], name) ORDER BY name`)
      const parts = tables.map((name) => rows.find((row) => row.name === name)).flatMap((row) => (row ? [versionOf(row)] : []))
      if (digestOf(parts) !== dataVersion) throw new KpiqlError('SOURCE_BUSY', { message: `The data of source "${this.name}" changed while it was read.`, hint: 'Ask again.', data: { changed: true } })
      const done = await run()
      if (keeps) await session.run('COMMIT')
      return done
    } finally {
      // Where it is over, or the engine gave it up already, there is nothing to end.
      await session.run('ROLLBACK').catch(() => 0)
    }
  }
}
