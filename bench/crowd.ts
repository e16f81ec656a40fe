import { Agent, request } from 'node:http'
import { timingOf } from './turns.ts'

export interface CrowdOptions {
  readonly url: string
  /** Each waits for its answer before it asks again. */
  readonly clients: number
  readonly seconds: number
  /** Body of the next question. */
  readonly bodyOf: () => string
}

/** What a crowd of clients got. */
export interface CrowdFigures {
  /** Answers without an error. */
  readonly answered: number
  /** 503 with `Retry-After`, or `SOURCE_BUSY`: the line before the source is full. */
  readonly refused: number
  /** Anything else. */
  readonly failed: number
  readonly answeredPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Asks for so long, each client over a connection of its own, again at once also where it was refused. */
export async function askAsCrowd({ url, clients, seconds, bodyOf }: CrowdOptions): Promise<CrowdFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const fromMs = performance.now()
  const untilMs = fromMs + seconds * 1_000
  const times: number[] = []
  let [refused, failed] = [0, 0]
  await Promise.all(Array.from({ length: clients }, async () => {
    while (performance.now() < untilMs) {
      const askedMs = performance.now()
      const outcome = await askOnce(url, agent, bodyOf())
      if (outcome === 'answered') times.push(performance.now() - askedMs)
      else if (outcome === 'refused') refused += 1
      else failed += 1
    }
  }))
  const elapsedS = (performance.now() - fromMs) / 1_000
  agent.destroy()
  const sorted = times.toSorted((one, other) => one - other)
  const { medianMs } = timingOf(times)
  return { answered: times.length, refused, failed, answeredPerSecond: times.length / elapsedS, p50Ms: medianMs, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN }
}

function askOnce(url: string, agent: Agent, body: string): Promise<'answered' | 'refused' | 'failed'> {
  return new Promise((resolve) => {
    const asked = request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', () => resolve('failed'))
      response.on('end', () => {
        if (response.statusCode === 503 && response.headers['retry-after'] !== undefined) return resolve('refused')
        const body = Buffer.concat(parts)
        if (body.includes('"code":"SOURCE_BUSY"')) return resolve('refused')
        resolve(response.statusCode === 200 && !body.includes('"errors":[') ? 'answered' : 'failed')
      })
    })
    asked.on('error', () => resolve('failed'))
    asked.end(body)
  })
}
