/** What bench/model.yml says of the table, in Cube's words. Versions of the data are looked at as often as the gateway does by default. */
cube('events', {
  sql_table: 'public.events',
  refresh_key: { every: '1 minute' },
  measures: {
    revenue: { sql: 'amount', type: 'sum' },
  },
  dimensions: {
    event_id: { sql: 'event_id', type: 'number', primary_key: true },
    country: { sql: 'country', type: 'string' },
    score: { sql: 'score', type: 'number' },
    ts: { sql: 'ts', type: 'time' },
  },
})
