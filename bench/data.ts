import { createHash } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'

/** Engine settings of every measurement, so that figures of different runs may be compared. */
export const ENGINE_SETTINGS: Readonly<Record<string, string>> = { threads: '2', memory_limit: '4GB' }

/** The 24 countries of both tables, most frequent first. Some rows have no country at all (null). */
export const COUNTRIES: readonly string[] = [
  'US', 'DE', 'GB', 'FR', 'IN', 'BR', 'CA', 'NL', 'ES', 'IT', 'AU', 'SE',
  'PL', 'JP', 'CH', 'MX', 'DK', 'NO', 'AT', 'BE', 'FI', 'IE', 'PT', 'SG',
]

const EVENTS = [
  'page_view', 'feature_used', 'search', 'login', 'export', 'share', 'comment', 'purchase', 'invite', 'upgrade_viewed', 'logout', 'error',
]
const DEVICES = ['desktop', 'mobile', 'tablet', 'api']
const CHANNELS = ['organic', 'paid_search', 'referral', 'social', 'email', 'partner']
const PLANS = ['basic', 'pro', 'enterprise']

/**
 * Makes the bench's database once and returns its path; later calls find it there.
 *
 * `events`, `rows` rows, in the order of an append log (`ts` ascending but for a jitter of two hours):
 * - `event_id BIGINT` 0…rows-1, unique.
 * - `user_id BIGINT`, about rows/33 distinct; the density of a user of rank r falls as 1/√r, so the heaviest has some 18,000 of 10 million rows.
 * - `customer_id BIGINT`, about eight users each.
 * - `ts TIMESTAMP`, naive, meant as UTC: 2 % of the rows spread evenly over 2023 and 2024, the rest over 2025 with a rate that grows by half.
 * - `country VARCHAR`, 24 values, skewed, null for 3 % of the users; a user is seen abroad in 8 % of the events.
 * - `event` (12 values), `device` (4), `channel` (6, fixed a user), `plan` (3, fixed a customer); never null.
 * - `amount DECIMAL(18,2)` 0…989.01, null in 10 %; `duration_s INTEGER` 0…3599, skewed to short, null in 2 %; `score INTEGER` 0…999, even, never null.
 *
 * `subscriptions`, 3/10 × rows rows, about in the order of `start_date`:
 * - `subscription_id BIGINT` unique, `customer_id BIGINT`, `plan` (3), `country` (as above, fixed a customer).
 * - `start_date DATE` over the 48 months 2022-01-01…2025-12-31, growing; `end_date DATE`, the first day that is not paid any more,
 *   null for the live ones and never after 2025-12-31. `monthly_price DECIMAL(18,2)` is never null.
 *
 * Deterministic for one version of DuckDB (its `hash()` may change between versions). The file is remade when this recipe changes,
 * and appears under its name only when complete. Takes about 20 s of processor for 10 million rows, and for 100 million 200 s and 2.3 GB of memory.
 *
 * @param rows rows of `events`; at least 1000.
 * @returns absolute path of a DuckDB file; open it read-only, so that programs may share it.
 */
