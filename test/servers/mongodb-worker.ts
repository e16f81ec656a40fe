import { parentPort } from 'node:worker_threads'
import { BSON } from 'mongodb'
import { CommandError } from './mongodb-expressions.ts'
import { runPipeline, type Doc } from './mongodb-stages.ts'
import { fromBson, readBson, toBson } from './mongodb-values.ts'

/** One pipeline to run, with the collections that changed since the one before. */
export interface Job {
  readonly id: number
  readonly collection: string | null
  readonly pipeline: Uint8Array
  readonly changed: readonly { readonly name: string; readonly documents: readonly Uint8Array[] }[]
}

export type Outcome = { readonly id: number; readonly documents: readonly Uint8Array[] } | { readonly id: number; readonly error: { readonly code: number; readonly codeName: string; readonly message: string } }

const collections = new Map<string, readonly Doc[]>()

// A thread of its own: the server stops a pipeline by ending it.
parentPort?.on('message', ({ id, collection, pipeline, changed }: Job) => {
  for (const { name, documents } of changed) collections.set(name, documents.map((bytes) => fromBson(readBson(bytes), false) as Doc))
  const documentsOf = (name: string): readonly Doc[] => collections.get(name) ?? []
  let outcome: Outcome
  try {
    const stages = (fromBson(readBson(pipeline), true) as { stages: readonly Doc[] }).stages
    const rows = runPipeline(collection === null ? [] : documentsOf(collection), stages, documentsOf)
    outcome = { id, documents: rows.map((row) => BSON.serialize(toBson(row) as Doc, { ignoreUndefined: true })) }
  } catch (error) {
    const { code, codeName, message } = error instanceof CommandError ? error : { code: 40324, codeName: 'Location40324', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    outcome = { id, error: { code, codeName, message } }
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- That is for windows of a browser.
  parentPort?.postMessage(outcome)
})
