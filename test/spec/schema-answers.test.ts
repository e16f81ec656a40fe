import { describe, expect, it } from 'vitest'
import { world } from './schema-world.ts'

const MARCH = 'period: { between: { start: "2026-03-01", end: "2026-04-01" } }'
const FEBRUARY = 'period: { between: { start: "2026-02-01", end: "2026-03-01" } }'

/** The data of an answer without errors. */
async function dataOf(query: string, at = world()): Promise<unknown> {
  const { data, errors } = await at.ask(query)
  expect(errors).toBeUndefined()
  return JSON.parse(JSON.stringify(data))
}

async function errorOf(query: string, at = world()) {
  const { data, errors } = await at.ask(query)
  const [error] = errors ?? []
  const original = error?.originalError as { code?: string; hint?: string } | undefined
  return { data: JSON.parse(JSON.stringify(data ?? null)) as unknown, message: error?.message, code: original?.code, hint: original?.hint, path: error?.path, count: errors?.length ?? 0 }
}

describe('a slice', () => {
  it('answers a metric with its unit, exact digits and moment', async () => {
    expect(await dataOf(`{ slice(${FEBRUARY}, timezone: "UTC") { period { start end timezone } metric(name: SALES) {
      name label unit currency value exact formatted quality partial reason remedy assumptions asOf stale interpretation benchmark { text good excellent source } } } }`)).toEqual({
      slice: {
        period: { start: '2026-02-01T00:00:00Z', end: '2026-03-01T00:00:00Z', timezone: 'UTC' },
        metric: {
          name: 'SALES',
          label: 'Sales',
          unit: 'CURRENCY',
          currency: 'EUR',
          value: 1062.1,
          exact: '1062.10',
          formatted: '€1,062.10',
          quality: 'ACTUAL',
          partial: false,
          reason: null,
          remedy: null,
          assumptions: [],
          asOf: '2026-03-11T12:00:00Z',
          stale: false,
          interpretation: 'More is better.',
          benchmark: { text: 'A hundred a day.', good: 100, excellent: null, source: null },
        },
      },
    })
  })

  it('says why there is no number', async () => {
    expect(await dataOf('{ slice(period: { between: { start: "2024-01-01", end: "2024-02-01" } }) { metric(name: SALES) { value exact formatted quality reason remedy } } }')).toEqual({
      slice: { metric: { value: null, exact: null, formatted: null, quality: 'INSUFFICIENT_DATA', reason: 'NO_ROWS', remedy: 'Ask another period.' } },
    })
  })

  it('cuts its days in the time zone asked', async () => {
    // 28 February 23:30 in UTC is 1 March in Berlin.
    const sales = (zone: string): string => `slice(${FEBRUARY}, timezone: "${zone}") { period { start end } metric(name: SALES) { value } }`
    expect(await dataOf(`{ utc: ${sales('UTC')} berlin: ${sales('europe/berlin')} }`)).toEqual({
      utc: { period: { start: '2026-02-01T00:00:00Z', end: '2026-03-01T00:00:00Z' }, metric: { value: 1062.1 } },
      berlin: { period: { start: '2026-02-01T00:00:00+01:00', end: '2026-03-01T00:00:00+01:00' }, metric: { value: 1055.1 } },
    })
  })

  it('narrows by intersection, and a metric’s own filter narrows that metric alone', async () => {
    expect(await dataOf(`{ slice(${MARCH}, where: { country: { in: ["DE", "US"] } }) {
      size(entity: ORDER)
      all: metric(name: ORDERS) { value }
      american: metric(name: ORDERS, where: { country: { eq: "US" } }) { value }
      gold: slice(cohorts: [GOLD]) { metric(name: ORDERS) { value } german: slice(where: { country: { eq: "DE" } }) { metric(name: ORDERS) { value } } }
    } }`)).toEqual({
      slice: { size: 3, all: { value: 3 }, american: { value: 1 + 1 }, gold: { metric: { value: 2 }, german: { metric: { value: 1 } } } },
    })
  })

  it('gives the metrics of a category, framework or stage, or those named in their order', async () => {
    expect(await dataOf(`{ slice(${MARCH}) {
      named: metrics(names: [ORDERS, SALES, ORDERS]) { name }
      financial: metrics(category: FINANCIAL) { name }
      pirates: metrics(framework: AARRR, stage: EARLY) { name }
      none: metrics(names: [ORDERS], category: FINANCIAL) { name }
    } }`)).toEqual({
      slice: { named: [{ name: 'ORDERS' }, { name: 'SALES' }], financial: [{ name: 'SALES' }], pirates: [{ name: 'SALES' }], none: [] },
    })
  })

  it('answers a former name of a metric under its present one', async () => {
    expect(await dataOf(`{ slice(${MARCH}) { metric(name: TURNOVER) { name value } } }`)).toEqual({ slice: { metric: { name: 'SALES', value: 69.3 } } })
  })

  it('reads nothing until a number is asked', async () => {
    const at = world()
    await dataOf(`{ slice(${MARCH}) { period { start } metric(name: SALES) { name label unit definitionVersion } } }`, at)
    expect(at.ticks).toEqual([])
  })
})

