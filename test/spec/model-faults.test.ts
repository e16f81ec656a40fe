import { describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import type { LoadOptions } from '../../src/model/load-model.ts'

/** A model that holds; tests break it at `«…»`. */
const BASE = `semantic_models:
  - name: customers
    source: shop
    agg_time_dimension: signup_date
    entities:
      - { name: customer, type: primary, expr: customer_id }
    dimensions:
      - { name: signup_date, type: time }
      - { name: country, type: categorical }
  - name: orders
    source: shop
    agg_time_dimension: ordered_on
    entities:
      - { name: order, type: primary, expr: order_id }
      - { name: customer, type: foreign, expr: customer_id }
    dimensions:
      - { name: ordered_on, type: time, granularity: day }
      - { name: status, type: categorical }
metrics:
  - { name: sales, type: simple, semantic_model: orders, agg: sum, expr: amount }
  - { name: orders, type: simple, semantic_model: orders, agg: count }
`

interface Found {
  readonly at: string
  readonly path: string
  readonly message: string
  readonly hint: string | null
}

function problemsOf(text: string, options: LoadOptions = {}): readonly Found[] {
  const result = loadModel([{ name: 'shop.yml', text }], options)
  return result.problems.map(({ line, column, path, message, hint }) => ({ at: `${line}:${column}`, path, message, hint }))
}

/** Adds lines behind the base; the first of them is line 22. */
const withLines = (...lines: readonly string[]): string => `${BASE}${lines.join('\n')}\n`

function only(text: string): Found {
  const found = problemsOf(text)
  if (found.length !== 1 || !found[0]) throw new Error(`Expected one problem, found ${JSON.stringify(found, null, 2)}`)
  return found[0]
}

/** Two semantic models without entities that share their dimensions. */
const daily = (kind: string): string => `semantic_models:
  - { name: users, source: shop, agg_time_dimension: date, dimensions: [{ name: date, type: time }, { name: amount, type: categorical, value_type: integer }] }
  - { name: sales, source: shop, agg_time_dimension: date, dimensions: [{ name: date, type: time }, { name: amount, type: categorical, value_type: ${kind} }] }
`

describe('faults of a model', () => {
  it('are none in the model the others start from', () => {
    expect(problemsOf(BASE)).toEqual([])
  })

  it('are all told at once, in the order of the lines, each with its place', () => {
    const text = withLines(
      '  - { name: aov, type: ratio, numerator: sale, denominator: orders }',
      "  - { name: germans, semantic_model: orders, agg: count, filter: \"country = 'DE' AND statsu = 'paid'\" }",
      '  - { name: p, semantic_model: orders, agg: percentile, expr: amount, percentile: 95 }',
      '  - { name: x, semantic_model: order, agg: sum, expr: amount }',
    )
    expect(problemsOf(text)).toEqual([
      { at: '22:42', path: 'metrics.aov.numerator', message: 'There is no metric "sale".', hint: 'Did you mean "sales"?' },
      { at: '23:86', path: 'metrics.germans.filter', message: 'There is no dimension "statsu".', hint: 'Did you mean "status"?' },
      { at: '24:83', path: 'metrics.p.percentile', message: 'A percentile lies between 0 and 1, not at 95.', hint: 'Write 0.95.' },
      { at: '25:32', path: 'metrics.x.semantic_model', message: 'There is no semantic model "order".', hint: 'Did you mean "orders"?' },
    ])
  })

  it('do not hide others behind a wrong key, and take what was meant for granted', () => {
    const text = withLines("  - { name: a, semantic_model: orders, agg: cuont, filtre: \"coutry = 'DE'\" }")
    expect(problemsOf(text).map(({ message, hint }) => `${message} ${hint}`)).toEqual([
      'There is no dimension "coutry". Did you mean "country"?',
      'agg cannot be "cuont". Did you mean "count"?',
      'There is no key "filtre" here. Did you mean "filter"?',
    ])
  })

  it('are placed inside folded, quoted and block texts', () => {
    const text = withLines('  - name: a', '    semantic_model: orders', '    agg: count', '    filter: |', "      status = 'paid'", '      AND contry = 1')
    expect(only(text)).toMatchObject({ at: '27:11', message: 'There is no dimension "contry".' })
    expect(only(withLines("  - { name: a, semantic_model: orders, agg: count, filter: 'status = ''it''''s'' AND no = 1' }"))).toMatchObject({ at: '22:86' })
  })

  it('blame a metric of an unknown type for that alone', () => {
    const text = withLines('  - { name: churn, type: cohort, entity: customer, component: churned }', '  - { name: r, type: ratio, numerator: churn, denominator: orders }')
    expect(only(text)).toMatchObject({ at: '22:26', path: 'metrics.churn.type', message: 'type cannot be "cohort".' })
  })

  it('name the cycle of metrics that are made from each other', () => {
    const text = withLines(
      '  - { name: a, type: derived, expr: b + 1, metrics: [b] }',
      '  - { name: b, type: ratio, numerator: c, denominator: orders }',
      '  - { name: c, type: derived, expr: a * 2, metrics: [a] }',
      '  - { name: d, type: derived, expr: a + sales, metrics: [a, sales] }',
    )
    expect(only(text)).toMatchObject({ at: '22:5', message: 'The metric "a" is made from itself: a → b → c → a.' })
  })

  it('tell which input a formula lacks, which it does not use, and where it breaks', () => {
    expect(only(withLines('  - { name: a, type: derived, expr: sales - costs, metrics: [sales] }'))).toMatchObject({ at: '22:45', message: 'The inputs of this metric do not include "costs".' })
    expect(only(withLines('  - { name: a, type: derived, expr: sales - orders, metrics: [sales] }'))).toMatchObject({ hint: 'List orders under `metrics`.' })
    expect(only(withLines('  - { name: a, type: derived, expr: sales * 2, metrics: [sales, orders] }'))).toMatchObject({ at: '22:65', message: 'The input "orders" is not used in `expr`.' })
    expect(only(withLines('  - { name: a, type: derived, expr: "sales * * 2", metrics: [sales] }'))).toMatchObject({ at: '22:46' })
    expect(only(withLines('  - { name: a, type: derived, expr: sales - sales, metrics: [sales, sales] }'))).toMatchObject({ message: 'Two inputs are called "sales".' })
  })

  it('refuse running totals of what does not add up over time', () => {
    const stock = BASE.replace('      - { name: ordered_on, type: time, granularity: day }', '      - { name: ordered_on, type: time, granularity: day }\n      - { name: shipped_on, type: time }').replace(
      '    dimensions:\n      - { name: ordered_on',
      '    validity: { start: ordered_on, end: shipped_on }\n    dimensions:\n      - { name: ordered_on',
    )
    const lines = [
      '  - { name: open, semantic_model: orders, agg: count, as_of: period_end }',
      '  - { name: aov, type: ratio, numerator: sales, denominator: orders }',
      '  - { name: buyers, semantic_model: orders, agg: count_distinct, expr: customer_id }',
      '  - { name: open_total, type: cumulative, metric: open }',
      '  - { name: aov_total, type: cumulative, metric: aov }',
      '  - { name: buyers_to_date, type: cumulative, metric: buyers }',
      '  - { name: both, type: cumulative, metric: sales, window: 7 days, grain_to_date: month }',
    ]
    expect(problemsOf(`${stock}${lines.join('\n')}\n`).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'metrics.open_total.metric: "open" is a stock, and such values do not add up over time.',
      'metrics.aov_total.metric: "aov" is a ratio metric, and such values do not add up over time.',
      'metrics.both.grain_to_date: A running total is over a window or since the start of a grain, not both.',
    ])
  })

  it('refuse a filter that no join reaches, naming the join that would count rows twice', () => {
    expect(only(withLines("  - { name: a, semantic_model: customers, agg: count, filter: status = 'paid' }")).message).toBe(
      '"status" cannot be used here. "status" is in orders, where one customer has many rows: joining customers to orders would count rows of customers several times.',
    )
  })

  it('ask for a public name where two entities have a dimension of one name, and only there', () => {
    const clash = BASE.replace('- { name: status, type: categorical }', '- { name: country, type: categorical }')
    expect(only(clash)).toEqual({
      at: '18:17',
      path: 'semantic_models.orders.dimensions.country.name',
      message: 'Two dimensions are called "country": this one is of the entity order, the one at shop.yml:9 is of the entity customer.',
      hint: 'Give one of them another name for clients, like public_name: order_country.',
    })
    expect(problemsOf(BASE.replace('- { name: status, type: categorical }', '- { name: country, type: categorical, public_name: order_country }'))).toEqual([])
  })

  it('ask which of two dimensions a condition means rather than guess', () => {
    const text = `${BASE.replace('- { name: status, type: categorical }', '- { name: country, type: categorical, public_name: order_country }')}  - { name: a, semantic_model: orders, agg: count, filter: country = 'DE' }\n`
    expect(only(text)).toMatchObject({ message: '"country" could be order_country of orders or country of customer.', hint: 'Write order_country, or customer__country.' })
    expect(problemsOf(text.replace("country = 'DE'", "customer__country = 'DE'"))).toEqual([])
    expect(problemsOf(text.replace("country = 'DE'", "order_country = 'DE'"))).toEqual([])
  })

  it('are one dimension where models without a primary entity share a name, if its kind is one', () => {
    expect(problemsOf(daily('integer'))).toEqual([])
    expect(only(daily('float')).message).toBe('"amount" is float here and integer at shop.yml:2: one dimension has one kind.')
  })

  const renamed: readonly (readonly [name: string, message: RegExp, hint: RegExp | null])[] = [
    ['order-status', /signs that GraphQL names cannot have/, /order_status/],
    ['2nd', /signs that GraphQL names cannot have/, /_2nd/],
    ['__x', /begins with "__"/, null],
    ['not', /is reserved/, null],
    ['Period', /is reserved/, null],
    ['cohort', /is reserved/, null],
    ['"true"', /a value in GraphQL/, null],
    ['COUNTRY', /both COUNTRY to clients/, null],
  ]
  it.each(renamed)('refuse the dimension name %s', (name, message, hint) => {
    const found = only(BASE.replace('{ name: status,', `{ name: ${name},`))
    expect(found.message).toMatch(message)
    if (hint) expect(found.hint).toMatch(hint)
  })

  it('refuse metrics that differ only in case, and old names that are taken', () => {
    expect(only(withLines('  - { name: SALES, semantic_model: orders, agg: count }')).message).toMatch(/both SALES to clients/)
    expect(only(withLines('  - { name: turnover, semantic_model: orders, agg: count, deprecated_names: [Sales] }')).message).toMatch(/is a name of the metric "sales"/)
    expect(only(withLines('  - { name: sales, semantic_model: orders, agg: count }')).message).toBe('There are two metrics "sales"; the other is at shop.yml:20.')
  })

  const metrics: readonly (readonly [metric: string, message: RegExp])[] = [
    ['semantic_model: orders, agg: sum', /agg: sum needs an `expr`/],
    ['semantic_model: orders, agg: count_distinct', /needs an `expr`/],
    ['semantic_model: orders, expr: amount', /needs `agg`/],
    ['agg: count', /needs `semantic_model`/],
    ['semantic_model: orders, agg: count, as_of: period_end', /"orders" has no validity/],
    ['semantic_model: orders, agg: percentile, expr: amount', /needs `percentile`/],
    ['semantic_model: orders, agg: sum, expr: amount, percentile: 0.5', /Only agg: percentile/],
    ['semantic_model: orders, agg: sum, expr: amount, currency: EUR, unit: count', /unit count has no currency/],
    ['semantic_model: orders, agg: sum, expr: sum(amount)', /that is what `agg` does/],
    ['semantic_model: orders, agg: sum, expr: "amount) or (1"', /closes what was not opened/],
    ['semantic_model: orders, agg: sum, expr: "amount -- net"', /no comments/],
    ['semantic_model: orders, agg: sum, expr: "amount; drop"', /without ";"/],
    ['semantic_model: orders, agg: sum, expr: amount, agg_time_dimension: status', /is not a time dimension/],
    ['semantic_model: orders, agg: sum, expr: amount, non_additive_dimension: { name: ordered_on }', /Which moment/],
    ['semantic_model: orders, agg: sum, expr: amount, non_additive_dimension: { name: ordered_on, window_choice: exact, window_groupings: [order] }', /exact chooses none/],
    ['numerator: sales, denominator: orders', /A simple metric takes no `numerator`/],
    ['type: ratio, numerator: sales', /needs a denominator/],
    ['type: derived, expr: x, metrics: [{ name: sales, alias: x, offset_window: soon }]', /"soon" is not a span of time/],
    ['type: derived, expr: x, metrics: [{ name: sales, alias: x, offset_window: 1 month, offset_to_grain: month }]', /one offset/],
    ['type: cumulative, metric: { name: sales, offset_window: 1 month }', /has no offset/],
    ['type: cumulative', /needs `metric`/],
    ['agg: count, implementations: [{ semantic_model: orders, agg: count }]', /has implementations, and `agg` beside them/],
    ['semantic_model: orders, agg: sum, expr: amount, currency: euro', /three capital letters/],
  ]
  it.each(metrics)('refuse the metric { %s }', (metric, message) => {
    expect(only(withLines(`  - { name: a, ${metric} }`)).message).toMatch(message)
  })

  it('refuse to mix currencies', () => {
    const text = withLines(
      '  - { name: e, semantic_model: orders, agg: sum, expr: eur, currency: EUR }',
      '  - { name: u, semantic_model: orders, agg: sum, expr: usd, currency: USD }',
      '  - { name: both, type: derived, expr: e + u, metrics: [e, u] }',
    )
    expect(only(text)).toMatchObject({ at: '24:5', message: '"both" mixes the currencies EUR and USD.' })
  })

  it('are found in cohorts, saved queries and tests', () => {
    const text = withLines(
      'cohorts:',
      "  - { name: de, entity: custommer, where: country = 'DE' }",
      "  - { name: paid, entity: customer, where: status = 'paid' }",
      'saved_queries:',
      '  - { name: q, metrics: [sale], group_by: [contry] }',
      'tests:',
      '  - { name: t, metric: sales, period: { start: 2024-02-01, end: 2024-01-01 }, cohorts: [fr], expected: 1 }',
    )
    expect(problemsOf(text).map(({ at, message }) => `${at} ${message.slice(0, 50)}`)).toEqual([
      '23:25 There is no entity "custommer".',
      '24:44 "status" cannot be used here. "status" is in order',
      '26:26 There is no metric "sale".',
      '26:44 There is no dimension "contry".',
      '28:65 The period ends before it starts.',
      '28:89 There is no cohort "fr".',
    ])
  })

  it('name a key written twice, and what is no YAML', () => {
    expect(problemsOf('metrics: []\nmetrics: []\n')).toMatchObject([{ at: '2:1', message: 'The key "metrics" is written twice in one map.' }])
    expect(problemsOf('metrics: [\n')[0]).toMatchObject({ message: expect.stringContaining('not valid YAML') as string })
    expect(problemsOf('just a text')).toMatchObject([{ message: 'A model file is a map of keys like semantic_models and metrics.' }])
    expect(problemsOf('')).toEqual([])
  })

  it('stop aliases that unfold without end', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]}, `.repeat(10)}]`)].join('\n')
    expect(problemsOf(bomb)[0]?.message).toMatch(/cannot be read: Excessive alias count/)
  })

  it('ask for a source where nothing names one, and warn of one that is not configured', () => {
    const text = BASE.replaceAll('    source: shop\n', '')
    expect(problemsOf(text).map(({ message }) => message)).toEqual(['The semantic model "customers" names no source.', 'The semantic model "orders" names no source.'])
    expect(problemsOf(text, { source: 'shop' })).toEqual([])
    const result = loadModel([{ name: 'shop.yml', text: BASE }], { knownSources: ['shoop'] })
    expect(result.ok).toBe(true)
    expect(result.warnings).toMatchObject([
      { line: 3, column: 13, message: 'The source "shop" is not configured.', hint: 'Did you mean "shoop"?' },
      { line: 11, message: 'The source "shop" is not configured.' },
    ])
  })

  it('name both files where two define one thing', () => {
    const result = loadModel([
      { name: 'a.yml', text: BASE },
      { name: 'b.yml', text: 'metrics:\n  - { name: sales, semantic_model: orders, agg: count }\n' },
    ])
    expect(result.problems).toMatchObject([{ file: 'b.yml', line: 2, column: 13, message: 'There are two metrics "sales"; the other is at a.yml:20.' }])
  })
})
