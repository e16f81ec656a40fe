import { execute, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildSchema } from '../../schema/build-schema.ts'
import type { KpiqlContext, SavedCohort } from '../../schema/context.ts'
import { formatError } from '../../schema/format-error.ts'
import type { Analytics } from '../../src/answer/types.ts'
import { ISO_CALENDAR } from '../../src/base/grain.ts'
import type { Metric, Model } from '../../src/model/types.ts'
import type { TestSource } from '../engines/open-test-source.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import { analyticsOf, behavior, cohort, cohortModel, did, is, member, openWorld, trailing } from './cohorts-world.ts'
import type { World } from './cohorts-world.ts'
import { world as shop } from './schema-world.ts'

// Exports: u1 and u3 in January, u2 on 1 February, u4 on 17 February. Visits: u1, u2, u3 and u6 in January, u4 in February.
// Looked at on 5 March 2025. Every expected number can be read off these rows.

const NOW = Date.UTC(2025, 2, 5)
const event = (event_id: number, user_id: string, name: string, happened: string) => ({ event_id, user_id, name, happened, amount: '1.00' })
const rows: World = {
  customers: [1, 2, 3].map((customer_id) => ({ customer_id, segment: customer_id === 1 ? 'Enterprise' : 'SMB' })),
  users: [['u1', 1], ['u2', 1], ['u3', 2], ['u4', 3], ['u6', 2]].map(([user_id, customer_id]) => ({ user_id: String(user_id), customer_id: Number(customer_id), country: user_id === 'u1' ? 'DE' : 'FR' })),
  events: [
    event(1, 'u1', 'visit', '2025-01-01 00:00:00'),
    event(2, 'u1', 'export', '2025-01-05 10:00:00'),
    event(3, 'u2', 'visit', '2025-01-31 23:59:00'),
    event(4, 'u2', 'export', '2025-02-01 00:00:00'),
    event(5, 'u3', 'export', '2025-01-10 00:00:00'),
    event(6, 'u3', 'visit', '2025-01-12 00:00:00'),
    event(7, 'u4', 'visit', '2025-02-10 09:00:00'),
    event(8, 'u4', 'export', '2025-02-17 09:00:00'),
    event(9, 'u6', 'visit', '2025-01-15 12:00:00'),
  ],
  invoices: [],
  subscriptions: [
    { subscription_id: 1, customer_id: 1, started: '2025-01-10', ended: '2025-02-01', price: '5.00' },
    { subscription_id: 2, customer_id: 2, started: '2025-02-01', ended: null, price: '7.00' },
    { subscription_id: 4, customer_id: 3, started: '2024-12-01', ended: '2025-03-01', price: '11.00' },
  ],
}

/** A metric whose rows the source cannot read. */
function withBroken(model: Model): Model {
  const whole = model.metrics.get('mrr') as Metric
  const broken = { ...whole, name: 'broken', enumName: 'BROKEN', implementations: whole.implementations.map((way) => ({ ...way, expr: "CAST('x' || price AS DECIMAL(12,2))" })) }
  return { ...model, metrics: new Map([...model.metrics, ['broken', broken as Metric]]) }
}

const model = withBroken(cohortModel([cohort('enterprise', 'customer', is('segment', 'Enterprise'))]))
const schema = buildSchema(model)
const saved: readonly SavedCohort[] = [
  { id: 's1', name: 'Exporters', description: null, entity: 'user', predicate: member(behavior('user', did('export'), 2, null, trailing(28, 'day'))) },
  { id: 's2', name: 'Invited', description: null, entity: 'user', predicate: member({ kind: 'list', entity: 'user', version: 'v1', ids: ['u1'] }) },
]

let source: TestSource
let analytics: Analytics
beforeAll(async () => {
  source = await openWorld(rows)
  analytics = analyticsOf(source, model, NOW)
})
afterAll(() => source.close())

interface Answered {
  readonly data: unknown
  readonly errors: readonly { readonly message: string; readonly path?: readonly (string | number)[] | undefined; readonly extensions?: Record<string, unknown> | undefined }[]
}