describe('a list of slices', () => {
  it('answers them in order with their keys', async () => {
    expect(await dataOf(`{ slices(inputs: [{ key: "de", ${MARCH}, where: { country: { eq: "DE" } } }, { key: "gold", ${MARCH}, cohorts: [GOLD] }]) { key metric(name: SALES) { value } } }`)).toEqual({
      slices: [
        { key: 'de', metric: { value: 40.3 } },
        { key: 'gold', metric: { value: 48.3 } },
      ],
    })
  })

  it('keeps the fault of one slice to that slice', async () => {
    const found = await errorOf(`{ slices(inputs: [{ ${MARCH} }, { period: { between: { start: "2026-02-30", end: "2026-03-01" } } }]) { metric(name: ORDERS) { value } } }`)
    expect(found).toMatchObject({ data: { slices: [{ metric: { value: 5 } }, null] }, code: 'INVALID_PERIOD', path: ['slices', 1], count: 1 })
  })

  it('refuses more than a thousand a request, however they are asked', async () => {
    const inputs = (count: number): string => Array.from({ length: count }, () => `{ ${MARCH} }`).join(' ')
    expect(await errorOf(`{ slices(inputs: [${inputs(1001)}]) { key } }`)).toMatchObject({ code: 'TOO_MANY_SLICES' })
    expect(await errorOf(`{ slices(inputs: [${inputs(1000)}]) { key } slice(${MARCH}) { key } }`)).toMatchObject({ code: 'TOO_MANY_SLICES', count: 1, data: { slice: null } })
  })
})

