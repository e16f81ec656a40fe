import type { TableChange } from '../../rollup-contract.ts'
import type { Session } from '../session.ts'
import { quoteName, quoteText } from '../sql-text.ts'
import type { BookedTable } from './book.ts'

/** Where commits touched rows, by table and the version they made. Other changes leave a gap: they may be anywhere. */
const CHANGES = '_changes'
/** Commits of a table that are remembered. */
const REMEMBERED = 500n

type Span = { readonly from: string; readonly to: string } | null

interface Kept {
  readonly rows: number
  readonly spans: Readonly<Record<string, Span>>
}

export async function makeChanges(session: Session): Promise<void> {
  await session.run(`CREATE TABLE IF NOT EXISTS ${CHANGES} (table_name VARCHAR, version BIGINT, touched VARCHAR)`)
}

/** Gathers where the rows of one table lie that a commit puts in, takes away or changes: as they were and as they are. */
export class Touched {
  readonly #session: Session
  readonly #table: BookedTable
  readonly #columns: readonly string[]
  readonly #spans = new Map<string, Span>()
  #rows = 0
  #anywhere = false

  constructor(session: Session, table: BookedTable) {
    this.#session = session
    this.#table = table
    this.#columns = table.columns.filter(({ kind }) => kind === 'date' || kind === 'timestamp').map(({ name }) => name)
  }

  /** Rows of a FROM clause in which the table, or rows for it, is called `t`. */
  async rowsOf(from: string, names: readonly string[] = this.#columns): Promise<void> {
    const columns = this.#columns.filter((name) => names.includes(name))
    const bounds = columns.map((name, index) => `CAST(min(t.${quoteName(name)}) AS VARCHAR) AS f${index}, CAST(max(t.${quoteName(name)}) AS VARCHAR) AS t${index}`)
    const [row] = await this.#session.rows<Record<string, bigint | string | null>>(`SELECT ${['count(*) AS rows', ...bounds].join(', ')} FROM ${from}`)
    this.#rows += Number(row?.['rows'] ?? 0n)
    columns.forEach((name, index) => this.#spans.set(name, joined(this.#spans.get(name) ?? null, spanOf(row?.[`f${index}`], row?.[`t${index}`]))))
  }

  anywhere(): void {
    this.#anywhere = true
  }

  /** Under the version that the table has now. */
  async keep(): Promise<void> {
    if (this.#anywhere) return
    const kept: Kept = { rows: this.#rows, spans: Object.fromEntries(this.#columns.map((name) => [name, this.#spans.get(name) ?? null])) }
    const { name } = this.#table
    await this.#session.run(`INSERT INTO ${CHANGES} SELECT name, version, ? FROM _tables WHERE name = ?`, [JSON.stringify(kept), name])
    await this.#session.run(`DELETE FROM ${CHANGES} WHERE table_name = ? AND version <= (SELECT version - ${REMEMBERED} FROM _tables WHERE name = ?)`, [name, name])
  }
}

/** What may have changed between two versions of tables; null where something is not remembered. */
export async function changesBetween(session: Session, since: ReadonlyMap<string, bigint>, until: ReadonlyMap<string, bigint>, prefix = ''): Promise<readonly TableChange[] | null> {
  const found: TableChange[] = []
  for (const [table, version] of until) {
    const before = since.get(table)
    if (before === undefined) return null
    if (before === version) continue
    const rows = await session.rows<{ touched: string }>(`SELECT touched FROM ${prefix}${CHANGES} WHERE table_name = ${quoteText(table)} AND version > ${before} AND version <= ${version}`)
    if (BigInt(rows.length) !== version - before) return null
    const kept = rows.map(({ touched }) => JSON.parse(touched) as Kept).filter((one) => one.rows > 0)
    if (kept.length === 0) continue
    const columns = Object.keys(kept[0]?.spans ?? {}).filter((name) => kept.every(({ spans }) => name in spans))
    found.push({ table, spans: new Map(columns.map((name) => [name, kept.map(({ spans }) => spans[name] ?? null).reduce(joined)])) })
  }
  return found
}

function spanOf(from: bigint | string | null | undefined, to: bigint | string | null | undefined): Span {
  return typeof from === 'string' && typeof to === 'string' ? { from, to } : null
}

/** Texts of one kind of column are in the order of its values. */
function joined(a: Span, b: Span): Span {
  if (a === null || b === null) return a ?? b
  return { from: a.from < b.from ? a.from : b.from, to: a.to > b.to ? a.to : b.to }
}