async function answered(query: string, of: Analytics = analytics, variableValues: Record<string, unknown> = {}): Promise<Answered> {
  const document = parse(query)
  expect(validate(schema, document)).toEqual([])
  const session = of.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
  const contextValue: KpiqlContext = { model, analytics: of, calendar: ISO_CALENDAR, savedCohorts: new Map(saved.map((one) => [one.id, one])), requestId: 'r1', session: () => session }
  const { data, errors = [] } = await execute({ schema, document, contextValue, variableValues })
  return { data: JSON.parse(JSON.stringify(data ?? null)) as unknown, errors: errors.map((error) => formatError(error.toJSON(), error)) }
}

async function dataOf(query: string, of?: Analytics): Promise<unknown> {
  const { data, errors } = await answered(query, of)
  expect(errors).toEqual([])
  return data
}

const refusal = async (query: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
  const { errors } = await answered(query, analytics, variables)
  return { code: errors[0]?.extensions?.['code'], message: errors[0]?.message, hint: errors[0]?.extensions?.['hint'] }
}

const JANUARY = 'period: { between: { start: "2025-01-01", end: "2025-02-01" } }'
const BOTH = 'period: { between: { start: "2025-01-01", end: "2025-03-01" } }'
const recent = (name: string): string => `{ behavior: { entity: USER, activity: { metric: EVENTS, where: { name: { eq: "${name}" } } }, window: { last: { count: 1, unit: MONTH } } } }`

describe('the moment of a cohort', () => {
  it('decides its size, its members and how it compares', async () => {
    const at = (asOf: string): string => `cohort(of: ${recent('export')}, ${JANUARY}, asOf: ${asOf}) { size members { ids totalCount } compare(with: ${recent('visit')}) { size otherSize overlap onlyThis onlyOther similarity sizeReason } }`
    expect(await dataOf(`{ atEnd: ${at('PERIOD_END')} each: ${at('EACH_BUCKET')} now: ${at('NOW')} }`)).toEqual({
      atEnd: { size: 2, members: { ids: ['u1', 'u3'], totalCount: 2 }, compare: { size: 2, otherSize: 4, overlap: 2, onlyThis: 0, onlyOther: 2, similarity: 0.5, sizeReason: null } },
      each: { size: 2, members: { ids: ['u1', 'u3'], totalCount: 2 }, compare: { size: 2, otherSize: 4, overlap: 2, onlyThis: 0, onlyOther: 2, similarity: 0.5, sizeReason: null } },
      now: { size: 1, members: { ids: ['u4'], totalCount: 1 }, compare: { size: 1, otherSize: 1, overlap: 1, onlyThis: 0, onlyOther: 0, similarity: 1, sizeReason: null } },
    })
  })

  it('decides the cohorts of a slice, whose size stays that of the period', async () => {
    const at = (asOf: string): string => `slice(${JANUARY}, where: { cohort: { is: ${recent('export')} } }, cohortsAsOf: ${asOf}) { size(entity: USER) }`
    expect(await dataOf(`{ atEnd: ${at('PERIOD_END')} now: ${at('NOW')} all: slice(${JANUARY}, cohortsAsOf: NOW) { size(entity: SUBSCRIPTION) } }`)).toEqual({ atEnd: { size: 2 }, now: { size: 1 }, all: { size: 2 } })
  })

  it('decides which rows of its entity hold, where they hold for a time', async () => {
    const at = (asOf: string): string => `cohort(of: { attribute: { entity: SUBSCRIPTION, where: { started: { gte: "2024-01-01" } } } }, ${JANUARY}, asOf: ${asOf}) { size members { ids } }`
    expect(await dataOf(`{ atEnd: ${at('PERIOD_END')} now: ${at('NOW')} }`)).toEqual({ atEnd: { size: 2, members: { ids: ['1', '4'] } }, now: { size: 1, members: { ids: ['2'] } } })
  })

  it('belongs to the cursor, which stays good while the present moves on', async () => {
    const visits = '{ behavior: { entity: USER, activity: { metric: EVENTS, where: { name: { eq: "visit" } } } } }'
    const page = (asOf: string, after = ''): string => `{ cohort(of: ${visits}, ${JANUARY}, asOf: ${asOf}) { members(first: 2${after}) { ids pageInfo { endCursor } } } }`
    let now = NOW
    const ticking = analyticsOf(source, model, NOW, 0, { nowMs: () => now })
    const first = (await dataOf(page('NOW'), ticking)) as { cohort: { members: { ids: string[]; pageInfo: { endCursor: string } } } }
    expect(first.cohort.members.ids).toEqual(['u1', 'u2'])
    now += 60_000
    const after = `, after: "${first.cohort.members.pageInfo.endCursor}"`
    expect(await dataOf(page('NOW', after), ticking)).toMatchObject({ cohort: { members: { ids: ['u3', 'u4'] } } })
    expect((await answered(page('PERIOD_END', after))).errors[0]?.extensions).toMatchObject({ code: 'INVALID_CURSOR' })
  })

  it('is that of a table, anew for each row by PERIOD where asked, and of a funnel', async () => {
    const table = (asOf: string): string => `table(metrics: [EVENTS], ${BOTH}, by: [{ dimension: PERIOD, grain: MONTH }], where: { cohort: { is: ${recent('export')} } }, cohortsAsOf: ${asOf}) { rows }`
    const months = (january: number, february: number): unknown => ({ rows: [{ period_month: '2025-01-01', events: january }, { period_month: '2025-02-01', events: february }] })
    // At the end of January u1 and u3, with two events each; of February u2 and u4, with one of u2 in January; at present u4 alone.
    expect(await dataOf(`{ end: ${table('PERIOD_END')} each: ${table('EACH_BUCKET')} now: ${table('NOW')} }`)).toEqual({ end: months(1, 3), each: months(4, 3), now: months(0, 2) })
    const step = (name: string): string => `{ metric: EVENTS, where: { name: { eq: "${name}" } } }`
    const funnel = (asOf: string): string => `funnel(steps: [${step('visit')}, ${step('export')}], within: "30 days", ${JANUARY}, entity: USER, where: { cohort: { is: ${recent('export')} } }, cohortsAsOf: ${asOf}) { groups { steps { count } } }`
    expect(await dataOf(`{ end: ${funnel('PERIOD_END')} now: ${funnel('NOW')} }`)).toEqual({ end: { groups: [{ steps: [{ count: 2 }, { count: 1 }] }] }, now: { groups: [{ steps: [{ count: 0 }, { count: 0 }] }] } })
  })

  it('leaves totals nothing to be of where each row has its own', async () => {
    const table = (by: string): string => `{ table(metrics: [EVENTS], ${BOTH}, by: [${by}], cohortsAsOf: EACH_BUCKET, totals: true) { totals } }`
    expect(await refusal(table('{ dimension: PERIOD, grain: MONTH }'))).toMatchObject({ code: 'GROUPING_INVALID', hint: expect.any(String) })
    expect(await dataOf(table('{ dimension: NAME }'))).toMatchObject({ table: { totals: { events: 9 } } })
  })
})

