import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configSchema } from '../../src/cli/config/config-schema.ts'
import { predicateText } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { predicateSize } from '../../src/model/predicate-size.ts'
import { at, recordedWorld } from './recorded-world.ts'
import type { Answer, RecordedWorld } from './recorded-world.ts'

let world: RecordedWorld
beforeAll(async () => {
  world = await recordedWorld()
})
afterAll(async () => {
  await world.stop()
  world.world.remove()
})

type Cohort = Readonly<Record<string, unknown>>
const SAVE = 'mutation ($name: String!, $definition: CohortInput!, $key: ID, $timezone: TimeZone) { saveCohort(key: $key, input: {name: $name, definition: $definition, timezone: $timezone}) { id } }'
const save = (name: string, definition: Cohort, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> => world.ask(SAVE, { name, definition, ...more })
const saved = async (name: string, definition: Cohort): Promise<string> => String(at(await save(name, definition), 'saveCohort', 'id'))
const ids = (...listed: readonly string[]): Cohort => ({ ids: { entity: 'CUSTOMER', ids: listed } })
const members = (of: Cohort): Promise<Answer> => world.ask('query ($of: CohortInput!) { cohort(of: $of) { size members { ids } } }', { of })
const codeOf = ({ errors }: Answer): string | undefined => errors?.[0]?.extensions.code
const nested = (levels: number): Cohort => Array.from({ length: levels }).reduce<Cohort>((inner, _, index) => ({ anyOf: [inner, ids(`c${index}`)] }), { name: 'GOLD' })

const attributes = (where: Predicate): Predicate => ({ kind: 'member', of: { kind: 'members', entity: 'customer', of: 'customer', where, match: 'any' } })
const behavior = (filter: Predicate): Predicate => ({
  kind: 'member',
  of: { kind: 'behavior', entity: 'customer', activity: { metric: 'visits', semanticModel: 'visits', filter, time: { kind: 'event', dimension: 'seen_on' } }, atLeast: 1, atMost: null, window: { kind: 'ever' } },
})
const gold: Predicate = { kind: 'atom', dimension: 'tier', test: { op: 'in', values: ['gold'], caseInsensitive: false } }

describe('the text of a nested predicate', () => {
  it('is as long for 500 levels as for two, and tells what is inside', () => {
    for (const wrap of [attributes, behavior]) {
      const deep = (inner: Predicate, levels: number): Predicate => Array.from({ length: levels }).reduce<Predicate>(wrap, inner)
      expect(predicateText(deep(gold, 500)).length).toBe(predicateText(deep(gold, 2)).length)
      expect(predicateText(deep(gold, 500))).toBe(predicateText(deep({ ...gold }, 500)))
      expect(predicateText(deep(gold, 500))).not.toBe(predicateText(deep({ kind: 'not', of: gold }, 500)))
      expect(predicateText(deep(gold, 500))).not.toBe(predicateText(deep(gold, 499)))
    }
  })

  it('leaves its size to be told without writing it out', () => {
    const doubled = Array.from({ length: 40 }).reduce<Predicate>((inner) => attributes({ kind: 'or', of: [inner, inner] }), gold)
    // Twice the inner parts, the `or` and the membership: p(n) = 2 p(n-1) + 2, so that p(40) = 3 · 2^40 - 2.
    expect(predicateSize(doubled)).toEqual({ parts: 3 * 2 ** 40 - 2, keys: 0, depth: 40 })
  })
})

describe('a composed cohort', () => {
  it('nests up to 20 levels, and is refused beyond by name', async () => {
    expect(at(await members(nested(19)), 'cohort', 'members', 'ids')).toEqual(['c1', 'c2', 'c3'])
    const { errors } = await members(nested(21))
    expect(errors).toMatchObject([{ message: 'of nests cohorts more than 20 levels deep.', extensions: { code: 'COHORT_INVALID' } }])
    // Its innermost list is a level of its own.
    expect((await members(nested(20))).errors?.[0]?.message).toBe('of nests cohorts 21 levels deep, with the saved ones in it; 20 are the most.')
  })

  it('counts the levels and parts of the saved cohorts in it', async () => {
    const id = await saved('ten levels', nested(10))
    const wrapped = (levels: number): Cohort => Array.from({ length: levels }).reduce<Cohort>((inner, _, index) => ({ anyOf: [inner, ids(`d${index}`)] }), { saved: id })
    expect(at(await members(wrapped(9)), 'cohort', 'size')).toBe(3)
    expect((await members(wrapped(11))).errors).toMatchObject([{ message: 'of nests cohorts 22 levels deep, with the saved ones in it; 20 are the most.', extensions: { code: 'COHORT_INVALID' } }])
    expect((await members({ anyOf: Array.from({ length: 1000 }, () => ({ saved: id })) })).errors?.[0]?.message).toBe('of holds more than 20000 values, with those of the saved cohorts in it.')
  })

  it('that names the one before twice, and is saved again and again, is refused before it is too large', async () => {
    let last: Answer = await save('double 0', { name: 'GOLD' })
    let count = 0
    for (; codeOf(last) === undefined; count++) {
      const before = String(at(last, 'saveCohort', 'id'))
      last = await save(`double ${count + 1}`, { anyOf: [{ saved: before }, { difference: [{ saved: before }, ids(`c${count}`)] }] })
    }
    expect([codeOf(last), count < 20]).toEqual(['COHORT_INVALID', true])
  })
})

describe('what is saved', () => {
  it('is read once by a question that names it often, and counts each time', async () => {
    const id = await saved('many names', ids(...Array.from({ length: 9000 }, (_, index) => `${index}`.padStart(90, '0'))))
    const { errors } = await members({ anyOf: Array.from({ length: 5000 }, () => ({ saved: id })) })
    // Read, parsed and checked 5000 times, its 900 kB would take longer than this test may.
    expect(errors?.[0]?.message).toBe('of names lists that hold more than 1000000 ids, counted each time they are named.')
    expect(codeOf(await members({ anyOf: Array.from({ length: 50 }, () => ({ saved: id })) }))).toBe(undefined)
  })

  it('is refused where its definition would hold a long list', async () => {
    const csv = Array.from({ length: 20_001 }, (_, index) => `c${index}`).join('\n')
    const list = String(at(await world.ask('mutation ($csv: String!) { uploadCohort(input: {name: "long", entity: CUSTOMER, csv: $csv}) { cohort { id } } }', { csv }), 'uploadCohort', 'cohort', 'id'))
    const without = { difference: [{ saved: list }, ids('c1')] }
    expect(at(await members(without), 'cohort', 'members', 'ids')).toEqual(['c2', 'c3'])
    expect((await save('copy', without)).errors).toMatchObject([{ message: 'The cohort cannot be saved: its definition would hold the 20002 ids of the lists in it, and 20000 are the most.', extensions: { code: 'RECORD_INVALID' } }])
    expect((await save('wide', ids(...Array.from({ length: 9000 }, (_, index) => `${index}`.padStart(120, '0'))))).errors?.[0]?.message).toMatch(/^The cohort cannot be saved: its definition has 1\d{6} characters, and 1000000 are the most\.$/)
  })

  it('is one thousand cohorts at most', async () => {
    const other = await world.another()
    try {
      await other.ask('mutation { saveCohort(input: {name: "first", definition: {name: GOLD}}) { id } }')
      const database = new DatabaseSync(other.gateway.store.file)
      const rows = Number(database.prepare('SELECT count(*) AS n FROM saved_cohorts').get()?.['n'])
      database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${999 - rows})
        INSERT INTO saved_cohorts SELECT 'x' || i, 'x' || i, 'x' || i, NULL, entity, definition, NULL, NULL, created_at, updated_at FROM n, (SELECT * FROM saved_cohorts WHERE name = 'first')`)
      expect(codeOf(await other.ask('mutation { saveCohort(input: {name: "the last", definition: {name: GOLD}}) { id } }'))).toBe(undefined)
      expect((await other.ask('mutation { saveCohort(input: {name: "one more", definition: {name: GOLD}}) { id } }')).errors).toMatchObject([{ message: 'The cohort cannot be saved: there are 1000 already, and 1000 are the most.', extensions: { code: 'RECORD_INVALID' } }])
      database.exec("DELETE FROM saved_cohorts WHERE name LIKE 'x%' OR name IN ('first', 'the last')")
      database.prepare("INSERT INTO saved_cohorts VALUES ('full', 'full', 'full', NULL, 'customer', NULL, 'v', 4999999, '', '')").run()
      const upload = (csv: string): Promise<Answer> => other.ask('mutation ($csv: String!) { uploadCohort(input: {name: "brim", entity: CUSTOMER, csv: $csv}) { cohort { id } } }', { csv })
      const before = Number(database.prepare("SELECT sum(list_size) AS n FROM saved_cohorts WHERE id <> 'full'").get()?.['n'] ?? 0)
      database.exec(`UPDATE saved_cohorts SET list_size = ${4_999_999 - before} WHERE id = 'full'`)
      expect((await upload('c1\nc2')).errors?.[0]?.message).toBe('The cohort cannot be saved: all lists together would hold more than 5000000 ids.')
      expect(codeOf(await upload('c1'))).toBe(undefined)
      database.exec("DELETE FROM saved_cohorts WHERE id = 'full' OR name = 'brim'")
      database.close()
    } finally {
      await other.stop()
    }
  })
})

describe('a saved cohort that cannot be read', () => {
  it('fails the questions that name it, and no others', async () => {
    const [good, bad, strange] = [await saved('good', ids('c1')), await saved('bad', ids('c2')), await saved('strange', ids('c2'))]
    const list = String(at(await world.ask('mutation { uploadCohort(input: {name: "robbed", entity: CUSTOMER, csv: "c1\\nc2"}) { cohort { id } } }'), 'uploadCohort', 'cohort', 'id'))
    const database = new DatabaseSync(world.gateway.store.file)
    database.prepare('UPDATE saved_cohorts SET definition = ? WHERE id = ?').run('{"kind":"and","of":[', bad)
    database.prepare('UPDATE saved_cohorts SET definition = ? WHERE id = ?').run('{"kind":"and","of":[{"kind":"xor"}]}', strange)
    database.prepare("DELETE FROM cohort_members WHERE cohort_id = ? AND member = 'c2'").run(list)
    database.close()
    expect(at(await members({ saved: good }), 'cohort', 'members', 'ids')).toEqual(['c1'])
    for (const id of [bad, strange, list]) expect(await members({ saved: id })).toMatchObject({ data: { cohort: null }, errors: [{ extensions: { code: 'STORE_INVALID', hint: 'Delete it with deleteCohort, and save it anew.' } }] })
    const both = await world.ask(`{ good: cohort(id: "${good}") { size } bad: cohort(id: "${bad}") { size } savedCohorts { name } }`)
    expect(both.data).toMatchObject({ good: { size: 1 }, bad: null })
    for (const id of [bad, strange, list]) expect(codeOf(await world.ask(`mutation { deleteCohort(id: "${id}") { id } }`))).toBe(undefined)
  })
})

describe('an uploaded list', () => {
  it('is read when it is first named, and kept while others are saved and it is renamed', async () => {
    const { cohorts } = await world.gateway.store.open()
    const id = String(at(await world.ask('mutation { uploadCohort(input: {name: "kept", entity: CUSTOMER, csv: "c1\\nc3"}) { cohort { id } } }'), 'uploadCohort', 'cohort', 'id'))
    const first = cohorts.readable.get(id)
    await saved('beside the list', { name: 'GOLD' })
    await cohorts.rename(id, { name: 'kept on' })
    const again = cohorts.readable.get(id)
    expect([again?.name, again?.predicate === first?.predicate, first?.predicate]).toMatchObject(['kept on', true, { of: { kind: 'list', ids: ['c1', 'c3'] } }])
    await cohorts.delete(id)
    expect(cohorts.readable.get(id)).toBe(undefined)
  })
})

describe('a mutation that fails', () => {
  it('leaves what the others of its request answer', async () => {
    const answer = await world.ask('mutation { a: saveCohort(input: {name: "before it", definition: {name: GOLD}}) { name } b: deleteCohort(id: "nobody") { id } c: recordCost(input: {date: "2026-03-01", type: SALES, amount: "5"}) { amount } }')
    expect(answer.data).toEqual({ a: { name: 'before it' }, b: null, c: { amount: '5' } })
    expect(answer.errors).toMatchObject([{ path: ['b'], extensions: { code: 'RECORD_UNKNOWN' } }])
  })
})

describe('a request that comes again with its key', () => {
  it('has its answer again, though a cohort that it named is gone', async () => {
    const named = await saved('soon gone', { name: 'GOLD' })
    const asked = (): Promise<Answer> => save('made of it', { anyOf: [{ saved: named }, ids('c3')] }, { key: 'again' })
    const first = await asked()
    await world.ask(`mutation { deleteCohort(id: "${named}") { id } }`)
    expect((await asked()).data).toEqual(first.data)
    expect(codeOf(await save('made of it', { name: 'GOLD' }, { key: 'again' }))).toBe('KEY_REUSED')
  })

  it('has its answer again, though the model has another currency now, and though its list is known by now', async () => {
    const { amounts, cohorts } = await world.gateway.store.open()
    const cost = { date: '2026-01-01', type: 'sales', amount: '7' }
    const first = await amounts.record('cost', cost, 'k', 'EUR')
    expect(await amounts.record('cost', cost, 'k', null)).toEqual(first)
    const upload = { csv: 'date,type,amount\n2026-01-01,sales,1', dryRun: false, onError: 'reject_rows', key: 'u' } as const
    const report = await amounts.upload('cost', { ...upload, currency: 'EUR' })
    expect(report.recorded).toBe(1)
    expect(await amounts.upload('cost', { ...upload, currency: null })).toEqual(report)
    const list = { name: 'asked twice', description: null, entity: 'customer', csv: 'c1\nc9', column: null, key: 'l', sent: 'the same' }
    const uploaded = await cohorts.upload(list, async () => ['c9'])
    expect(await cohorts.upload(list, () => Promise.reject(new Error('asked the data again')))).toEqual(uploaded)
  })
})

describe('dates in a cohort that is saved', () => {
  it('are read in its time zone, UTC if it names none', async () => {
    // Midnight of 1 April in UTC is 31 March in Los Angeles: 49 days before begin on 11 or 10 February; c3 joined on the 10th.
    const recent = { attribute: { entity: 'CUSTOMER', where: { joined_on: { last: { count: 49, unit: 'DAY' } } } } }
    const membersIn = async (name: string, timezone: string | null): Promise<unknown> => at(await members({ saved: String(at(await save(name, recent, { timezone }), 'saveCohort', 'id')) }), 'cohort', 'members', 'ids')
    expect([await membersIn('zone 1', null), await membersIn('zone 2', 'UTC'), await membersIn('zone 3', 'America/Los_Angeles')]).toEqual([[], [], ['c3']])
  })
})

describe('what a request may hold', () => {
  it('is the largest CSV that is taken, if not configured', () => {
    const row = 'x'.repeat(99)
    const csv = `${row}\n`.repeat(100_000)
    expect(csv.length).toBe(10_000_000)
    const body = JSON.stringify({ query: 'mutation ($csv: String!) { uploadCosts(csv: $csv) { recorded } }', variables: { csv } })
    const { server } = configSchema.parse({ model: 'm.yml', sources: { main: { connector: 'duckdb' } } })
    expect(Buffer.byteLength(body)).toBeLessThan(server.bodyLimit)
  })

  it('is 200,000 values of variables', async () => {
    const { errors } = await world.ask('query ($ids: [ID!]!) { cohort(of: {ids: {entity: CUSTOMER, ids: $ids}}) { size } }', { ids: Array.from({ length: 200_001 }, () => 'c') })
    expect(errors).toMatchObject([{ message: 'The variables hold more than 200000 values.', extensions: { code: 'QUERY_TOO_LARGE' } }])
  })
})
