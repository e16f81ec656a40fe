/** How a value is compared: e-mail addresses and domains in one form, everything else to the letter. */
export type MatchKind = 'text' | 'email' | 'domain'

export interface MatchKey {
  readonly name: string
  readonly kind: MatchKind
  /** Rows of one table that may share a value before it is taken for nobody's own; null: any number. */
  readonly sharedByAtMost: number | null
}

/** Where a value stands: a column, and for JSON what to take of it. */
export interface ValuePlace {
  readonly column: string
  /** Field in field; empty for the column itself. */
  readonly path: readonly string[]
}

/** A landed table whose rows are people (or accounts) of one tool. */
export interface IdentityTable {
  readonly source: string
  /** The tool's own name of it. */
  readonly table: string
  /** The column that tells its rows apart. */
  readonly key: string
  /** By the names in `match`; those that are not there are unknown of every row. */
  readonly values: Readonly<Record<string, ValuePlace>>
}

/** What users of several tools have in common. */
export interface IdentityRule {
  readonly entity: string
  /** The most trusted first. */
  readonly match: readonly MatchKey[]
  readonly tables: readonly IdentityTable[]
  readonly emails: { readonly ignoreDots: boolean; readonly ignorePlus: boolean }
  /** Domains that are no company's own. */
  readonly freeMail: ReadonlySet<string>
}

/** What the tables of identities begin with, as those of a source begin with its name. */
export const IDENTITY_SOURCE = 'identity'

/** How people speak of a table, as the configuration does. */
export function placeOf({ source, table }: Pick<IdentityTable, 'source' | 'table'>): string {
  return `${source}.${table}`
}

/** Holds the entities themselves. */
export function peopleTable(entity: string): string {
  return `${IDENTITY_SOURCE}_${entity}`
}

/** Says whose rows those of a table are. */
export function linksTable(entity: string, { source, table }: Pick<IdentityTable, 'source' | 'table'>): string {
  return `${IDENTITY_SOURCE}_${entity}_${source}_${table}`
}