describe('estimates', () => {
  it('are allowed for all metrics of a cohort', async () => {
    const at = shop()
    const { errors } = await at.ask('{ cohort(name: GOLD, period: { preset: THIS_MONTH }, allowEstimates: true) { slice { metric(name: SALES) { value } } compare(with: { name: GERMAN }, metrics: [SALES]) { metrics { value quality assumptions } } } }')
    expect(errors).toBeUndefined()
    expect(at.ticks.flat().map(({ allowEstimates }) => allowEstimates)).toEqual([true, true, true])
  })
})

describe('a composed cohort', () => {
  const of = (input: string): string => `{ cohort(of: ${input}, ${BOTH}) { size } }`
  const events = 'activity: { metric: EVENTS }'

  it.each([
    ['{ acquired: { entity: USER, activity: { metric: EVENTS }, window: { between: { start: "2025-02-01", end: "2025-01-01" } } } }', 'of.acquired.window.between'],
    ['{ anyOf: [{ name: ENTERPRISE }, { behavior: { entity: USER, activity: { metric: EVENTS }, window: { between: { start: "never", end: "2025-01-01" } } } }] }', 'of.anyOf[1].behavior.window.between.start'],
    [`{ behavior: { entity: USER, ${events}, window: { last: { count: 1200, unit: YEAR } } } }`, 'of.behavior.window.last'],
    [`{ lifecycle: { entity: USER, ${events}, state: NEW, window: "99999 months" } }`, 'of.lifecycle.window'],
    ['{ sequence: { entity: USER, steps: [{ metric: EVENTS }, { metric: EVENTS }], within: "101 years" } }', 'of.sequence.within'],
  ])('with a window that is none or too long, %s, is refused with its place', async (input, place) => {
    expect(await refusal(of(input))).toMatchObject({ code: 'COHORT_INVALID', message: expect.stringMatching(new RegExp(`^${place.replace(/[[\].]/g, '\\$&')} `)), hint: expect.any(String) })
  })

  it('is refused, with its place, where nothing leads to what it tests', async () => {
    expect(await refusal(of('{ attribute: { entity: CUSTOMER, where: { name: { eq: "visit" } } } }'))).toMatchObject({ code: 'FILTER_INVALID', message: expect.stringMatching(/^of\.attribute\.where: "name" cannot be used here/), hint: expect.any(String) })
    expect(await refusal(of('{ behavior: { entity: USER, activity: { metric: COSTS } } }'))).toMatchObject({ code: 'NOT_SUPPORTED', message: expect.stringMatching(/^of\.behavior\.activity: "COSTS" tells nothing of the entity "user"/) })
    expect(await refusal('{ funnel(steps: [{ metric: EVENTS }, { metric: MRR_AT_END }], within: "1 day", period: { preset: THIS_MONTH }, entity: USER) { partial } }')).toMatchObject({ message: expect.stringMatching(/^steps\[1\]: /) })
  })

  it('is refused for a key that no source could hold', async () => {
    const byKeys = 'query ($ids: [ID!]!) { cohort(of: { ids: { entity: USER, ids: $ids } }) { size } }'
    expect(await refusal(byKeys, { ids: ['u1', 'u\ud800'] })).toMatchObject({ code: 'COHORT_INVALID', message: expect.stringContaining('of.ids.ids[1]'), hint: expect.any(String) })
    expect(await refusal(byKeys, { ids: ['\0'] })).toMatchObject({ code: 'COHORT_INVALID', message: expect.stringContaining('of.ids.ids[0]') })
    expect(await dataOf('{ cohort(of: { ids: { entity: USER, ids: ["u1", "u😀", "u1"] } }) { size } }')).toEqual({ cohort: { size: 1 } })
  })

  it('may span a hundred years, and a funnel no more', async () => {
    expect(await dataOf(of('{ sequence: { entity: USER, steps: [{ metric: EVENTS }, { metric: EVENTS }], within: "100 years" } }'))).toEqual({ cohort: { size: 4 } })
    const funnel = (within: string): string => `{ funnel(steps: [{ metric: EVENTS }, { metric: EVENTS }], within: "${within}", ${BOTH}, entity: USER) { groups { steps { count } } } }`
    expect(await dataOf(funnel('100 years'))).toEqual({ funnel: { groups: [{ steps: [{ count: 5 }, { count: 4 }] }] } })
    expect(await refusal(funnel('99999 years'))).toMatchObject({ code: 'FUNNEL_INVALID', message: 'within is 99999 years; 100 years, a hundred years, are the most.', hint: expect.any(String) })
  })

  it.each([
    ['{ attribute: { entity: USER, where: { country: { in: ["DE", "F\'R"] }, not: { country: { eq: "X" } } } } }', "not (country = 'X') and country in ('DE', 'F''R')"],
    ['{ attribute: { entity: USER, where: { or: [{ country: { eq: "DE" } }, { country: { startsWith: "f", caseInsensitive: true } }] } } }', "country = 'DE' or country starts with 'f' in any case"],
    ['{ attribute: { entity: SUBSCRIPTION, where: { started: { between: { start: "2025-01-01", end: "2025-02-01" } } } } }', "started >= '2025-01-01' and started < '2025-02-01'"],
    [recent('export'), "events where name = 'export' at least 1 time in the last 1 month"],
    ['{ behavior: { entity: USER, activity: { metric: EVENTS }, atMost: 0 } }', 'no events ever'],
    ['{ sequence: { entity: USER, steps: [{ metric: EVENTS, where: { name: { eq: "visit" } } }, { metric: EVENTS }], within: "7 days" } }', "events where name = 'visit', then events, all within 7 days, ever"],
    ['{ acquired: { entity: CUSTOMER, activity: { metric: INVOICES }, window: { between: { start: "2025-01-01", end: "2025-02-01" } } } }', 'first invoices from 2025-01-01 to 2025-02-01'],
    ['{ lifecycle: { entity: USER, activity: { metric: EVENTS, where: { name: { eq: "visit" } } }, state: DORMANT, window: "28 days" } }', "dormant by events where name = 'visit', 28 days"],
    [`{ ids: { entity: USER, ids: [${Array.from({ length: 12 }, (_, index) => `"${index + 10}"`).join(', ')}] } }`, "key in ('10', '11', '12', '13', '14', '15', '16', '17', '18', '19', and 2 more)"],
    ['{ difference: [{ saved: "s1" }, { saved: "s2" }] }', "(Exporters: events where name = 'export' at least 2 times in the last 28 days) without (Invited: on an uploaded list)"],
    ['{ allOf: [{ name: ENTERPRISE }, { attribute: { entity: CUSTOMER, where: { cohort: { is: { ids: { entity: USER, ids: ["u1"] } } } } } }] }', "(enterprise) and (key in ('u1'))"],
  ])('tells all that decides it: %s', async (input, definition) => {
    expect(await dataOf(`{ cohort(of: ${input}, ${BOTH}) { definition } }`)).toEqual({ cohort: { definition } })
  })

  it('that was saved tells its definition, also by its id', async () => {
    expect(await dataOf('{ cohort(id: "s1") { label definition } }')).toEqual({ cohort: { label: 'Exporters', definition: "Exporters: events where name = 'export' at least 2 times in the last 28 days" } })
  })
})