describe('the leaves of a request', () => {
  it('meet in one tick, at whatever depth they are asked, and a metric is read once for all its fields', async () => {
    const at = world()
    await dataOf(
      `fragment Whole on MetricValue { value exact quality partial asOf series(grain: WEEK) { start value } compare { value } }
      {
        a: slice(${MARCH}) { metric(name: SALES) { ...Whole } slice(cohorts: [GOLD]) { slice(where: { country: { eq: "DE" } }) { metric(name: ORDERS) { ...Whole } } } }
        slices(inputs: [{ ${FEBRUARY} }, { ${MARCH}, cohorts: [GERMAN] }]) { metrics(names: [SALES, ORDERS]) { ...Whole } }
        cohort(name: GOLD, ${MARCH}) { slice { metric(name: SALES) { value } } }
      }`,
      at,
    )
    // Six metrics of three asks each (value, series, comparison), and the cohort's one.
    expect(at.ticks.map((asks) => asks.length)).toEqual([6 * 3 + 1])
    expect(at.sessions).toEqual(['CACHED_OK'])
  })

  it('of all rows of a breakdown meet in one tick too', async () => {
    const at = world()
    await dataOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ dimension: COUNTRY }]) { rows { compare { value } series(grain: WEEK) { value } } } } } }`, at)
    expect(at.ticks.map((asks) => asks.length)).toEqual([4 * 2])
  })

  it('keep to one session for each freshness', async () => {
    const at = world()
    await dataOf(`{ a: slice(${MARCH}) { metric(name: SALES) { value } } b: slice(${MARCH}, freshness: NO_CACHE) { metric(name: SALES) { value } } c: slice(${MARCH}, freshness: null) { key } }`, at)
    expect(at.sessions).toEqual(['CACHED_OK', 'NO_CACHE'])
  })

  it('fail alone: a source that is away takes only its own metrics along', async () => {
    const { data, errors } = await world().ask(`{ slice(${MARCH}) { broken: metric(name: BROKEN) { label quality } lost: metric(name: BROKEN) { label value } orders: metric(name: ORDERS) { value } } }`)
    expect(JSON.parse(JSON.stringify(data))).toEqual({ slice: { broken: null, lost: { label: 'Broken', value: null }, orders: { value: 5 } } })
    expect(errors?.map(({ path }) => path)).toEqual([
      ['slice', 'lost', 'value'],
      ['slice', 'broken', 'quality'],
    ])
  })
})

describe('a series', () => {
  it('has a point for each bucket with its true bounds', async () => {
    expect(await dataOf(`{ slice(period: { between: { start: "2026-01-15", end: "2026-03-04" } }) { metric(name: SALES) { series(grain: MONTH) { start end value exact quality partial reason } } } }`)).toEqual({
      slice: {
        metric: {
          series: [
            { start: '2026-01-15T00:00:00Z', end: '2026-02-01T00:00:00Z', value: 10, exact: '10.00', quality: 'ACTUAL', partial: false, reason: null },
            { start: '2026-02-01T00:00:00Z', end: '2026-03-01T00:00:00Z', value: 1062.1, exact: '1062.10', quality: 'ACTUAL', partial: false, reason: null },
            { start: '2026-03-01T00:00:00Z', end: '2026-03-04T00:00:00Z', value: 55.3, exact: '55.30', quality: 'ACTUAL', partial: false, reason: null },
          ],
        },
      },
    })
  })

  it('leaves out the buckets without rows on request, not those with a count of none', async () => {
    expect(await dataOf(`{ slice(period: { between: { start: "2026-03-01", end: "2026-03-04" } }) {
      sales: metric(name: SALES) { filled: series(grain: DAY) { value } bare: series(grain: DAY, fill: false) { start value } }
      orders: metric(name: ORDERS) { series(grain: DAY, fill: false) { value } }
    } }`)).toEqual({
      slice: {
        sales: { filled: [{ value: 40.3 }, { value: null }, { value: 15 }], bare: [{ start: '2026-03-01T00:00:00Z', value: 40.3 }, { start: '2026-03-03T00:00:00Z', value: 15 }] },
        orders: { series: [{ value: 1 }, { value: 0 }, { value: 1 }] },
      },
    })
  })
})

describe('a comparison', () => {
  const compared = (period: string, to = ''): string => `{ slice(period: ${period}) { metric(name: SALES) { value compare${to} { period { start end } value exact change changePercent changePoints quality reason } } } }`

  it('of a finished month is with the month before', async () => {
    // 1062.10 − 10.00 = 1052.10; 1052.1 ÷ 10 = 10521 %.
    expect(await dataOf(compared('{ preset: LAST_MONTH }'))).toEqual({
      slice: { metric: { value: 1062.1, compare: { period: { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' }, value: 10, exact: '10.00', change: 1052.1, changePercent: 10_521, changePoints: null, quality: 'ACTUAL', reason: null } } },
    })
  })

  it('of a running month is with the same elapsed part of the month before', async () => {
    // By noon of the 11th: 20.10 + 30 + 5 = 55.10 in February, 69.30 in March: + 14.20, which is 25.77 %.
    for (const period of ['{ preset: MONTH_TO_DATE }', '{ preset: THIS_MONTH }']) {
      const data = (await dataOf(compared(period))) as { slice: { metric: { compare: { changePercent: number } } } }
      expect(data).toMatchObject({ slice: { metric: { value: 69.3, compare: { period: { start: '2026-02-01T00:00:00Z', end: '2026-02-11T12:00:00Z' }, value: 55.1, change: 14.2 } } } })
      expect(data.slice.metric.compare.changePercent).toBeCloseTo(25.7713, 4)
    }
  })

  it('is with a year before, or with any period, on request', async () => {
    expect(await dataOf(compared('{ preset: MONTH_TO_DATE }', '(to: { preset: SAME_PERIOD_LAST_YEAR })'))).toMatchObject({
      slice: { metric: { compare: { period: { start: '2025-03-01T00:00:00Z', end: '2025-03-11T12:00:00Z' }, value: 80, change: -10.7, changePercent: -13.375 } } },
    })
    expect(await dataOf(compared('{ preset: MONTH_TO_DATE }', '(to: { period: { between: { start: "2026-01-01", end: "2026-02-01" } } })'))).toMatchObject({ slice: { metric: { compare: { value: 10, change: 59.3 } } } })
  })

  it('has no change where either number is missing, and no percentage of nothing', async () => {
    expect(await dataOf(compared('{ between: { start: "2026-01-01", end: "2026-02-01" } }'))).toMatchObject({ slice: { metric: { compare: { value: null, reason: 'NO_ROWS', quality: 'INSUFFICIENT_DATA', change: null, changePercent: null } } } })
    expect(await dataOf('{ slice(period: { between: { start: "2026-01-01", end: "2026-02-01" } }) { metric(name: ORDERS) { compare { value change changePercent } } } }')).toEqual({ slice: { metric: { compare: { value: 0, change: 1, changePercent: null } } } })
  })

  it('of percentages is in points too', async () => {
    // Germany: 40.3 in March, (20.1 + 1000) ÷ 2 = 510.05 in February.
    expect(await dataOf(`{ slice(${MARCH}, where: { country: { eq: "DE" } }) { metric(name: MARGIN) { compare(to: { period: { preset: LAST_MONTH } }) { value change changePoints } } } }`)).toEqual({ slice: { metric: { compare: { value: 510.05, change: -469.75, changePoints: -469.75 } } } })
  })
})

describe('a breakdown', () => {
  it('gives the largest groups, the rest together, and tells that it is cut', async () => {
    expect(await dataOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ dimension: COUNTRY }], top: 2) {
      rows { dimensions { name dimension value } value exact formatted share quality reason } other { value } truncated totalCount } } } }`)).toEqual({
      slice: {
        metric: {
          breakdown: {
            rows: [
              { dimensions: [{ name: 'country', dimension: 'COUNTRY', value: 'DE' }], value: 40.3, exact: '40.30', formatted: '€40.30', share: null, quality: 'ACTUAL', reason: null },
              { dimensions: [{ name: 'country', dimension: 'COUNTRY', value: 'FR' }], value: 15, exact: '15.00', formatted: '€15.00', share: null, quality: 'ACTUAL', reason: null },
            ],
            other: { value: 14 },
            truncated: true,
            totalCount: 4,
          },
        },
      },
    })
  })

  it('lets each row be compared and followed, the one without a value too', async () => {
    const data = await dataOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ dimension: COUNTRY }]) { rows { dimensions { value } value compare { value change } series(grain: MONTH) { value } } } } } }`)
    expect(data).toMatchObject({
      slice: {
        metric: {
          breakdown: {
            rows: [
              // By noon of 11 February.
              { dimensions: [{ value: 'DE' }], value: 40.3, compare: { value: 20.1, change: 20.2 }, series: [{ value: 40.3 }] },
              { dimensions: [{ value: 'FR' }], value: 15, compare: { value: 30, change: -15 } },
              { dimensions: [{ value: 'US' }], value: 12, compare: { value: null, change: null } },
              { dimensions: [{ value: null }], value: 2, compare: { value: 5, change: -3 }, series: [{ value: 2 }] },
            ],
          },
        },
      },
    })
  })

  it('by cohorts has a row for each, which may overlap', async () => {
    expect(await dataOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ cohorts: [GERMAN, GOLD] }], orderBy: DESC) { rows { dimensions { name dimension value } value share compare { value } } other { value } truncated totalCount } } } }`)).toEqual({
      slice: {
        metric: {
          breakdown: {
            rows: [
              { dimensions: [{ name: 'cohort', dimension: null, value: 'gold' }], value: 48.3, share: null, compare: { value: 20.1 } },
              { dimensions: [{ name: 'cohort', dimension: null, value: 'german' }], value: 40.3, share: null, compare: { value: 20.1 } },
            ],
            other: null,
            truncated: false,
            totalCount: 2,
          },
        },
      },
    })
  })

  it('by its own time has a row for each bucket and group, the largest first', async () => {
    // From 1 February: DE 20.1 + 1000 and 40.3, FR 30 and 15, US 7 and 12, unknown 5 and 2.
    expect(await dataOf('{ slice(period: { between: { start: "2026-02-01", end: "2026-04-01" } }) { metric(name: SALES) { breakdown(by: [{ dimension: PERIOD, grain: MONTH }, { dimension: COUNTRY }], top: 3) { rows { dimensions { name dimension value } value share } other { value } truncated totalCount reason } } } }')).toEqual({
      slice: {
        metric: {
          breakdown: {
            rows: [
              { dimensions: [{ name: 'period_month', dimension: 'PERIOD', value: '2026-02-01' }, { name: 'country', dimension: 'COUNTRY', value: 'DE' }], value: 1020.1, share: null },
              { dimensions: [{ name: 'period_month', dimension: 'PERIOD', value: '2026-03-01' }, { name: 'country', dimension: 'COUNTRY', value: 'DE' }], value: 40.3, share: null },
              { dimensions: [{ name: 'period_month', dimension: 'PERIOD', value: '2026-02-01' }, { name: 'country', dimension: 'COUNTRY', value: 'FR' }], value: 30, share: null },
            ],
            other: null,
            truncated: true,
            totalCount: 8,
            reason: null,
          },
        },
      },
    })
    expect(await errorOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ dimension: PERIOD, grain: MONTH }]) { rows { value series(grain: DAY) { value } } } } } }`)).toMatchObject({ code: 'NOT_SUPPORTED', data: { slice: { metric: { breakdown: { rows: [{ value: 69.3, series: null }] } } } } })
  })

  it('asks for time by grain or part, and takes a date at its own granularity', async () => {
    const at = world()
    await dataOf(`{ slice(${MARCH}) { metric(name: SALES) {
      a: breakdown(by: [{ dimension: DUE_ON }, { dimension: ORDERED_AT, grain: WEEK }]) { totalCount }
      b: breakdown(by: [{ dimension: PERIOD, datePart: DAY_OF_WEEK }]) { totalCount } } } }`, at)
    expect(at.breakdowns.map(({ ask }) => ask.by)).toEqual([
      [
        { kind: 'time', dimension: 'due_on', grain: 'day' },
        { kind: 'time', dimension: 'ordered_at', grain: 'week' },
      ],
      [{ kind: 'date_part', dimension: null, part: 'day_of_week' }],
    ])
  })

  it.each([
    ['[]', 'GROUPING_INVALID'],
    ['[{}]', 'GROUPING_INVALID'],
    ['[{ dimension: PERIOD }]', 'GROUPING_INVALID'],
    ['[{ dimension: COUNTRY, grain: DAY }]', 'GROUPING_INVALID'],
    ['[{ dimension: DUE_ON, grain: DAY, datePart: YEAR }]', 'GROUPING_INVALID'],
    ['[{ dimension: DUE_ON, grain: HOUR }]', 'GRAIN_TOO_FINE'],
    ['[{ dimension: COUNTRY }, { dimension: COUNTRY }]', 'GROUPING_INVALID'],
    ['[{ dimension: COUNTRY, cohorts: [GOLD] }]', 'GROUPING_INVALID'],
    ['[{ cohorts: [GOLD] }, { dimension: COUNTRY }]', 'GROUPING_INVALID'],
    ['[{ cohorts: [] }]', 'GROUPING_INVALID'],
    ['[{ cohorts: [GOLD] }, { cohorts: [GERMAN] }]', 'GROUPING_INVALID'],
    ['[{ dimension: PERIOD, grain: DAY }, { dimension: PERIOD, grain: MONTH }]', 'GROUPING_INVALID'],
    ['[{ dimension: COUNTRY }, { dimension: TIER }, { dimension: IS_GIFT }, { dimension: DUE_ON }]', 'GROUPING_INVALID'],
  ])('by %s is refused as %s', async (by, code) => {
    expect(await errorOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: ${by}) { totalCount } } } }`)).toMatchObject({ code, hint: expect.any(String), data: { slice: { metric: { breakdown: null } } } })
  })
})

