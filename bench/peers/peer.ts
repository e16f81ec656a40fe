import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchServer } from '../server.ts'
import type { PeersAnswer, Question, ScoreRange } from './questions.ts'

/** What a client sends for a question, in one request. */
export interface GraphqlRequest {
  readonly query: string
  readonly variables: object
}

/** A server under test, over the same database as the others. */
export interface Peer {
  readonly name: string
  /** Exact versions of what is measured. */
  readonly versions: string
  readonly user: string
  readonly pid: number
  readonly url: string
  /** The form that serves this server best: one document whatever the filter, values as variables. */
  request(question: Question, range: ScoreRange): GraphqlRequest
  /** @param data of a response. */
  answer(data: unknown, question: Question): PeersAnswer
  stop(): Promise<void>
}

/** The fields of one alias a slice: `s0`, `s1`, … */
export function aliased(question: Question, type: string, field: (variable: string) => string): string {
  const slices = question.countries.map((_, index) => index)
  return `query Slices(${slices.map((index) => `$w${index}: ${type}!`).join(', ')}) {\n${slices.map((index) => `  s${index}: ${field(`$w${index}`)}`).join('\n')}\n}`
}

export function variablesOf(question: Question, where: (country: string) => object): object {
  return Object.fromEntries(question.countries.map((country, index) => [`w${index}`, where(country)]))
}

/** What each alias answered, in order. @throws TypeError where one is missing. */
export function slicesOf(data: unknown, question: Question): readonly unknown[] {
  return question.countries.map((_, index) => {
    const slice = (data as Readonly<Record<string, unknown>>)[`s${index}`]
    if (slice === undefined || slice === null) throw new TypeError(`Slice ${index} has no answer.`)
    return slice
  })
}

/** Why a response is no answer; null for an answer without errors. */
export function faultOf(status: number, text: string): string | null {
  if (status === 200 && !text.includes('"errors":[')) return null
  return /"(?:message|error)":\s*"([^"]{1,60})/.exec(text)?.[1] ?? `HTTP ${status}`
}

/** Waits until the server answers a question, however it does. @throws Error with the end of its log when it does not. */
export async function untilListening({ log, pid }: Pick<BenchServer, 'log' | 'pid'>, url: string): Promise<void> {
  const untilMs = performance.now() + 60_000
  for (;;) {
    try {
      await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' }).then((response) => response.text())
      return
    } catch (error) {
      if (performance.now() > untilMs || !isAlive(pid)) throw new Error(`Nobody listens at ${url}: ${(await log()).slice(-1000)}`, { cause: error })
      await sleep(50)
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
