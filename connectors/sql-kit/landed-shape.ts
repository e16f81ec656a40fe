import { KpiqlError } from '../../src/base/errors.ts'
import type { LandingColumn, LandingTable } from '../landing-contract.ts'

/** A landed table, and for whom it was made. */
export interface LandedShape {
  readonly source: string
  /** Null for tables that the gateway derives. */
  readonly stream: string | null
  readonly columns: readonly LandingColumn[]
  readonly key: readonly string[]
}

/** What a commit needs of a table before it can write. */
export interface ShapeChange {
  readonly name: string
  readonly isNew: boolean
  readonly added: readonly LandingColumn[]
  /** The table as it is then. */
  readonly shape: LandedShape
}

/**
 * @param known the table as it stands; undefined where there is none.
 * @throws KpiqlError `DATA_INVALID` where it stands for another source, with another key, or with a column of another kind or of fewer decimals.
 */
export function shapeChange(known: LandedShape | undefined, wanted: LandingTable, owner: { readonly source: string; readonly stream: string | null }): ShapeChange {
  const { name, columns, key } = wanted
  if (known === undefined) return { name, isNew: true, added: [], shape: { ...owner, columns, key } }
  if (known.source !== owner.source) throw unfit(`Table "${name}" was landed for source "${known.source}", and source "${owner.source}" would write it.`, 'Rename one of the two sources in the configuration.')
  if (known.key.join('\n') !== key.join('\n')) throw unfit(`Table "${name}" was landed with the key ${known.key.join(', ')}; now its key is ${key.join(', ')}.`, AGAIN)
  const kept = new Map(known.columns.map((column) => [column.name, column]))
  for (const { name: column, kind, scale } of columns) {
    const before = kept.get(column)
    if (before === undefined) continue
    if (before.kind !== kind) throw unfit(`Column "${column}" of table "${name}" was landed as ${before.kind}; now it is ${kind}.`, AGAIN)
    if (kind === 'decimal' && before.scale < scale) throw unfit(`Column "${column}" of table "${name}" was landed with ${before.scale} decimals; now it has ${scale}.`, AGAIN)
  }
  const added = columns.filter((column) => !kept.has(column.name))
  return { name, isNew: false, added, shape: { source: owner.source, stream: known.stream ?? owner.stream, columns: [...known.columns, ...added], key: known.key } }
}

const AGAIN = 'Drop the table where it landed, then read the source from the beginning: kpiql sync <source> --full.'

function unfit(message: string, hint: string): KpiqlError {
  return new KpiqlError('DATA_INVALID', { message, hint })
}
