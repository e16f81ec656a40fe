import { afterAll, beforeAll, expect, it } from 'vitest'
import { makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import { startMortalPostgres, type MortalPostgres } from '../../test/servers/mortal-postgres.ts'

let server: MortalPostgres
let place: PostgresPlace

beforeAll(async () => {
  const started = await startMortalPostgres()
  if (started === null) throw new Error('There is no PostgreSQL server to kill a process of.')
  server = started
  place = await makePlace('CREATE TABLE books (id int)', server)
})
afterAll(() => server.stop())

it('a crash of one process of PostgreSQL, after which all counters begin anew, gives no older version again', async () => {
  await place.own('INSERT INTO books SELECT generate_series(1, 100)')
  const source = place.open()
  const before = await source.dataVersion(['books'], true)
  const [first] = await place.own('SELECT pg_postmaster_start_time()::text AS since')
  const gone = expect(source.query({ text: 'SELECT CAST(pg_sleep(60) AS TEXT)', params: [], columns: ['text'] })).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  let pid = 0
  await expect.poll(async () => (pid = Number((await place.own("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))[0]?.['pid'] ?? 0)), { timeout: 5000 }).toBeGreaterThan(0)
  // A process that serves a connection; the server ends all others then, recovers, and goes on as the same server.
  process.kill(pid, 'SIGKILL')
  await gone
  await source.close()
  await expect.poll(() => place.own('SELECT pg_postmaster_start_time()::text AS since').then(([row]) => row?.['since'], () => null), { timeout: 30_000 }).toBe(first?.['since'])

  await place.own('INSERT INTO books SELECT generate_series(101, 200)')
  const again = place.open()
  expect(await place.own("SELECT pg_stat_get_tuples_inserted('books'::regclass)::int AS told")).toEqual([{ told: 100 }])
  expect(await again.dataVersion(['books'], true)).not.toBe(before)
  await again.close()
})
