import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { BSON } from 'mongodb'
import { CommandError } from './mongodb-expressions.ts'
import { Jobs } from './mongodb-jobs.ts'
import { Scram } from './mongodb-scram.ts'
import { serveCommands } from './mongodb-wire.ts'
import type { Certificate } from './make-certificate.ts'
import { freePort, type TestServer } from './test-server.ts'

type Doc = Record<string, unknown>

export interface MongodbServer extends TestServer {
  /** Connections taken so far. */
  connections(): number
  /** Ids of the pipelines under way. */
  running(): readonly number[]
  /** Replaces a collection, as whoever owns the data would. */
  put(database: string, collection: string, documents: readonly Doc[]): void
  /** Collections, as `database.collection`, that the user may not read. */
  readonly forbidden: Set<string>
}

/**
 * A server that speaks MongoDB's wire protocol over pipelines in memory (mingo, with MongoDB's arithmetic, order and nulls in place of
 * JavaScript's). It is no MongoDB: it shows that the driver, the protocol and the pipelines are used as documented.
 */
export async function startMongodbServer(user: string, password: string, certificate: Certificate | null = null): Promise<MongodbServer> {
  const collections = new Map<string, readonly Uint8Array[]>()
  const forbidden = new Set<string>()
  const jobs = new Jobs((name) => collections.get(name) ?? [])
  const sockets = new Set<Socket>()
  let connections = 0
  const port = await freePort()
  const serve = (socket: Socket): void => {
    connections += 1
    sockets.add(socket)
    const session = new Commands(collections, forbidden, jobs, new Scram(user, password))
    socket.on('close', () => {
      sockets.delete(socket)
      session.stopAll()
    })
    serveCommands(socket, (command) => session.answer(command))
  }
  const server: Server = certificate === null ? createServer(serve) : createTlsServer({ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) }, serve)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port,
    user,
    password,
    forbidden,
    connections: () => connections,
    running: () => jobs.running,
    put: (database, collection, documents) => void collections.set(`${database}.${collection}`, documents.map((one) => BSON.serialize(one))),
    async stop() {
      for (const socket of sockets) socket.destroy()
      await jobs.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Cursor {
  readonly namespace: string
  readonly left: readonly Uint8Array[]
}

/** What is under way, by the session of the driver that asked for it. */
const underWay = new Map<number, string>()
const cursors = new Map<bigint, Cursor>()
let lastCursor = 1000n

const sessionOf = (command: Doc): string => {
  const id = (command['lsid'] as { id?: { toString(encoding: string): string } } | undefined)?.id
  return id === undefined ? '' : id.toString('hex')
}

const OPEN: ReadonlySet<string> = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'saslStart', 'saslContinue', 'buildInfo', 'endSessions'])

/** The commands of one connection. */
class Commands {
  readonly #collections: Map<string, readonly Uint8Array[]>
  readonly #forbidden: ReadonlySet<string>
  readonly #jobs: Jobs
  readonly #scram: Scram
  readonly #own = new Set<number>()
  #isKnown = false

  constructor(collections: Map<string, readonly Uint8Array[]>, forbidden: ReadonlySet<string>, jobs: Jobs, scram: Scram) {
    this.#collections = collections
    this.#forbidden = forbidden
    this.#jobs = jobs
    this.#scram = scram
  }

