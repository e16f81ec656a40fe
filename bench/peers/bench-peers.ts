import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ms, times, verdict } from '../report.ts'
import type { Section, Table } from '../report.ts'
import { CONTINUE_WAIT, startCube } from './cube.ts'
import { openPeersDatabase } from './database.ts'
import type { PeersDatabase } from './database.ts'
import { startGateway } from './kpiql.ts'
import { measureInTurns } from './measure.ts'
import type { Measured, Turn } from './measure.ts'
import type { Peer } from './peer.ts'
import { startPostgraphile } from './postgraphile.ts'
import { answerBySql, differenceFrom, ONE_SLICE, PAGE, rangeDrawer } from './questions.ts'
import type { Question, ScoreRange } from './questions.ts'

const CLIENTS = [1, 8, 100]
/** Beyond so many rows a hundred clients, at twelve statements a page, would wait for minutes. */
const MOST_ROWS_FOR_ALL = 2_000_000
const FEW_CLIENTS = [1, 8]
/** As Cube's own client asks again. */
const POLLED_MS = 120_000
const CHECKS = 3
const ROUNDS = 2
const ROUND_MS = 3_000
/** Servers compile what runs often. */
const WARM_UP = { clients: 8, rounds: 1, roundMs: 6_000 }
/** Of Cube's throughput on the page. */
const MIN_PAGE = { uncached: 3, cached: 5 }
/** Never behind; the rest is for the noise of the machine. */
const MIN_ANY = 0.95

type Mode = 'uncached' | 'cached'

/**
 * The gateway beside Cube and PostGraphile over one PostgreSQL.
 *
 * @param path the bench's database.
 * @throws Error when one of them answers another number than a plain statement.
 */
export async function benchPeers(path: string, rows: number): Promise<readonly Section[]> {
  const database = await openPeersDatabase(path)
  const stateFolder = await mkdtemp(join(tmpdir(), 'kpiql-peers-'))
  const peers: Peer[] = []
  try {
    peers.push(await startGateway(await database.login('kpiql'), stateFolder))
    peers.push(await startCube(await database.login('cube')))
    peers.push(await startPostgraphile(await database.login('postgraphile')))
    const drawers = new Map(peers.map((peer) => [peer, rangeDrawer()]))
    const draw = (peer: Peer): ScoreRange => drawers.get(peer)?.() ?? { gte: 0, lt: 0 }

    for (const question of [ONE_SLICE, PAGE]) await expectEqual(database, peers, question, draw)
    const statements = await countAll(database, peers, draw)
    const tables: Table[] = []
    const crowds = rows <= MOST_ROWS_FOR_ALL ? CLIENTS : FEW_CLIENTS
    for (const question of [ONE_SLICE, PAGE]) tables.push(await tableOf(database, peers, question, draw, crowds))
    return [sectionOf(database, rows, peers, statements, tables)]
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()))
    await database.stop()
    await rm(stateFolder, { recursive: true, force: true })
  }
}

function sectionOf(database: PeersDatabase, rows: number, peers: readonly Peer[], statements: Table, [one, page]: readonly Table[]): Section {
  return {
    title: `(peers) Beside Cube and PostGraphile, ${rows.toLocaleString('en')} rows`,
    about: [
      `One PostgreSQL ${database.version} with ${rows.toLocaleString('en')} events, a primary key and an index on country and time, and over it ${peers.map(({ name, versions }) => `${name} (${versions})`).join('; ')}. The question is revenue by month of a year for events of some scores: for one country, and for a page of 12 countries in one request. "Uncached" asks for other scores each time; all servers get the same filters in the same order. "Cached" repeats one request word for word. Clients wait for their answer before they ask again.`,
      'Fair, because every server gives the same cents as one obvious statement a slice, or the bench fails; all run on the same Node in production mode, without authentication, with at most eight statements at once, each asked in its quickest form: one document for all filters, whose values are variables. They take turns on every line. Cube keeps results in its own memory and looks for new data once a minute, as the gateway does. PostGraphile keeps no results.',
      `A response with an error counts as an error, not as an answer: Cube tells clients to "${CONTINUE_WAIT}" when a statement takes longer than five seconds; "polling" asks again then, as Cube's own client does, for two minutes at most, and its time is that until the answer. Processor time is that of the server's process and of all of PostgreSQL's for each answer. "Gateway ÷ it" compares answers a second. Beyond ${MOST_ROWS_FOR_ALL.toLocaleString('en')} rows a hundred clients are left out: their pages would take minutes each.`,
    ],
    tables: [statements, ...[one, page].flatMap((table) => table ?? [])],
  }
}

async function expectEqual(database: PeersDatabase, peers: readonly Peer[], question: Question, draw: (peer: Peer) => ScoreRange): Promise<void> {
  for (let check = 0; check < CHECKS; check++) {
    for (const peer of peers) {
      const range = draw(peer)
      const difference = differenceFrom(await answerBySql(database, question, range), question, peer.answer(await ask(peer, question, range), question))
      if (difference !== null) throw new Error(`${peer.name}, ${question.name}: ${difference}`)
    }
  }
}

