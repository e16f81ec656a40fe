/** Whom to forget: one of the two. */
export interface ForgetAsk {
  /** An id as a tool has it. */
  readonly user: string | null
  readonly email: string | null
  /** Whose id it is, or where the address is looked for; null: all synced sources. */
  readonly source: string | null
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun: boolean
}

export interface ForgetReport {
  readonly dryRun: boolean
  /** Tables where something was found, in the order of the sources. */
  readonly tables: readonly { readonly source: string; readonly table: string; readonly rows: number }[]
  /** Tables with rows that stay: how often an id or an address of the person in them was overwritten; in a dry run, addresses in rows that would go are among them. */
  readonly overwritten: readonly { readonly source: string; readonly table: string; readonly cells: number }[]
  /** Records in quarantine; not counted in a dry run. */
  readonly quarantined: number
  /** Members of uploaded cohorts. */
  readonly listed: number
  /** Members of cohorts that were sent. */
  readonly activated: number
  /** Kept answers and reports that named one. */
  readonly mentioned: number
  /** False where questions under way kept the engine from writing its log into its tables: what was removed stands in the log until it does. */
  readonly logIsClear: boolean
  /** Ids and addresses that are kept out of later syncs, by source. */
  readonly ids: readonly { readonly source: string; readonly users: number; readonly devices: number; readonly emails: number }[]
  /** In a dry run, these themselves, as they landed, to look whether they are one person's; else empty. */
  readonly found: readonly { readonly source: string; readonly users: readonly string[]; readonly devices: readonly string[]; readonly emails: readonly string[] }[]
}
