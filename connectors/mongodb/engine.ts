import type { ClientSession, Db } from 'mongodb'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ConnectorLog, Statement, TableInfo, TableStatistics } from '../contract.ts'
import type { RunCost, RunOptions, SqlEngine } from '../sql-kit/engine.ts'
import type { RowSink } from '../sql-kit/row-sink.ts'
import type { BsonDocument } from './client.ts'
import { Connection, type Connected } from './connection.ts'
import { mongodbDialect } from './dialect.ts'
import type { PrintedPipeline } from './json.ts'
import { link } from './link.ts'
import type { MongodbOptions } from './options.ts'
import { cellText, cellTypeOf } from './read-cells.ts'
import { infoOf, shapeOf, type Shape } from './shape.ts'
import { collectionStatistics } from './statistics.ts'
import { translateError } from './translate-error.ts'

/** Values as MongoDB has them: 64-bit integers and decimals would lose their digits as JavaScript's numbers. */
const EXACT = { promoteValues: false, promoteLongs: false, promoteBuffers: false } as const
/** Texts compare by their bytes, whatever the collection's own collation. */
const BYTEWISE = { locale: 'simple' } as const

/** MongoDB behind its driver: pipelines in place of SQL, and columns from documents looked at. */
export class MongodbEngine implements SqlEngine {
  readonly dialect = mongodbDialect
  readonly cancels = true
  readonly byRow = true
  readonly #name: string
  readonly #options: MongodbOptions
  readonly #log: ConnectorLog
  readonly #connection: Connection
  #shapes: Promise<ReadonlyMap<string, Shape>> | null = null

  constructor(name: string, options: MongodbOptions, log: ConnectorLog) {
    this.#name = name
    this.#options = options
    this.#log = log
    this.#connection = new Connection(name, options)
  }

  async run({ text, params, columns }: Statement, sink: RowSink, { signal }: RunOptions): Promise<RunCost> {
    signal.throwIfAborted()
    const printed = JSON.parse(text) as PrintedPipeline
    const fields = printed.columns
    if (fields.length !== columns.length) throw new KpiqlError('PLAN_BROKEN', { message: `A statement gives ${fields.length} columns where ${columns.length} were declared.` })
    const shapes = await this.#known(signal)
    await this.#connection.inSession(signal, async (connected, session) => {
      const { collection, pipeline } = link(printed, { source: this.#name, bson: connected.driver.BSON, shapes, params })
      const cursor = this.#aggregate(connected, session, collection, pipeline)
      const rows: BsonDocument[] = []
      try {
        // The types of an answer's columns are those of its values, so its rows are gathered first; one too many is enough to refuse it.
        for await (const row of cursor) {
          rows.push(row)
          if (rows.length > sink.maxRows) break
        }
      } finally {
        await cursor.close()
      }
      sink.begin(fields.map((field, index) => cellTypeOf(rows, field, columns[index] ?? 'text', index)))
      for (const row of rows) sink.row(fields.map((field) => cellText(row[field])))
    })
    return { rowsRead: null }
  }

  async tables(signal: AbortSignal): Promise<readonly TableInfo[]> {
    const shapes = this.#look(signal)
    this.#shapes = shapes
    shapes.catch(() => {
      if (this.#shapes === shapes) this.#shapes = null
    })
    return [...(await shapes)].map(([name, { columns }]) => ({ name, columns: [...columns.values()].map(infoOf), primaryKey: columns.has('_id') ? ['_id'] : [] }))
  }

  /** MongoDB keeps no sign of a collection that changes with every write: its counts miss updates. */
  versions(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map())
  }

  async statistics({ name }: TableInfo, signal: AbortSignal): Promise<TableStatistics> {
    const shape = (await this.#known(signal)).get(name)
    if (shape === undefined) throw new KpiqlError('TABLE_MISSING', { message: `Source "${this.#name}" has no collection "${name}".`, hint: 'Check `table` in the model.' })
    return this.#connection.inSession(signal, (connected, session) => {
      const collection = this.#database(connected).collection(name)
      return collectionStatistics(shape, {
        count: () => collection.estimatedDocumentCount({ session, maxTimeMS: this.#options.statementTimeoutMs }),
        aggregate: (pipeline) => this.#aggregate(connected, session, name, pipeline).toArray(),
        indexed: async () => new Set((await collection.listIndexes({ session }).toArray().catch(() => [])).flatMap(({ key }) => Object.keys(key as object).slice(0, 1))),
      })
    })
  }

  hello(signal: AbortSignal): Promise<string> {
    return this.#connection.inSession(signal, async (connected, session) => {
      const { version } = await this.#database(connected).command({ buildInfo: 1 }, { session })
      return `MongoDB ${String(version)}`
    })
  }

  translate(error: unknown): KpiqlError {
    return translateError(error, this.#name)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #known(signal: AbortSignal): Promise<ReadonlyMap<string, Shape>> {
    if (this.#shapes === null) await this.tables(signal)
    return this.#shapes ?? new Map()
  }

  #look(signal: AbortSignal): Promise<ReadonlyMap<string, Shape>> {
    const { tables, sampleSize, columns, database } = this.#options
    return this.#connection.inSession(signal, async (connected, session) => {
      const listed = await this.#database(connected).listCollections({}, { nameOnly: true, authorizedCollections: true, session }).toArray()
      const names = listed.map(({ name }) => name).filter((name) => !name.startsWith('system.') && (tables === undefined || tables.includes(name)))
      if (names.length === 0) {
        throw new KpiqlError('SOURCE_FAILED', { message: `The database of source "${this.#name}" has no collections that may be read.`, hint: 'Check `database` and `tables` of the source: MongoDB takes a database that does not exist for an empty one.' })
      }
      const shapes = new Map<string, Shape>()
      for (const name of names.toSorted()) {
        const sample = await this.#aggregate(connected, session, name, [{ $sample: { size: sampleSize } }]).toArray()
        const shape = shapeOf(sample, columns[name] ?? {})
        if (shape.left.length > 0) this.#log.info({ source: this.#name, database, collection: name, left: shape.left }, 'Fields that are no columns')
        shapes.set(name, shape)
      }
      return shapes
    })
  }

  #aggregate(connected: Connected, session: ClientSession, collection: string | null, pipeline: readonly BsonDocument[]) {
    const database = this.#database(connected)
    const options = { session, allowDiskUse: true, collation: BYTEWISE, maxTimeMS: this.#options.statementTimeoutMs, ...EXACT }
    return collection === null ? database.aggregate<BsonDocument>([...pipeline], options) : database.collection(collection).aggregate<BsonDocument>([...pipeline], options)
  }

  #database({ client }: Connected): Db {
    return client.db(this.#options.database)
  }
}