async function ask(peer: Peer, question: Question, range: ScoreRange): Promise<unknown> {
  const untilMs = performance.now() + POLLED_MS
  let [response, text] = await send(peer, question, range)
  while (text.includes(CONTINUE_WAIT) && performance.now() < untilMs) [response, text] = await send(peer, question, range)
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown }
  if (!response.ok || errors !== undefined) throw new Error(`${peer.name} answered ${response.status}: ${text.slice(0, 500)}`)
  return data
}

async function send(peer: Peer, question: Question, range: ScoreRange): Promise<readonly [Response, string]> {
  const response = await fetch(peer.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(peer.request(question, range)) })
  return [response, await response.text()]
}

async function countAll(database: PeersDatabase, peers: readonly Peer[], draw: (peer: Peer) => ScoreRange): Promise<Table> {
  const rows: string[][] = []
  for (const question of [ONE_SLICE, PAGE]) {
    for (const peer of peers) {
      const range = draw(peer)
      const uncached = await database.statementsOf(peer.user, () => ask(peer, question, range))
      const cached = await database.statementsOf(peer.user, () => ask(peer, question, range))
      rows.push([`${question.name}: ${peer.name}`, '1', String(uncached.ofEvents.length), String(uncached.all), String(cached.ofEvents.length), String(cached.all)])
    }
  }
  return { columns: ['Question', 'Requests', 'Statements on events, uncached', 'all', 'Statements on events, cached', 'all'], rows }
}

async function tableOf(database: PeersDatabase, peers: readonly Peer[], question: Question, draw: (peer: Peer) => ScoreRange, crowds: readonly number[]): Promise<Table> {
  const rows: (readonly string[])[] = []
  for (const mode of ['uncached', 'cached'] as const) {
    const turns = peers.map((peer): Turn => {
      const repeated = peer.request(question, draw(peer))
      return { peer, next: mode === 'cached' ? () => repeated : () => peer.request(question, draw(peer)) }
    })
    await measureInTurns(database, turns, WARM_UP)
    for (const clients of crowds) {
      const found = await measureInTurns(database, turns, { clients, rounds: ROUNDS, roundMs: ROUND_MS })
      const [gateway] = found
      if (gateway === undefined) throw new RangeError('The gateway was not measured.')
      for (const [index, measured] of found.entries()) {
        const name = peers[index]?.name ?? ''
        rows.push([`${mode}, ${clients}: ${name}`, ...figuresOf(measured), ...(index === 0 ? noErrors(measured) : against(gateway, measured, leastOf(question, mode, name)))])
        console.error(`  ${question.name}, ${rows.at(-1)?.join(' | ')}`)
      }
      const polled = turns.flatMap((turn, index) => (found[index]?.faults.has(CONTINUE_WAIT) === true ? [{ ...turn, polledFaults: [CONTINUE_WAIT] }] : []))
      for (const [index, measured] of (await measureInTurns(database, polled, { clients, rounds: 1, roundMs: ROUND_MS })).entries()) {
        rows.push([`${mode}, ${clients}: ${polled[index]?.peer.name}, polling`, ...figuresOf(measured), ...against(gateway, measured, null)])
        console.error(`  ${question.name}, ${rows.at(-1)?.join(' | ')}`)
      }
    }
  }
  return { columns: [`${question.name}: clients`, 'Answers/s', 'p50 ms', 'p99 ms', 'Server CPU ms', 'Database CPU ms', 'Errors', 'of', 'Gateway ÷ it', 'Wanted', 'Verdict'], rows }
}

function leastOf(question: Question, mode: Mode, peer: string): number {
  return question === PAGE && peer === 'Cube' ? MIN_PAGE[mode] : MIN_ANY
}

function figuresOf({ perSecond, p50Ms, p99Ms, serverMs, databaseMs, answers, faults }: Measured): readonly string[] {
  const failed = [...faults.values()].reduce((sum, count) => sum + count, 0)
  const told = [...faults].toSorted(([, a], [, b]) => b - a).slice(0, 2).map(([fault, count]) => `${count} ${fault}`)
  return [perSecond.toFixed(perSecond < 100 ? 1 : 0), ...[p50Ms, p99Ms, serverMs, databaseMs].map((value) => (Number.isNaN(value) ? '–' : ms(value))), failed === 0 ? '0' : told.join(', '), String(answers + failed)]
}

function noErrors({ faults }: Measured): readonly string[] {
  return ['', 'no error', verdict(faults.size === 0)]
}

function against(gateway: Measured, peer: Measured, least: number | null): readonly string[] {
  const ratio = gateway.perSecond / peer.perSecond
  return [times(ratio), ...(least === null ? ['', ''] : [`≥ ${times(least)}`, verdict(ratio >= least)])]
}
