import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createAnalytics } from '../../src/answer/analytics.ts'
import { fixedClock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { recording } from '../../test/engines/recording.ts'
import type { TestSource } from '../../test/engines/open-test-source.ts'
import { makePlace, type PostgresPlace } from '../../test/servers/postgres-place.ts'
import type { Statement } from '../contract.ts'

const NOW = Date.UTC(2026, 0, 1)
const WORDS = ['a', 'A', 'á', 'ab', 'AB', 'a ', '', null] as const
const KINDS = ['word', 'short', 'ours', 'bytewise', 'loose', 'folded', 'padded', 'mood'] as const
const ROWS = 20_000

const MODEL = `
semantic_models:
  - name: notes
    source: books
    table: notes
    agg_time_dimension: at
    entities: [{ name: note, type: primary, expr: id }, { name: writer, type: foreign, expr: writer }]
    dimensions:
      - { name: at, type: time, granularity: minute, value_type: timestamp, timezone: UTC }
${KINDS.map((name) => `      - { name: ${name}, type: categorical }\n`).join('')}  - name: writers
    source: books
    table: writers
    entities: [{ name: writer, type: primary, expr: writer_id }]
    dimensions: [{ name: town, type: categorical }]
metrics:
  - { name: notes, type: simple, semantic_model: notes, agg: count }
  - { name: worth, type: simple, semantic_model: notes, agg: sum, expr: worth }
`

let place: PostgresPlace
let source: TestSource
let client: Client

beforeAll(async () => {
  const word = (at: number): string => (WORDS[at] === null ? 'NULL' : `'${WORDS[at]}'`)
  place = await makePlace(`
    CREATE EXTENSION IF NOT EXISTS citext SCHEMA pg_catalog;
    CREATE COLLATION loose_one (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
    CREATE TYPE moods AS ENUM ('a', 'A', 'á', 'ab', 'AB', 'a ', '');
    CREATE DOMAIN words AS text COLLATE "C";
    CREATE TABLE notes (id bigint PRIMARY KEY, at timestamp, worth numeric(12, 2), writer varchar(9), word text, short varchar(9), ours words, bytewise text COLLATE "C", loose text COLLATE loose_one, folded citext, padded char(4), mood moods);
    INSERT INTO notes SELECT n, timestamp '2025-01-01' + n * interval '20 minutes', n / 100.0, 'w' || n % 500, w, w, w, w, w, w, w, w::moods
    FROM generate_series(0, ${ROWS - 1}) AS n, LATERAL (SELECT (ARRAY[${WORDS.map((_, at) => word(at)).join(', ')}])[n % ${WORDS.length} + 1] AS w) AS x;
    CREATE INDEX notes_word ON notes (word, at);
    CREATE INDEX notes_at ON notes (at);
    CREATE TABLE writers (writer_id varchar(9) PRIMARY KEY, town text);
    INSERT INTO writers SELECT 'w' || n, 'town ' || n % 50 FROM generate_series(0, 499) AS n;
    ANALYZE`)
  const inner = place.open()
  source = recording(inner, { run: () => Promise.resolve(), explain: () => Promise.resolve(), rows: () => Promise.resolve([]), close: () => Promise.resolve() })
  const server = inject('server')
  client = new Client({ host: String(place.options['host']), port: Number(place.options['port']), user: server?.user ?? '', password: server?.password ?? '', database: 'postgres', options: `-c search_path=${place.schema} -c timezone=UTC` })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await source.close()
  await place.remove()
})

const eq = (dimension: string, ...values: readonly string[]): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })

async function asked(metric: string, predicates: readonly Predicate[], { grain = null, by = [] }: { readonly grain?: 'month' | null; readonly by?: readonly GroupKey[] } = {}): Promise<{ readonly values: readonly (number | null)[]; readonly statements: readonly Statement[] }> {
  const loaded = loadModel([{ name: 'notes.yml', text: MODEL }], { source: 'books' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  const analytics = createAnalytics({ model: loaded.model, sources: new Map([['books', { source, connector: 'postgres', nowUtcMs: NOW }]]), cacheBytes: 0, clock: fixedClock(NOW), maxGroups: 1000 })
  const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
  const period = resolvePeriod({ between: { start: '2025-01-01', end: '2026-01-01' } }, { zone: 'UTC', nowUtcMs: NOW, calendar: { weekStart: 1, fiscalYearStart: 1 } })
  const before = source.statements.length
  const answers = await Promise.all(predicates.map((predicate) => session.metric({ metric, predicate, period, grain, by })))
  return { values: answers.map(({ groups }) => groups[0]?.cells[0]?.value ?? null), statements: source.statements.slice(before) }
}

/** How the server would run a statement, with what these settings leave it. */
async function planOf({ text, params }: Statement, ...settings: readonly string[]): Promise<string> {
  await client.query('BEGIN')
  try {
    for (const setting of settings) await client.query(`SET LOCAL ${setting}`)
    const { rows } = await client.query<string[]>({ text: `EXPLAIN ${text}`, values: params.map(({ value }) => value), rowMode: 'array' })
    return rows.map(([line]) => line).join('\n')
  } finally {
    await client.query('ROLLBACK')
  }
}

describe('texts of PostgreSQL that are equal', () => {
  /** Rows whose own text is among those asked; blanks behind a padded one are no part of it. */
  const counted = (kind: string, values: readonly string[]): number =>
    Array.from({ length: ROWS }, (_, n) => WORDS[n % WORDS.length]).filter((word) => word != null && values.includes(kind === 'padded' ? word.replace(/ +$/, '') : word)).length

  it('are those of equal bytes, whatever the type and the collation of the column', async () => {
    for (const kind of KINDS) {
      const lists = [...WORDS.filter((word) => word !== null).map((word) => [word]), ['a', 'AB'], ['Á']]
      const { values } = await asked('notes', lists.map((list) => eq(kind, ...list)))
      expect([kind, values]).toEqual([kind, lists.map((list) => counted(kind, list))])
      // One by one: the test is in the WHERE clause, not among the keys.
      const apart: (number | null | undefined)[] = []
      for (const list of lists) apart.push((await asked('notes', [eq(kind, ...list)])).values[0])
      expect([kind, apart]).toEqual([kind, lists.map((list) => counted(kind, list))])
    }
  })

  it('are compared as the column has them where its own equality is that of bytes, and made exact elsewhere', async () => {
    const plain: Record<string, boolean> = {}
    for (const kind of KINDS) {
      const text = String((await asked('notes', [eq(kind, 'a')])).statements[0]?.text)
      plain[kind] = !text.includes(`CAST((${kind}) AS TEXT) COLLATE "C"`)
      expect(text).toContain(`"base"."${kind}" = CAST(`)
    }
    expect(plain).toEqual({ word: true, short: true, ours: true, bytewise: true, loose: false, folded: false, padded: false, mood: false })
  })
})

describe('what PostgreSQL is asked', () => {
  it('is found by an index on a text and on a time', async () => {
    const [one] = (await asked('worth', [eq('word', 'ab')])).statements
    expect(await planOf(one as Statement, 'enable_seqscan = off')).toMatch(/Index Cond: \(\(word = 'ab'::text\) AND \(at >= .* AND \(at < /)
    const [several] = (await asked('worth', [eq('word', 'ab', 'a')])).statements
    expect(await planOf(several as Statement, 'enable_seqscan = off')).toMatch(/Index Cond: \(\(word = ANY \('\{ab,a\}'::text\[\]\)\) AND \(at >= /)
    const [all] = (await asked('worth', [{ kind: 'all' }])).statements
    expect(await planOf(all as Statement, 'enable_seqscan = off')).toMatch(/Index Cond: \(\(at >= .* AND \(at < /)
  })

  it('looks up what is joined by the keys of texts', async () => {
    const [joined] = (await asked('notes', [eq('town', 'town 3')])).statements
    expect(await planOf(joined as Statement, 'enable_hashjoin = off', 'enable_mergejoin = off', 'enable_seqscan = off')).toMatch(/Index Cond: \(\(writer_id\)::text = \(notes\.writer\)::text\)/)
  })

  it('is grouped by workers, since a bucket is known to be one of few', async () => {
    const [monthly] = (await asked('worth', [eq('word', 'ab'), eq('word', 'a')], { grain: 'month' })).statements
    const plan = await planOf(monthly as Statement, 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0', 'enable_indexscan = off', 'enable_bitmapscan = off')
    expect(plan).toMatch(/Partial HashAggregate/)
    expect(plan).toMatch(/Parallel Seq Scan/)
  })

  it('is for the rows of the slices alone, unless they are most rows anyway', async () => {
    const words = WORDS.filter((word) => word !== null)
    const textOf = async (list: readonly string[]): Promise<string> => String((await asked('worth', list.map((word) => eq('word', word)), { grain: 'month' })).statements[0]?.text)
    expect(await textOf(words.slice(0, 4))).toContain('"base"."word" IN (')
    expect(await textOf(words)).not.toContain('"base"."word" IN (')
  })

  it('tests once what all slices ask, and groups by what tells them apart alone', async () => {
    const where = (word: string): Predicate => ({ kind: 'and', of: [eq('word', word), eq('short', 'a', 'ab')] })
    const { values, statements } = await asked('notes', [where('a'), where('ab'), where('AB')])
    expect(values).toEqual([ROWS / 8, ROWS / 8, 0])
    expect(statements).toHaveLength(1)
    const text = String(statements[0]?.text)
    expect(text.match(/"short"/g)).toHaveLength(2)
    expect(text).toContain('GROUP BY "rows"."cell_1"')
    expect(text).not.toContain('cell_2')
    expect((await asked('notes', [where('a')])).statements[0]?.text).not.toContain('GROUP BY')
  })
})
