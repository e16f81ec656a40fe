import { createHash } from 'node:crypto'
import type { Landing, LandingCell, LandingColumn, LandingRows, LandingTable } from '../../../connectors/landing-contract.ts'
import type { IdentityStatus } from '../types.ts'
import type { FoundPeople, IdentityRows } from './find-people.ts'
import { Turns } from './turns.ts'
import { IDENTITY_SOURCE, linksTable, peopleTable, placeOf } from './types.ts'
import type { IdentityRule } from './types.ts'

const ROWS_A_PIECE = 20_000

const STATUS: LandingTable = { name: `${IDENTITY_SOURCE}_status`, columns: [text('entity'), text('status')], key: ['entity'] }

function text(name: string): LandingColumn {
  return { name, kind: 'text', scale: 0 }
}

/** What is kept of one entity besides its tables. */
export interface KeptStatus {
  readonly status: IdentityStatus
  /** Of the links; the same where nothing changed. */
  readonly digest: string
  /** By which it was resolved. */
  readonly rule: string
}

/** Another text for another rule. */
export function ruleText(rule: IdentityRule): string {
  return createHash('sha256').update(JSON.stringify({ ...rule, freeMail: [...rule.freeMail] })).digest('hex')
}

/** Stands for a person as long as the first row of it does. */
function idOf({ tables, table, key }: IdentityRows, first: number): string {
  return createHash('sha256').update(`${tables[table[first] ?? 0] ?? ''}\0${key[first] ?? ''}`).digest('hex').slice(0, 32)
}

/**
 * Writes `identity_<entity>` (`<entity>_id`, `tools`, `sources`) and, for each table, `identity_<entity>_<source>_<table>`
 * (`row_key`, `<entity>_id`), unless they hold the same already.
 */
export async function keepPeople(rule: IdentityRule, rows: IdentityRows, found: FoundPeople, landing: Landing, before: KeptStatus | null, nowUtcMs: number): Promise<KeptStatus> {
  const { entity } = rule
  const ids = new Map<number, string>()
  const toolsOf = new Map<number, Set<number>>()
  const digest = createHash('sha256').update(JSON.stringify(rule.tables))
  const turns = new Turns()
  for (const [row, first] of found.first.entries()) {
    if (turns.isOver) await turns.next()
    const id = ids.get(first) ?? idOf(rows, first)
    ids.set(first, id)
    toolsOf.set(first, (toolsOf.get(first) ?? new Set()).add(rows.table[row] ?? 0))
    digest.update(`${rows.table[row] ?? 0}\0${rows.key[row] ?? ''}\0${id}\0`)
  }
  const kept: KeptStatus = { status: statusOf(rule, rows, found, toolsOf, nowUtcMs), digest: digest.digest('hex'), rule: ruleText(rule) }
  if (kept.digest === before?.digest) return kept

  const id = `${entity}_id`
  const kinds = new Map((await Promise.all([...new Set(rule.tables.map(({ source }) => source))].map((source) => landing.tables(source)))).flat().map((table) => [table.name, table]))
  for (const table of rule.tables) {
    const place = rows.tables.indexOf(placeOf(table))
    const own = [...found.first.keys()].filter((row) => rows.table[row] === place)
    // Of the key's own kind, so that engines compare like with like.
    const kind = kinds.get(`${table.source}_${table.table}`)?.columns.find(({ name }) => name === table.key)?.kind === 'integer' ? 'integer' : 'text'
    const cell = (key: string): LandingCell => (kind === 'integer' ? BigInt(key) : key)
    await rewrite(landing, { name: linksTable(entity, table), columns: [{ name: 'row_key', kind, scale: 0 }, text(id)], key: ['row_key'] }, [own.map((row) => cell(rows.key[row] ?? '')), own.map((row) => ids.get(found.first[row] ?? 0) ?? '')])
  }
  const people = [...ids]
  const sourcesOf = (first: number): readonly string[] => [...new Set([...(toolsOf.get(first) ?? [])].map((at) => (rows.tables[at] ?? '').split('.', 1)[0] ?? ''))].sort()
  await rewrite(landing, { name: peopleTable(entity), columns: [text(id), { name: 'tools', kind: 'integer', scale: 0 }, text('sources')], key: [id] }, [
    people.map(([, one]) => one),
    people.map(([first]) => BigInt(sourcesOf(first).length)),
    people.map(([first]) => sourcesOf(first).join(', ')),
  ])
  return kept
}

function statusOf(rule: IdentityRule, rows: IdentityRows, found: FoundPeople, toolsOf: ReadonlyMap<number, ReadonlySet<number>>, nowUtcMs: number): IdentityStatus {
  const sources = rule.tables.map((table) => {
    const place = rows.tables.indexOf(placeOf(table))
    let [own, linked] = [0, 0]
    for (const [row, first] of found.first.entries()) {
      if (rows.table[row] !== place) continue
      own++
      if ((toolsOf.get(first)?.size ?? 0) > 1) linked++
    }
    return { source: table.source, table: table.table, rows: own, linked, unlinked: own - linked }
  })
  return { entity: rule.entity, people: toolsOf.size, sources, conflicts: found.conflicts, examples: found.examples, resolvedUtcMs: nowUtcMs }
}

/** How entities stood when they were resolved last, by whichever process. */
export async function readKept(entities: readonly string[], landing: Landing): Promise<ReadonlyMap<string, KeptStatus>> {
  if (!(await landing.tables(IDENTITY_SOURCE)).some(({ name }) => name === STATUS.name)) return new Map()
  const rows = await landing.lookUp(STATUS.name, ['entity', 'status'], { column: 'entity', values: entities })
  return new Map(rows.map(([entity, status]) => [String(entity), JSON.parse(String(status)) as KeptStatus]))
}

export async function writeKept(kept: ReadonlyMap<string, KeptStatus>, landing: Landing): Promise<void> {
  await rewrite(landing, STATUS, [[...kept.keys()], [...kept.values()].map((one) => JSON.stringify(one))])
}

function rewrite(landing: Landing, table: LandingTable, columns: readonly (readonly LandingCell[])[]): Promise<void> {
  return landing.rewrite(IDENTITY_SOURCE, table, piecesOf(table, columns))
}

function* piecesOf(table: LandingTable, columns: readonly (readonly LandingCell[])[]): Iterable<LandingRows> {
  const names = table.columns.map(({ name }) => name)
  const total = columns[0]?.length ?? 0
  for (let from = 0; from < total; from += ROWS_A_PIECE) yield { names, columns: columns.map((cells) => cells.slice(from, from + ROWS_A_PIECE)), count: Math.min(ROWS_A_PIECE, total - from) }
}