export async function openBenchDatabase(rows = 10_000_000): Promise<string> {
  if (!Number.isInteger(rows) || rows < 1000) throw new RangeError(`The bench needs at least 1000 rows, not ${rows}.`)
  const folder = new URL('./data/', import.meta.url).pathname
  const path = `${folder}bench-${rows}.duckdb`
  const statements = recipe(rows)
  const fingerprint = createHash('sha256').update(statements.join(';\n')).digest('hex')
  if (existsSync(path) && (await fingerprintOf(path)) === fingerprint) return path

  await mkdir(folder, { recursive: true })
  const unfinished = `${path}.${process.pid}.tmp`
  await rm(unfinished, { force: true })
  const instance = await DuckDBInstance.create(unfinished, ENGINE_SETTINGS)
  const connection = await instance.connect()
  try {
    for (const statement of statements) await connection.run(statement)
    await connection.run('CREATE TABLE bench_recipe AS SELECT $1::VARCHAR AS fingerprint', [fingerprint])
    await connection.run('CHECKPOINT')
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
  await rename(unfinished, path)
  return path
}

/** Opens a new engine on a bench database, read-only, with the settings of the bench; nothing of another engine's memory is reused. */
export async function connectToBench(path: string): Promise<{ connection: DuckDBConnection; close: () => void }> {
  const instance = await DuckDBInstance.create(path, { ...ENGINE_SETTINGS, access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  return {
    connection,
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Null for a file made by something else than this program. */
async function fingerprintOf(path: string): Promise<string | null> {
  const { connection, close } = await connectToBench(path)
  try {
    const known = await connection.runAndReadAll("SELECT 1 FROM duckdb_tables() WHERE table_name = 'bench_recipe'")
    if (known.currentRowCount === 0) return null
    const found = await connection.runAndReadAll('SELECT fingerprint FROM bench_recipe')
    return String(found.value(0, 0))
  } finally {
    close()
  }
}

function recipe(rows: number): readonly string[] {
  const users = Math.max(30, Math.round(rows / 33))
  const customers = Math.max(10, Math.round(users / 8))
  const olderRows = Math.round(rows / 50)
  const subscriptions = Math.round((rows * 3) / 10)
  const subscribers = Math.max(10, Math.round(subscriptions / 2))

  return [
    // Each draw hashes its own integer: hash(i, salt) of several arguments only XORs the salt in, so its draws would depend on each other.
    'CREATE MACRO draw(i, salt) AS (hash(i::BIGINT * 64 + salt) % 1000000007) / 1000000007.0::DOUBLE',
    `CREATE MACRO home_country(i, salt) AS CASE WHEN draw(i, salt) < 0.03 THEN NULL ELSE ${pick(COUNTRIES, 'pow(draw(i, salt + 1), 2.2)')} END`,
    `CREATE TABLE events AS
     WITH ranked AS (
       SELECT i, floor(${users} * pow(draw(i, 1), 2))::BIGINT AS user_rank FROM range(${rows}) AS t(i)
     ), placed AS (
       SELECT i, user_rank, hash(user_rank * 64 + 50) % ${customers} AS customer_rank,
         CASE WHEN i < ${olderRows} THEN TIMESTAMP '2023-01-01' + to_milliseconds((731 * 86400000.0 * i / ${olderRows})::BIGINT)
              -- The rate of 2025 is 1 + u/2 at the part u of the year; this is the inverse of its integral.
              ELSE TIMESTAMP '2025-01-01' + to_milliseconds((365 * 86400000.0 * 2 * (sqrt(1 + 1.25 * (i - ${olderRows}) / ${rows - olderRows}) - 1))::BIGINT)
         END - to_milliseconds((draw(i, 2) * 7200000)::BIGINT) AS jittered
       FROM ranked
     )
     SELECT
       i AS event_id,
       100000 + user_rank AS user_id,
       (5000 + customer_rank)::BIGINT AS customer_id,
       greatest(jittered, TIMESTAMP '2023-01-01') AS ts,
       ${pick(EVENTS, 'pow(draw(i, 3), 2)')} AS event,
       CASE WHEN draw(i, 4) < 0.08 THEN ${pick(COUNTRIES, 'draw(i, 5)')} ELSE home_country(user_rank, 51) END AS country,
       ${pick(DEVICES, 'pow(draw(i, 6), 1.5)')} AS device,
       ${pick(CHANNELS, 'pow(draw(user_rank, 53), 1.5)')} AS channel,
       ${pick(PLANS, 'pow(draw(customer_rank, 54), 1.5)')} AS plan,
       CASE WHEN draw(i, 7) < 0.1 THEN NULL
            ELSE (floor(draw(i, 8) * 100) * floor(draw(i, 9) * 1000))::DECIMAL(16, 0) * 0.01::DECIMAL(2, 2) END::DECIMAL(18, 2) AS amount,
       CASE WHEN draw(i, 10) < 0.02 THEN NULL ELSE floor(3600 * pow(draw(i, 11), 3))::INTEGER END AS duration_s,
       floor(1000 * draw(i, 12))::INTEGER AS score
     FROM placed`,
    `CREATE TABLE subscriptions AS
     WITH placed AS (
       SELECT i, floor(${subscribers} * draw(i, 20))::BIGINT AS customer_rank,
         DATE '2022-01-01' + floor(1461 * (sqrt(1 + 3.0 * i / ${subscriptions}) - 1))::INTEGER AS start_date,
         CASE WHEN draw(i, 21) < 0.4 THEN NULL ELSE 1 + floor(1200 * pow(draw(i, 22), 2))::INTEGER END AS days_paid
       FROM range(${subscriptions}) AS t(i)
     )
     SELECT
       i AS subscription_id,
       5000 + customer_rank AS customer_id,
       ${pick(PLANS, 'pow(draw(i, 23), 1.5)')} AS plan,
       home_country(customer_rank, 55) AS country,
       start_date,
       CASE WHEN start_date + days_paid < DATE '2026-01-01' THEN start_date + days_paid END AS end_date,
       (900 + floor(draw(i, 24) * 30) * 100 + floor(draw(i, 25) * 100))::DECIMAL(16, 0) * 0.01::DECIMAL(2, 2) AS monthly_price
     FROM placed`,
    'DROP MACRO home_country',
    'DROP MACRO draw',
  ]
}

/** SQL that picks one of the values by a draw in [0, 1). */
function pick(values: readonly string[], draw: string): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}][1 + floor(${values.length} * ${draw})::INTEGER]`
}