describe('a table', () => {
  it('asks what is written and gives rows with their reasons and page', async () => {
    const at = world()
    const data = await dataOf(
      `{ table(metrics: [SALES, ORDERS, SALES], by: [{ dimension: PERIOD, grain: MONTH }, { cohorts: [GOLD, GERMAN] }], ${MARCH}, where: { country: { eq: "DE" } }, cohorts: [GOLD],
        having: [{ metric: SALES, gt: 10, lte: 20 }], compare: { preset: SAME_PERIOD_LAST_YEAR }, timezone: "Europe/Berlin", orderBy: [{ metric: ORDERS, direction: DESC }, { column: "period_month" }], first: 2, after: "c1", totals: true) {
        period { start } columns { name label type role unit currency } rows reasons { row column reason } totals totalCount pageInfo { hasNextPage endCursor } truncated cursorOutdated asOf stale } }`,
      at,
    )
    expect(data).toEqual({
      table: {
        period: { start: '2026-03-01T00:00:00+01:00' },
        columns: [{ name: 'sales', label: 'Sales', type: 'NUMBER', role: 'METRIC', unit: 'CURRENCY', currency: 'EUR' }],
        rows: [{ sales: 12.5 }, { sales: null }],
        reasons: [{ row: 1, column: 'sales', reason: 'NO_ROWS' }],
        totals: null,
        totalCount: 7,
        pageInfo: { hasNextPage: true, endCursor: 'c2' },
        truncated: true,
        cursorOutdated: false,
        asOf: '2026-03-11T13:00:00+01:00',
        stale: false,
      },
    })
    expect(at.tables).toMatchObject([
      {
        metrics: ['sales', 'orders'],
        by: [
          { kind: 'time', dimension: null, grain: 'month' },
          { kind: 'cohorts', cohorts: ['gold', 'german'] },
        ],
        predicate: { kind: 'and', of: [{ kind: 'atom', dimension: 'country' }, { kind: 'cohort', cohort: 'gold' }] },
        having: [
          { metric: 'sales', op: 'gt', value: 10 },
          { metric: 'sales', op: 'lte', value: 20 },
        ],
        compare: { startLocalMs: Date.UTC(2025, 2, 1), endLocalMs: Date.UTC(2025, 2, 11, 13) },
        orderBy: [
          { column: 'orders', direction: 'DESC' },
          { column: 'period_month', direction: 'ASC' },
        ],
        first: 2,
        after: 'c1',
        totals: true,
      },
    ])
  })

  it('has a page of 1000 rows in the order of its dimensions unless told otherwise', async () => {
    const at = world()
    await dataOf(`{ table(metrics: [SALES], ${MARCH}) { rows } }`, at)
    expect(at.tables).toMatchObject([{ by: [], having: [], compare: null, orderBy: [], first: 1000, after: null, totals: false }])
  })

  it.each([
    ['metrics: []', 'GROUPING_INVALID'],
    ['metrics: [SALES], having: [{ metric: ORDERS, gt: 1 }]', 'FILTER_INVALID'],
    ['metrics: [SALES], having: [{ metric: SALES }]', 'FILTER_INVALID'],
    ['metrics: [SALES], having: [{ metric: SALES, gt: null }]', 'FILTER_INVALID'],
    ['metrics: [SALES], orderBy: [{ direction: DESC }]', 'GROUPING_INVALID'],
    ['metrics: [SALES], orderBy: [{ metric: ORDERS }]', 'GROUPING_INVALID'],
    ['metrics: [SALES], first: 0', 'INVALID_LIMIT'],
    ['metrics: [SALES], first: -1', 'INVALID_LIMIT'],
    ['metrics: [SALES], first: 1000000000', 'INVALID_LIMIT'],
  ])('with %s is refused as %s', async (args, code) => {
    expect(await errorOf(`{ table(${args}, ${MARCH}) { rows } }`)).toMatchObject({ code, hint: expect.any(String), data: { table: null } })
  })
})

