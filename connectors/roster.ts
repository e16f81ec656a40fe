// Made by scripts/make-roster.ts from the folders beside this file; not to be edited.

/** Every connector there is, by name. */
export const roster = {
  duckdb: {
    load: async () => (await import('./duckdb/index.ts')).default,
    openFeed: async () => (await import('./duckdb/open-feed.ts')).openFeed,
  },
}
