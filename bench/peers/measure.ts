import { setTimeout as sleep } from 'node:timers/promises'
import { processorMsOf } from '../machine.ts'
import { timingOf } from '../turns.ts'
import type { PeersDatabase } from './database.ts'
import { runLoad } from './load.ts'
import type { Load } from './load.ts'
import type { GraphqlRequest, Peer } from './peer.ts'

/** Figures of one server at one number of clients. Processor time is for each answer; NaN where there was none. */
export interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly serverMs: number
  readonly databaseMs: number
  readonly answers: number
  readonly faults: ReadonlyMap<string, number>
}

export interface Turn {
  readonly peer: Peer
  next(): GraphqlRequest
  readonly polledFaults?: readonly string[]
}

export interface MeasureOptions {
  readonly clients: number
  readonly rounds: number
  readonly roundMs: number
}

/** All of them one after the other, round by round, the last round backwards, so that a busy moment of the machine strikes not always the same. */
export async function measureInTurns(database: PeersDatabase, turns: readonly Turn[], { clients, rounds, roundMs }: MeasureOptions): Promise<readonly Measured[]> {
  const found = turns.map((): Piece[] => [])
  for (let round = 0; round < rounds; round++) {
    const order = [...turns.keys()]
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const turn = turns[index]
      if (turn === undefined) continue
      await untilIdle(database)
      const [serverBeforeMs, databaseBeforeMs] = [await processorMsOf(turn.peer.pid), await database.processorMs()]
      const load = await runLoad({ url: turn.peer.url, clients, budgetMs: roundMs, next: turn.next, polledFaults: turn.polledFaults ?? [] })
      found[index]?.push({ load, serverMs: ((await processorMsOf(turn.peer.pid)) ?? Number.NaN) - (serverBeforeMs ?? Number.NaN), databaseMs: (await database.processorMs()) - databaseBeforeMs })
    }
  }
  return found.map(sumUp)
}

interface Piece {
  readonly load: Load
  readonly serverMs: number
  readonly databaseMs: number
}

function sumUp(pieces: readonly Piece[]): Measured {
  const times = pieces.flatMap(({ load }) => [...load.answeredMs])
  const total = (of: (piece: Piece) => number): number => pieces.reduce((sum, piece) => sum + of(piece), 0)
  const faults = new Map<string, number>()
  for (const { load } of pieces) for (const [fault, count] of load.faults) faults.set(fault, (faults.get(fault) ?? 0) + count)
  const each = (totalMs: number): number => (times.length === 0 ? Number.NaN : totalMs / times.length)
  return {
    perSecond: (times.length * 1000) / total(({ load }) => load.elapsedMs),
    p50Ms: timingOf(times).medianMs,
    p99Ms: partOf(times, 0.99),
    serverMs: each(total(({ serverMs }) => serverMs)),
    databaseMs: each(total(({ databaseMs }) => databaseMs)),
    answers: times.length,
    faults,
  }
}

function partOf(times: readonly number[], part: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

const MOST_IDLE_WAIT_MS = 90_000

/** What a server still works on for clients that have left would slow down the next. */
async function untilIdle(database: PeersDatabase): Promise<void> {
  const untilMs = performance.now() + MOST_IDLE_WAIT_MS
  let idleLooks = 0
  while (idleLooks < 3 && performance.now() < untilMs) {
    const [row] = await database.rows("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()", [])
    idleLooks = row?.[0] === '0' ? idleLooks + 1 : 0
    await sleep(100)
  }
}