  /** A connection that ends takes along what runs for it. */
  stopAll(): void {
    for (const id of this.#own) this.#interrupt(id)
  }

  async answer(command: Doc): Promise<Doc> {
    const [name = ''] = Object.keys(command)
    try {
      if (!this.#isKnown && !OPEN.has(name)) throw new CommandError(13, 'Unauthorized', `Command ${name} requires authentication`)
      return { ...(await this.#run(name, command)), ok: 1 }
    } catch (error) {
      const { code, codeName, message } = error instanceof CommandError ? error : { code: 8, codeName: 'UnknownError', message: String(error) }
      return { ok: 0, code, codeName, errmsg: message }
    }
  }

  async #run(name: string, command: Doc): Promise<Doc> {
    const database = String(command['$db'] ?? 'admin')
    const namespace = `${database}.${String(command[name])}`
    switch (name) {
      case 'hello':
      case 'isMaster':
      case 'ismaster':
        return {
          helloOk: true,
          isWritablePrimary: true,
          ismaster: true,
          maxBsonObjectSize: 16_777_216,
          maxMessageSizeBytes: 48_000_000,
          maxWriteBatchSize: 100_000,
          localTime: new Date(),
          logicalSessionTimeoutMinutes: 30,
          minWireVersion: 0,
          maxWireVersion: 21,
          ...(command['saslSupportedMechs'] === undefined ? {} : { saslSupportedMechs: ['SCRAM-SHA-256'] }),
        }
      case 'ping':
      case 'endSessions':
        return {}
      case 'buildInfo':
        return { version: '7.0.0', versionArray: [7, 0, 0, 0] }
      case 'saslStart':
        if (command['mechanism'] !== 'SCRAM-SHA-256') throw new CommandError(334, 'MechanismUnavailable', 'Unsupported mechanism')
        return this.#sasl(this.#scram.start(payloadOf(command)), false)
      case 'saslContinue': {
        const final = this.#scram.finish(payloadOf(command))
        this.#isKnown = true
        return this.#sasl(final, true)
      }
      case 'listCollections':
        return this.#cursor(`${database}.$cmd.listCollections`, this.#names(database).map((one) => BSON.serialize({ name: one, type: 'collection' })), command)
      case 'listIndexes':
        return this.#cursor(namespace, [BSON.serialize({ v: 2, key: { _id: 1 }, name: '_id_' })], command)
      case 'insert':
        return this.#insert(namespace, command['documents'] as readonly Doc[])
      case 'delete':
        this.#collections.set(namespace, [])
        return { n: 0 }
      case 'count':
        this.#check(namespace)
        return { n: this.#collections.get(namespace)?.length ?? 0 }
      case 'find':
        return this.#cursor(namespace, await this.#pipeline(database, String(command[name]), [], command), command)
      case 'aggregate': {
        const collection = typeof command[name] === 'string' ? command[name] : null
        return this.#cursor(collection === null ? `${database}.$cmd.aggregate` : namespace, await this.#pipeline(database, collection, command['pipeline'] as readonly Doc[], command), (command['cursor'] ?? {}) as Doc)
      }
      case 'getMore':
        return this.#more(BigInt(String(command[name])), command)
      case 'killCursors':
        for (const id of command['cursors'] as readonly unknown[]) cursors.delete(BigInt(String(id)))
        return {}
      case 'currentOp':
        return { inprog: this.#jobs.running.map((opid) => ({ opid })) }
      case 'killOp':
        this.#interrupt(Number(command['op']))
        return {}
      case 'killSessions': {
        const killed = new Set((command[name] as readonly Doc[]).map((lsid) => sessionOf({ lsid })))
        for (const [id, session] of underWay) if (killed.has(session)) this.#interrupt(id)
        return {}
      }
      default:
        throw new CommandError(59, 'CommandNotFound', `no such command: '${name}'`)
    }
  }

  #sasl(payload: string, done: boolean): Doc {
    return { conversationId: 1, done, payload: new BSON.Binary(Buffer.from(payload)) }
  }

  #names(database: string): readonly string[] {
    return [...this.#collections.keys()].filter((one) => one.startsWith(`${database}.`)).map((one) => one.slice(database.length + 1))
  }

  #check(namespace: string): void {
    if (this.#forbidden.has(namespace)) throw new CommandError(13, 'Unauthorized', `not authorized on ${namespace} to execute command`)
  }

  #insert(namespace: string, documents: readonly Doc[]): Doc {
    this.#collections.set(namespace, [...(this.#collections.get(namespace) ?? []), ...documents.map((one) => BSON.serialize(one))])
    return { n: documents.length }
  }

  async #pipeline(database: string, collection: string | null, stages: readonly Doc[], command: Doc): Promise<readonly Uint8Array[]> {
    if (collection !== null) this.#check(`${database}.${collection}`)
    const named = this.#names(database)
    for (const one of named) if (this.#forbidden.has(`${database}.${one}`) && JSON.stringify(stages).includes(`"${one}"`)) this.#check(`${database}.${one}`)
    const qualified = qualify(stages, database) as readonly Doc[]
    const bytes = BSON.serialize({ stages: qualified })
    let job = 0
    const running = this.#jobs.run(collection === null ? null : `${database}.${collection}`, bytes, named.map((one) => `${database}.${one}`), (id) => {
      job = id
      this.#own.add(id)
      underWay.set(id, sessionOf(command))
    })
    const limit = Number(command['maxTimeMS'] ?? 0)
    const clock = limit > 0 ? setTimeout(() => this.#jobs.stop(job, new CommandError(50, 'MaxTimeMSExpired', 'operation exceeded time limit')), limit) : undefined
    try {
      return await running
    } finally {
      clearTimeout(clock)
      this.#own.delete(job)
      underWay.delete(job)
    }
  }

  #interrupt(id: number): void {
    this.#jobs.stop(id, new CommandError(11_601, 'Interrupted', 'operation was interrupted'))
  }

  #cursor(namespace: string, documents: readonly Uint8Array[], { batchSize }: Doc): Doc {
    const size = batchSize === undefined ? 101 : Number(batchSize)
    return { cursor: { ...this.#rest(namespace, documents.slice(size)), firstBatch: documents.slice(0, size).map((one) => BSON.deserialize(one, EXACT)) } }
  }

  #more(id: bigint, { batchSize }: Doc): Doc {
    const cursor = cursors.get(id)
    if (cursor === undefined) throw new CommandError(43, 'CursorNotFound', `cursor id ${id} not found`)
    cursors.delete(id)
    const size = batchSize === undefined ? 1000 : Number(batchSize)
    return { cursor: { ...this.#rest(cursor.namespace, cursor.left.slice(size)), nextBatch: cursor.left.slice(0, size).map((one) => BSON.deserialize(one, EXACT)) } }
  }

  #rest(namespace: string, left: readonly Uint8Array[]): Doc {
    let id = 0n
    if (left.length > 0) {
      id = lastCursor += 1n
      cursors.set(id, { namespace, left })
    }
    return { id: BSON.Long.fromBigInt(id), ns: namespace }
  }
}

const EXACT = { promoteValues: false, promoteLongs: false, promoteBuffers: false } as const

const payloadOf = (command: Doc): string => (command['payload'] as InstanceType<typeof BSON.Binary>).toString('utf8')

/** Collections are told apart by database too. */
function qualify(value: unknown, database: string): unknown {
  if (Array.isArray(value)) return value.map((one) => qualify(one, database))
  if (value === null || typeof value !== 'object' || value instanceof Date || '_bsontype' in value) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (key === '$literal') return [key, part]
      if ((key === '$lookup' || key === '$unionWith') && part !== null && typeof part === 'object') {
        const { from, coll, ...rest } = part as Doc
        return [key, { ...(typeof from === 'string' ? { from: `${database}.${from}` } : {}), ...(typeof coll === 'string' ? { coll: `${database}.${coll}` } : {}), ...(qualify(rest, database) as Doc) }]
      }
      return [key, qualify(part, database)]
    }),
  )
}
