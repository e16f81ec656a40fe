import { Agent, request as open } from 'node:http'
import { faultOf } from './peer.ts'
import type { GraphqlRequest } from './peer.ts'

/** What clients found that each wait for their answer before they ask again. */
export interface Load {
  /** Milliseconds of each answer, from asking to its last byte. */
  readonly answeredMs: readonly number[]
  /** How often each fault came in place of an answer. */
  readonly faults: ReadonlyMap<string, number>
  /** From the first request to the last response. */
  readonly elapsedMs: number
}

export interface LoadOptions {
  readonly url: string
  readonly clients: number
  /** No client asks any more after so long; what was asked is waited for. */
  readonly budgetMs: number
  /** The next request, whoever asks. */
  next(): GraphqlRequest
  /** Faults after which a client asks the same again, until there is an answer; it waits for the sum. */
  readonly polledFaults?: readonly string[]
}

/** Each client asks at least once. */
export async function runLoad({ url, clients, budgetMs, next, polledFaults = [] }: LoadOptions): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const answeredMs: number[] = []
  const faults = new Map<string, number>()
  const startedMs = performance.now()
  const client = async (): Promise<void> => {
    do {
      const body = JSON.stringify(next())
      const askedMs = performance.now()
      let fault = await send(agent, url, body)
      while (fault !== null && polledFaults.includes(fault) && performance.now() - askedMs < GIVES_UP_MS) fault = await send(agent, url, body)
      if (fault === null) answeredMs.push(performance.now() - askedMs)
      else faults.set(fault, (faults.get(fault) ?? 0) + 1)
    } while (performance.now() - startedMs < budgetMs)
  }
  await Promise.all(Array.from({ length: clients }, client))
  agent.destroy()
  return { answeredMs, faults, elapsedMs: performance.now() - startedMs }
}

const GIVES_UP_MS = 120_000

/** @returns What is wrong with the response; null for an answer. */
function send(agent: Agent, url: string, body: string): Promise<string | null> {
  return new Promise((resolve) => {
    const sent = open(url, { agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => resolve(faultOf(response.statusCode ?? 0, Buffer.concat(pieces).toString())))
      response.on('error', (error) => resolve(error.message))
    })
    sent.on('error', (error) => resolve(error.message))
    sent.end(body)
  })
}
