import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const require = createRequire(import.meta.url)

// Programs that tests start compile the same hundreds of files each time; content tells these apart, so that nothing old is run.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('./node_modules/.cache/compiled', import.meta.url))

/** What holds for every engine: the property tests against the slow loops of test/oracle, cases worked out by hand, the packs, and the golden SQL. */
const EVERY_ENGINE = [
  'test/sql/*.test.ts',
  'test/spec/{actives,bucket-keys,cohorts,conversion,forms,funnel,money,money-movement,movement,retention}-random.test.ts',
  'test/spec/{packs-by-hand,saas-by-hand}.test.ts',
  'test/spec/{actives,cohorts-by-hand,conversion,funnel-by-hand,money-movement,movement,random-asks,retention-by-hand,retention-laws,slices,table-laws}.test.ts',
]

/** Engines behind servers that the tests start, by connector. Each runs what holds for every engine, and its connector's own tests. */
const SERVED = ['postgres', 'mariadb', 'clickhouse']
const CONNECTOR: Readonly<Record<string, string>> = { postgres: 'postgres', mariadb: 'mysql', clickhouse: 'clickhouse' }

/** Services that cannot be had for tests: DuckDB takes their statements in its own words. KPIQL_TEST_ENGINE puts any other test to them. */
const IN_WORDS = ['bigquery', 'snowflake']

/** MongoDB's pipelines run in a server of our own, in the test's process; what looks at SQL is left out. */
const ON_PIPELINES = ['test/spec/{cohorts-by-hand,money-movement,movement,retention-laws,saas-by-hand,slices,table-laws}.test.ts']

/** What only some of them can be asked. */
const OWN: Readonly<Record<string, readonly string[]>> = { clickhouse: ['test/spec/demo-clickhouse.test.ts', 'test/spec/{sync-into,several-gateways}.test.ts'], postgres: ['test/spec/{sync-into,several-gateways}.test.ts'] }

/** Rollups that an engine keeps up by itself; the embedded one keeps those of its own. */
const ROLLED: Readonly<Record<string, readonly string[]>> = { clickhouse: ['test/spec/rollups-{retention,movement,stock-keys}-random.test.ts'] }

/** Where synced records can land, and what holds wherever they do. */
const LANDINGS: readonly string[] = ['postgres', 'clickhouse']
const LANDED = ['test/spec/{sync-landings,identity-gateway,forget-gateway,forget-every-tool}.test.ts']

export default defineConfig({
  resolve: {
    // Two copies of graphql (its ES and its CommonJS entry) refuse each other's types; Apollo loads the CommonJS one.
    alias: [
      { find: /^graphql$/, replacement: require.resolve('graphql') },
      // Apollo's integration suite is written for Jest, and brings an Apollo of its own.
      { find: /^@jest\/globals$/, replacement: fileURLToPath(new URL('./test/fixtures/jest/globals.ts', import.meta.url)) },
    ],
    dedupe: ['@apollo/server'],
  },
  test: {
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    server: { deps: { inline: ['type-graphql', '@apollo/server-integration-testsuite'] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'kpiql',
          include: ['test/**/*.test.ts', 'connectors/**/*.test.ts', 'src/**/*.test.ts', 'demo/**/*.test.ts'],
          exclude: SERVED.flatMap((engine) => [`connectors/${CONNECTOR[engine]}/**`, ...(OWN[engine] ?? [])]),
        },
      },
      ...SERVED.map((engine) => ({
        extends: true as const,
        test: {
          name: engine,
          // Each of hundreds of small questions is a round trip, and its statement is planned anew.
          testTimeout: 300_000,
          include: [...EVERY_ENGINE, ...(OWN[engine] ?? []), ...(ROLLED[engine] ?? []), ...(LANDINGS.includes(engine) ? LANDED : []), `connectors/${CONNECTOR[engine]}/**/*.test.ts`],
          env: { KPIQL_TEST_ENGINE: engine },
          globalSetup: `test/servers/${engine}.setup.ts`,
        },
      })),
      { extends: true as const, test: { name: 'mongodb', testTimeout: 300_000, include: ON_PIPELINES, env: { KPIQL_TEST_ENGINE: 'mongodb' } } },
      ...IN_WORDS.map((engine) => ({
        extends: true as const,
        test: { name: engine, include: ['test/sql/*.test.ts'], env: { KPIQL_TEST_ENGINE: engine } },
      })),
    ],
  },
})
