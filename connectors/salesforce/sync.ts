import { KpiqlError } from '../../src/base/errors.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import type { ReadRequest, Stream, SyncDeps, SyncPage } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { openClient } from './client.ts'
import type { SalesforceClient } from './client.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { StreamCursor } from './cursor.ts'
import { fieldsOf, tableOf } from './fields.ts'
import type { Described } from './fields.ts'
import { OBJECTS, STREAMS } from './objects.ts'
import type { SalesforceObject, StreamName } from './objects.ts'
import { salesforceOptions } from './options.ts'
import type { SalesforceOptions } from './options.ts'
import { readStages } from './read-history.ts'
import { readObject } from './read-object.ts'
import type { Reading } from './read-object.ts'
import type { ObjectReading } from './read-page.ts'
import { chunkFields } from './soql.ts'

const SECOND_MS = 1_000

/** Salesforce: opportunities with their histories and line items, leads, accounts, contacts, users, campaigns, products, tasks. */
export default defineSyncConnector<SalesforceOptions>({
  name: 'salesforce',
  kind: 'sync',
  options: salesforceOptions,
  paths: [],
  secrets: ['accessToken', 'clientSecret', 'privateKey'],
  open: (name, options, deps) => {
    const client = openClient(options, deps)
    return {
      name,
      maxConcurrent: 3,
      test: () =>
        verdictOf('Salesforce', async (signal) => {
          const [stream = 'accounts'] = options.objects ?? []
          const [{ name: object }] = OBJECTS[stream]
          await openClient(options, deps, 1).get('/query', { q: `SELECT Id FROM ${object} LIMIT 1` }, signal)
          return `the user may read ${object}.`
        }),
      streams: async (signal) => {
        const streams: Stream[] = []
        for (const stream of STREAMS) if (options.objects?.includes(stream) ?? true) streams.push(...(await streamOf(stream, client, options, deps, signal)))
        if (streams.length === 0) throw new KpiqlError('SOURCE_FAILED', { message: 'The Salesforce user may read none of the objects that are synced.', hint: 'Give the user the right to read them.' })
        return streams
      },
      close: () => Promise.resolve(),
    }
  },
})

async function streamOf(name: StreamName, client: SalesforceClient, options: SalesforceOptions, deps: SyncDeps, signal: AbortSignal): Promise<readonly Stream[]> {
  const [main, ...others] = OBJECTS[name]
  const isNamed = options.objects !== undefined
  const found: { object: SalesforceObject; described: Described }[] = []
  for (const object of [main, ...others]) {
    const described = await describe(object, client, isNamed && object === main, signal)
    if (described !== null) found.push({ object, described })
    else deps.log.warn({ object: object.name }, `The Salesforce user may not read ${object.name}; it is left out.`)
    if (described === null && object === main) return []
  }
  const objects = found.map(({ object, described }) => objectReading(object, described, client, options))
  const past = objects.find(({ object }) => object.isHistory === true)
  const history = past === undefined ? null : { ...past, stages: await readStages(client, signal) }
  const children = found.slice(1).map(({ object }) => object)
  const readings = objects
    .filter((one) => one !== past)
    .map((one): Reading => ({
      ...one, children: one.object === main ? children : [], history: one.object === main ? history : null,
      lookbackMs: options.lookbackSeconds * SECOND_MS, currency: options.currency ?? null, log: deps.log,
    }))
  return [{ name, tables: objects.map(({ object, fields }) => tableOf(object, fields)), showsAll: true, ignoresSince: readings.every(({ object }) => object.isEvent !== true), read: (request) => readAll(readings, request) }]
}

function objectReading(object: SalesforceObject, described: Described, client: SalesforceClient, { formulaFields, pageSize }: SalesforceOptions): ObjectReading {
  const fields = fieldsOf(object, described, formulaFields)
  const names = new Set(described.fields.map((field) => field.name))
  const stamp = names.has('SystemModstamp') ? 'SystemModstamp' : 'CreatedDate'
  const hasBin = names.has('IsDeleted')
  return { object, described, fields, stamp, client, hasBin, pageSize, chunks: chunkFields(fields.map(({ field }) => field), ['Id', stamp, ...(hasBin ? ['IsDeleted'] : [])]) }
}

/** The objects of a stream, one after another. */
async function* readAll(readings: readonly Reading[], request: ReadRequest): AsyncGenerator<SyncPage> {
  let cursors: StreamCursor = readCursor(request.cursor)
  for (const [index, reading] of readings.entries()) {
    for await (const { writes, cursor } of readObject(reading, cursors[reading.object.name], request)) {
      cursors = { ...cursors, [reading.object.name]: cursor }
      yield { writes, cursor: writeCursor(cursors), done: null }
    }
    const isLast = index === readings.length - 1
    yield { writes: [], cursor: writeCursor(cursors), done: (index + 1) / readings.length, completeUntilUtcMs: isLast ? completeUntil(readings, cursors) : null }
  }
}

function completeUntil(readings: readonly Reading[], cursors: StreamCursor): number {
  return Math.min(
    ...readings.map(({ object, lookbackMs }) => {
      const cursor = cursors[object.name]
      return cursor?.phase === 'changes' ? cursor.untilUtcMs - lookbackMs : 0
    }),
  )
}

/** Null where the user may not see the object, unless that is an error. */
async function describe(object: SalesforceObject, client: SalesforceClient, isNeeded: boolean, signal: AbortSignal): Promise<Described | null> {
  try {
    return await client.get<Described>(`/sobjects/${object.name}/describe`, {}, signal)
  } catch (error) {
    if (error instanceof KpiqlError && !isNeeded && error.data?.errorCode === 'NOT_FOUND') return null
    throw error
  }
}