describe('a size that is not there', () => {
  it('says why', async () => {
    expect(await dataOf(`{ slice(${BOTH}, where: { name: { eq: "visit" } }) { size(entity: CUSTOMER) sizeReason(entity: CUSTOMER) sizeRemedy(entity: CUSTOMER) } }`)).toEqual({
      slice: { size: null, sizeReason: 'DIMENSION_NOT_AVAILABLE', sizeRemedy: expect.stringContaining('"customer" cannot be sliced by') },
    })
    expect(await dataOf(`{ slice(${BOTH}) { size(entity: CUSTOMER) sizeReason(entity: CUSTOMER) sizeRemedy(entity: CUSTOMER) } }`)).toEqual({ slice: { size: 3, sizeReason: null, sizeRemedy: null } })
  })

  it('says why in a cohort and in a comparison, whose other numbers are served', async () => {
    const bare = await openTestSource('world', { users: { columns: { user_id: 'VARCHAR', customer_id: 'BIGINT', country: 'VARCHAR' }, rows: [{ user_id: 'u1', customer_id: 1, country: 'DE' }] } })
    const done = '{ behavior: { entity: USER, activity: { metric: EVENTS } } }'
    expect(await dataOf(`{ cohort(of: ${done}, ${BOTH}) { size sizeReason sizeRemedy compare(with: { ids: { entity: USER, ids: ["u1"] } }) { size otherSize overlap onlyOther similarity sizeReason sizeRemedy } } }`, analyticsOf(bare, model, NOW))).toEqual({
      cohort: { size: null, sizeReason: 'SOURCE_MISSING', sizeRemedy: expect.stringContaining('no table "events"'), compare: { size: null, otherSize: 1, overlap: null, onlyOther: null, similarity: null, sizeReason: 'SOURCE_MISSING', sizeRemedy: expect.stringContaining('no table "events"') } },
    })
    await bare.close()
  })
})

describe('a comparison of cohorts', () => {
  it('serves the metrics that can be read beside one that cannot, and the sizes', async () => {
    const { data, errors } = await answered(`{ cohort(of: ${recent('export')}, ${JANUARY}) { compare(with: ${recent('visit')}, metrics: [EVENTS, BROKEN, EVENT_USERS]) { size overlap metrics { name value otherValue difference quality reason } } } }`)
    expect(data).toEqual({
      cohort: {
        compare: {
          size: 2,
          overlap: 2,
          metrics: [
            { name: 'EVENTS', value: 4, otherValue: 6, difference: -2, quality: 'ACTUAL', reason: null },
            null,
            { name: 'EVENT_USERS', value: 2, otherValue: 4, difference: -2, quality: 'ACTUAL', reason: null },
          ],
        },
      },
    })
    expect(errors).toMatchObject([{ path: ['cohort', 'compare', 'metrics', 1], extensions: { code: 'SOURCE_FAILED' } }])
  })

  it('is of one entity', async () => {
    expect(await refusal(`{ cohort(of: ${recent('export')}) { compare(with: { name: ENTERPRISE }) { size } } }`)).toMatchObject({ code: 'COHORT_INVALID' })
  })
})
