import { Worker } from 'node:worker_threads'
import { CommandError } from './mongodb-expressions.ts'
import type { Job, Outcome } from './mongodb-worker.ts'

interface Waiting {
  readonly job: Job
  readonly names: readonly string[]
  readonly resolve: (documents: readonly Uint8Array[]) => void
  readonly reject: (error: Error) => void
}

/** Runs pipelines one after the other in a thread, which ends with the pipeline that is stopped. */
export class Jobs {
  readonly #documents: (name: string) => readonly Uint8Array[]
  readonly #waiting: Waiting[] = []
  /** Collections as the thread has them. */
  #sent = new Map<string, readonly Uint8Array[]>()
  #worker: Worker | null = null
  /** Made ahead: a thread takes a while to begin, and one that is stopped is not waited for. */
  #spare: Worker | null = null
  #running: Waiting | null = null
  #last = 0
  #isClosed = false

  constructor(documents: (name: string) => readonly Uint8Array[]) {
    this.#documents = documents
  }

  get running(): readonly number[] {
    return [...(this.#running === null ? [] : [this.#running]), ...this.#waiting].map(({ job }) => job.id)
  }

  /** @param names collections that the pipeline reads. */
  run(collection: string | null, pipeline: Uint8Array, names: readonly string[], started: (id: number) => void): Promise<readonly Uint8Array[]> {
    const id = (this.#last += 1)
    started(id)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job: { id, collection, pipeline, changed: [] }, names, resolve, reject })
      this.#next()
    })
  }

  stop(id: number, error: Error): void {
    const index = this.#waiting.findIndex(({ job }) => job.id === id)
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.reject(error)
    const running = this.#running
    if (running?.job.id !== id) return
    this.#end()
    running.reject(error)
    // Whatever is stopped at the same moment needs no thread any more.
    setTimeout(() => this.#next(), 20)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const worker = this.#worker
    for (const id of this.running) this.stop(id, new CommandError(11600, 'InterruptedAtShutdown', 'interrupted at shutdown'))
    this.#end()
    await Promise.all([worker?.terminate(), this.#spare?.terminate()])
  }

  #end(): void {
    this.#worker?.terminate().catch(() => undefined)
    this.#worker = null
    this.#running = null
    this.#sent = new Map()
  }

  #next(): void {
    if (this.#running !== null || this.#isClosed) return
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#running = next
    const changed = next.names.flatMap((name) => {
      const documents = this.#documents(name)
      if (this.#sent.get(name) === documents) return []
      this.#sent.set(name, documents)
      return [{ name, documents }]
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- That is for windows of a browser.
    this.#thread().postMessage({ ...next.job, changed } satisfies Job)
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker
    const worker = this.#spare ?? newThread()
    this.#spare = newThread()
    this.#worker = worker
    worker.on('message', (outcome: Outcome) => {
      const running = this.#running
      if (running?.job.id !== outcome.id) return
      this.#running = null
      if ('error' in outcome) running.reject(new CommandError(outcome.error.code, outcome.error.codeName, outcome.error.message))
      else running.resolve(outcome.documents)
      this.#next()
    })
    worker.on('error', (error: Error) => {
      if (this.#worker !== worker) return
      const running = this.#running
      this.#end()
      running?.reject(error)
      this.#next()
    })
    return worker
  }
}

function newThread(): Worker {
  return new Worker(new URL('mongodb-worker.ts', import.meta.url))
}