describe('the limits', () => {
  it('of a breakdown, of members and of values are refused where they are asked', async () => {
    for (const top of [0, -1, 1001]) expect(await errorOf(`{ slice(${MARCH}) { metric(name: SALES) { breakdown(by: [{ dimension: COUNTRY }], top: ${top}) { totalCount } } } }`)).toMatchObject({ code: 'INVALID_LIMIT' })
    expect(await errorOf('{ cohort(name: GOLD) { members(first: 10001) { ids } } }')).toMatchObject({ code: 'INVALID_LIMIT', path: ['cohort', 'members'] })
    expect(await errorOf('{ dimensionValues(dimension: COUNTRY, first: 0) { dimension values { value } } }')).toMatchObject({ code: 'INVALID_LIMIT', data: { dimensionValues: { dimension: 'COUNTRY', values: null } } })
  })
})

describe('a cohort', () => {
  it('tells its definition, size, members and metrics at the end of a period', async () => {
    const at = world()
    expect(await dataOf(`{ cohort(name: GOLD, ${MARCH}) { name label definition entity period { end } size members(first: 2, after: "m1") { ids totalCount pageInfo { hasNextPage endCursor } } slice { metric(name: SALES) { value } } } }`, at)).toEqual({
      cohort: {
        name: 'GOLD',
        label: 'Gold',
        definition: "tier = 'Gold'",
        entity: 'CUSTOMER',
        period: { end: '2026-04-01T00:00:00Z' },
        size: 2,
        members: { ids: ['7', '9'], totalCount: 3, pageInfo: { hasNextPage: true, endCursor: 'm2' } },
        slice: { metric: { value: 48.3 } },
      },
    })
    expect(at.members).toMatchObject([{ entity: 'customer', predicate: { kind: 'cohort', cohort: 'gold' }, first: 2, after: 'm1' }])
  })

  it('without a period is that of the month so far', async () => {
    expect(await dataOf('{ cohort(name: GOLD) { period { start end } } }')).toEqual({ cohort: { period: { start: '2026-03-01T00:00:00Z', end: '2026-03-11T12:00:00Z' } } })
  })
})

