// Made by scripts/make-roster.ts from the folders beside this file; not to be edited.

/** Every connector there is, by name. */
export const roster = {
  amplitude: {
    loadSync: async () => (await import('./amplitude/sync.ts')).default,
  },
  bigquery: {
    load: async () => (await import('./bigquery/index.ts')).default,
  },
  clickhouse: {
    load: async () => (await import('./clickhouse/index.ts')).default,
    loadLanding: async () => (await import('./clickhouse/open-landing.ts')).default,
  },
  duckdb: {
    load: async () => (await import('./duckdb/index.ts')).default,
    openFeed: async () => (await import('./duckdb/open-feed.ts')).openFeed,
    loadLanding: async () => (await import('./duckdb/open-landing.ts')).default,
  },
  'google-analytics': {
    loadSync: async () => (await import('./google-analytics/sync.ts')).default,
  },
  hubspot: {
    loadSync: async () => (await import('./hubspot/sync.ts')).default,
    loadActivation: async () => (await import('./hubspot/activate.ts')).default,
  },
  intercom: {
    loadSync: async () => (await import('./intercom/sync.ts')).default,
  },
  mixpanel: {
    loadSync: async () => (await import('./mixpanel/sync.ts')).default,
    loadActivation: async () => (await import('./mixpanel/activate.ts')).default,
  },
  mongodb: {
    load: async () => (await import('./mongodb/index.ts')).default,
  },
  mysql: {
    load: async () => (await import('./mysql/index.ts')).default,
  },
  postgres: {
    load: async () => (await import('./postgres/index.ts')).default,
    loadLanding: async () => (await import('./postgres/open-landing.ts')).default,
  },
  rest: {
    loadSync: async () => (await import('./rest/sync.ts')).default,
  },
  salesforce: {
    loadSync: async () => (await import('./salesforce/sync.ts')).default,
  },
  segment: {
    loadSync: async () => (await import('./segment/sync.ts')).default,
    loadActivation: async () => (await import('./segment/activate.ts')).default,
  },
  snowflake: {
    load: async () => (await import('./snowflake/index.ts')).default,
  },
  stripe: {
    loadSync: async () => (await import('./stripe/sync.ts')).default,
  },
  webhook: {
    loadActivation: async () => (await import('./webhook/activate.ts')).default,
  },
}
