import type { OpenLanding, LandedTable } from '../../../connectors/landing-contract.ts'
import type { ColumnKind } from '../../../connectors/contract.ts'
import { select } from '../../sql/tree.ts'
import type { Expr } from '../../sql/tree.ts'

type Opened = Pick<OpenLanding, 'landing' | 'source'>

/** Cells that hold an e-mail address of the person within some text, by the columns of a table. */
export interface Mentions {
  readonly column: string
  readonly cells: readonly string[]
  readonly rows: number
}

/** @param addresses in lower case; a cell may hold them as a part of longer ones, which are of others. */
export async function findMentions({ name, columns }: LandedTable, addresses: readonly string[], { source }: Opened): Promise<readonly Mentions[]> {
  const texts = columns.filter(({ kind }) => kind === 'text' || kind === 'json')
  if (addresses.length === 0 || texts.length === 0) return []
  await source.dataVersion([name], true)
  const cell = (column: string): Expr => ({ kind: 'cast', of: { kind: 'column', table: name, name: column }, to: 'text' })
  const holds = (column: string): Expr => ({ kind: 'or', of: addresses.map((address): Expr => ({ kind: 'match', how: 'contains', of: { kind: 'lower', of: cell(column) }, text: { kind: 'param', value: address, type: 'text' } })) })
  const from = { kind: 'table', name } as const
  const count: Expr = { kind: 'aggregate', fn: { name: 'count' }, arg: null, filter: null }
  const ask = async (statement: Parameters<typeof select>[0], kinds: readonly ColumnKind[]) => {
    const { text, params } = source.dialect.print(select(statement))
    return (await source.query({ text, params, columns: kinds })).columns
  }
  // Most tables hold none: one look at all of its columns.
  const [[any] = []] = await ask({ columns: [{ expr: count, as: 'held' }], from, where: { kind: 'or', of: texts.map((column) => holds(column.name)) } }, ['integer'])
  if (Number(any ?? 0) === 0) return []
  const found: Mentions[] = []
  for (const { name: column } of texts) {
    const [cells = [], rows = []] = await ask({ columns: [{ expr: cell(column), as: 'cell' }, { expr: count, as: 'held' }], from, where: holds(column), groupBy: [cell(column)] }, ['text', 'integer'])
    if (cells.length > 0) found.push({ column, cells: cells.map(String), rows: rows.reduce<number>((sum, one) => sum + Number(one), 0) })
  }
  return found
}

/**
 * Takes addresses out of the texts that hold them; a row whose key holds one goes.
 *
 * @param redacted a text without the addresses.
 * @returns Rows removed, and cells changed in rows that stay.
 */
export async function removeMentions(table: LandedTable, mentions: readonly Mentions[], redacted: (text: string) => string, { landing }: Opened): Promise<{ readonly removed: number; readonly changed: number }> {
  const total = { removed: 0, changed: 0 }
  for (const { column, cells } of mentions) {
    const meant = cells.map((cell) => [cell, redacted(cell)] as const).filter(([cell, other]) => cell !== other)
    if (meant.length === 0) continue
    if (table.key.includes(column)) total.removed += await landing.remove(table.name, { column, values: meant.map(([cell]) => cell) })
    else total.changed += await landing.overwrite(table.name, { column, cells: meant, empties: [] })
  }
  return total
}