describe('the values of a dimension', () => {
  it('come with their rows, their number and whether there are more', async () => {
    expect(await dataOf('{ dimensionValues(dimension: COUNTRY, first: 2) { dimension values { value rows } totalCount truncated } }')).toEqual({
      dimensionValues: { dimension: 'COUNTRY', values: [{ value: 'DE', rows: 7 }, { value: 'FR', rows: 7 }], totalCount: 3, truncated: true },
    })
  })

  it('do not exist for PERIOD', async () => {
    expect(await errorOf('{ dimensionValues(dimension: PERIOD) { values { value } } }')).toMatchObject({ code: 'GROUPING_INVALID' })
  })
})

describe('the catalog', () => {
  it('tells what can be asked and which dimensions fit which metric', async () => {
    const data = await dataOf(`{ catalog { definitionVersion now
      metrics { name label unit deprecatedNames frameworks { framework parts } stages finestGrain dimensions { name } }
      dimensions { name field label kind granularity entity metrics { name } } cohorts { name entity definition } entities { name }
      sources { name ok now dataVersion quarantine { total truncated entries { table file line column reason content } } } } }`)
    expect(data).toMatchObject({
      catalog: {
        definitionVersion: world().model.version,
        now: '2026-03-11T12:00:00Z',
        metrics: [{ name: 'SALES', label: 'Sales', unit: 'CURRENCY', deprecatedNames: ['TURNOVER'], frameworks: [{ framework: 'AARRR', parts: ['REVENUE'] }], stages: ['EARLY'], finestGrain: 'MINUTE', dimensions: [{ name: 'COUNTRY' }] }, { name: 'ORDERS', dimensions: [{ name: 'COUNTRY' }, { name: 'TIER' }] }, { name: 'MARGIN' }, { name: 'BROKEN' }],
        cohorts: [{ name: 'GOLD', entity: 'CUSTOMER', definition: "tier = 'Gold'" }, { name: 'GERMAN' }],
        sources: [{ name: 'shop', ok: true, now: '2026-03-11T12:00:00Z', dataVersion: 'v1', quarantine: { total: 1, truncated: false, entries: [{ table: 'orders', file: 'orders.csv', line: 3, column: 'amount', reason: 'not a number', content: '1;x' }] } }],
      },
    })
    const { dimensions } = (data as { catalog: { dimensions: { name: string }[] } }).catalog
    expect(dimensions.find(({ name }) => name === 'TIER')).toEqual({ name: 'TIER', field: 'tier', label: 'Tier', kind: 'TEXT', granularity: null, entity: 'CUSTOMER', metrics: [{ name: 'ORDERS' }] })
    expect(dimensions.find(({ name }) => name === 'DUE_ON')).toMatchObject({ kind: 'DATE', granularity: 'DAY' })
  })

  it('finds what holds every word, in any case', async () => {
    expect(await dataOf('{ catalog(search: "PAID what") { metrics { name } dimensions { name } cohorts { name } } }')).toEqual({ catalog: { metrics: [{ name: 'SALES' }], dimensions: [], cohorts: [] } })
  })
})

describe('an explanation', () => {
  it('names formula, lineage, sources and SQL', async () => {
    expect(await dataOf(`{ slice(${MARCH}) { metric(name: SALES) { explain { formula implementation lineage { metric expression } sources { name asOf } scans { sql form } rollup } } } }`)).toEqual({
      slice: { metric: { explain: { formula: 'sum of sales', implementation: 'The only one.', lineage: [{ metric: 'sales', expression: 'amount' }], sources: [{ name: 'shop', asOf: '2026-03-11T12:00:00Z' }], scans: [{ sql: 'SELECT 1', form: 'rows' }], rollup: null } } },
    })
  })
})
