import { describe, expect, it } from 'vitest'
import { activityOf } from '../../src/model/activity.ts'
import { checkAgainstTables } from '../../src/model/check-against-tables.ts'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { FIRST_LINE, definitionOf, metricOf, modelWith, onlyProblem, problemsWith } from './model-shop.ts'

const equals = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })
const hasFeature: Predicate = { kind: 'not', of: { kind: 'atom', dimension: 'feature', test: { op: 'isNull' } } }

const SIGNUPS = { metric: 'signups', semanticModel: 'customers', filter: ALL, time: { kind: 'event', dimension: 'signup_date' } }
const PAYMENTS = { metric: 'payments', semanticModel: 'payments', filter: equals('status', 'paid'), time: { kind: 'event', dimension: 'paid_on' } }
const MEMBERS = { metric: 'new_members', semanticModel: 'users', filter: ALL, time: { kind: 'event', dimension: 'joined_on' } }
const USES = { metric: 'feature_uses', semanticModel: 'events', filter: hasFeature, time: { kind: 'event', dimension: 'event_time' } }

describe('metrics that follow entities', () => {
  it('read a movement with its component, amount by default', () => {
    expect(definitionOf("type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: new, filter: plan = 'Pro'")).toEqual({
      type: 'movement',
      semanticModel: 'subscriptions',
      entity: 'customer',
      expr: 'price',
      filter: equals('plan', 'Pro'),
      component: 'new',
      of: 'amount',
      window: null,
    })
    expect(definitionOf('type: movement, semantic_model: subscriptions, entity: customer, expr: 1, component: followed_kept, of: entities, window: 12 months')).toMatchObject({
      expr: '1',
      component: 'followed_kept',
      of: 'entities',
      window: { count: 12, unit: 'month' },
    })
  })

  it('read actives over the rows of a simple metric, narrowed by a filter', () => {
    expect(definitionOf('type: active, entity: user, activity: feature_uses, window: 1 day')).toEqual({ type: 'active', entity: 'user', activity: USES, window: { count: 1, unit: 'day' } })
    expect(definitionOf("type: active, entity: user, activity: { metric: new_members, filter: role = 'admin' }, window: 1 month")).toMatchObject({ activity: { ...MEMBERS, filter: equals('role', 'admin') } })
  })

  it('take a stock as holding over the validity of its rows', () => {
    expect(definitionOf('type: active, entity: customer, activity: subscribed, window: 1 day')).toMatchObject({
      activity: { metric: 'subscribed', semanticModel: 'subscriptions', time: { kind: 'interval', start: 'start_date', end: 'end_date', endInclusive: false } },
    })
  })

  it('read a conversion, ever since its base event unless a window is given', () => {
    expect(definitionOf("type: conversion, entity: customer, base: signups, conversion: { metric: payments, filter: product = 'Pro' }, window: 30 days, constant_properties: [{ base: country, conversion: customer__country }], calculation: converted")).toEqual({
      type: 'conversion',
      entity: 'customer',
      base: SIGNUPS,
      conversion: { ...PAYMENTS, filter: { kind: 'and', of: [equals('status', 'paid'), equals('product', 'Pro')] } },
      window: { count: 30, unit: 'day' },
      constantProperties: [{ base: 'country', conversion: 'country' }],
      calculation: 'converted',
    })
    expect(definitionOf('type: conversion, entity: customer, base: signups, conversion: payments')).toMatchObject({ window: null, constantProperties: [], calculation: 'rate' })
  })

  it('read retention at one period, bounded by default', () => {
    expect(definitionOf('type: retention, entity: user, start: new_members, activity: feature_uses, grain: week, period: 4')).toEqual({ type: 'retention', entity: 'user', start: MEMBERS, activity: USES, unit: 'week', period: 4, mode: 'bounded' })
    expect(definitionOf('type: retention, entity: user, start: new_members, activity: feature_uses, grain: day, period: 0, mode: unbounded')).toMatchObject({ period: 0, mode: 'unbounded' })
  })

  it('read a funnel of steps, ordered by default', () => {
    expect(definitionOf("type: funnel, entity: user, steps: [new_members, { metric: feature_uses, filter: \"feature = 'export'\" }], within: 7 days")).toEqual({
      type: 'funnel',
      entity: 'user',
      steps: [MEMBERS, { ...USES, filter: { kind: 'and', of: [hasFeature, equals('feature', 'export')] } }],
      within: { count: 7, unit: 'day' },
      order: 'ordered',
    })
    expect(definitionOf('type: funnel, entity: user, steps: [new_members, feature_uses, new_members], within: 7 days, order: strict')).toMatchObject({ order: 'strict' })
  })

  it('have the unit that follows from how they are computed', () => {
    const movement = 'type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: new'
    const conversion = 'type: conversion, entity: customer, base: signups, conversion: payments'
    const units = [
      ['type: active, entity: user, activity: feature_uses, window: 7 days', 'count'],
      [conversion, 'percent'],
      [`${conversion}, calculation: conversions`, 'count'],
      [`${conversion}, calculation: opportunities`, 'count'],
      ['type: retention, entity: user, start: new_members, activity: feature_uses, grain: week, period: 4', 'percent'],
      ['type: funnel, entity: user, steps: [new_members, feature_uses], within: 7 days', 'percent'],
      [movement, 'count'],
      [`${movement}, currency: EUR`, 'currency'],
      [`${movement}, unit: score`, 'score'],
      [`${movement}, of: entities`, 'count'],
    ] as const
    expect(units.map(([keys]) => metricOf(keys).unit)).toEqual(units.map(([, unit]) => unit))
  })

  it('stand in one metric beside other ways to compute it, in any order of the file', () => {
    const model = modelWith(
      '  - name: dau',
      '    implementations:',
      '      - { type: active, entity: user, activity: opens, window: 1 day }',
      '      - { semantic_model: events, agg: count_distinct, expr: user_id }',
      '  - { name: opens, semantic_model: events, agg: count }',
    )
    expect(model.metrics.get('dau')?.implementations.map(({ type }) => type)).toEqual(['active', 'simple'])
  })

  const movement = 'type: movement, semantic_model: subscriptions, entity: customer, expr: price'
  const conversion = 'type: conversion, entity: customer, base: signups, conversion: payments'
  const retention = 'type: retention, entity: user, start: new_members, activity: feature_uses, grain: week, period: 4'
  const refusals: readonly (readonly [keys: string, message: RegExp, hint?: RegExp])[] = [
    [movement, /^A movement metric needs `component`/],
    [`${movement}, component: chruned`, /^component cannot be "chruned"/, /"churned"/],
    [`${movement}, component: lost`, /^component cannot be "lost"/],
    [`${movement}, component: followed_end`, /^followed_end looks back over a `window`/, /12 months/],
    [`${movement}, component: churned, window: 1 month`, /^churned follows each day and takes no `window`/],
    [`${movement}, component: followed_end, window: soon`, /^"soon" is not a span of time/],
    [`${movement}, component: fx, of: entities`, /^Exchange rates move amounts/],
    [`${movement}, component: new, of: entities, currency: EUR`, /not in unit currency|unit count has no currency/],
    [`${movement}, component: new, as_of: period_end`, /^A movement metric takes no `as_of`/],
    ['type: movement, semantic_model: subscriptions, entity: customer, component: new', /^A movement metric needs `expr`/, /expr: 1/],
    ['type: movement, entity: customer, expr: price, component: new', /^A movement metric needs `semantic_model`/],
    ['type: movement, semantic_model: subscriptions, expr: price, component: new', /^A movement metric needs `entity`/, /customer/],
    ['type: movement, semantic_model: subscriptions, entity: custmer, expr: price, component: new', /^There is no entity "custmer"/, /"customer"/],
    ['type: movement, semantic_model: subscriptions, entity: user, expr: price, component: new', /^Rows of subscriptions belong to no user\. /],
    ['type: movement, semantic_model: payments, entity: customer, expr: amount, component: new', /"payments" has no validity/, /validity/],
    ['type: movement, semantic_model: subscriptions, entity: customer, expr: sum(price), component: new', /that is what `agg` does/],
    [`${movement}, component: new, filter: role = 'x'`, /^"role" cannot be used here/],
    ['type: active, entity: user, window: 1 day', /^An active metric needs `activity`/, /simple metric/],
    ['type: active, entity: user, activity: feature_uses', /^An active metric needs `window`/],
    ['type: active, entity: user, activity: feature_uses, window: 12 hours', /whole days or longer/],
    ['type: active, entity: user, activity: feature_usse, window: 1 day', /^There is no metric "feature_usse"/, /"feature_uses"/],
    ['type: active, entity: customer, activity: per_signup, window: 1 day', /^"per_signup" is a ratio metric and has no rows of its own/],
    ['type: active, entity: user, activity: payments, window: 1 day', /^Rows of payments belong to no user\. /],
    ["type: active, entity: user, activity: { metric: feature_uses, filter: featrue = 'x' }, window: 1 day", /^There is no dimension "featrue"/, /"feature"/],
    ["type: active, entity: customer, activity: { metric: signups, filter: status = 'x' }, window: 1 day", /^"status" cannot be used here\. .*several times/],
    ['type: active, entity: user, activity: { filter: feature = 1 }, window: 1 day', /^The key "metric" is missing/],
    ['type: active, entity: user, activity: feature_uses, window: 1 day, unit: currency', /^This active metric is a count/],
    ['entity: user, activity: feature_uses, window: 1 day', /^A simple metric takes no `\w+`/],
    ['type: conversion, entity: customer, base: signups', /^A conversion metric needs `conversion`/],
    ['type: conversion, entity: customer, base: signups, conversion: subscribed', /^"subscribed" holds over time; a conversion is of events/],
    ['type: conversion, entity: user, base: clicks, conversion: feature_uses', /^clicks reads the source "web" and events the source "shop"/],
    [`${conversion}, constant_properties: [{ base: country, conversion: contry }]`, /^There is no dimension "contry"/, /"country"/],
    [`${conversion}, constant_properties: [{ base: plan, conversion: product }]`, /^"plan" cannot be used here/],
    [`${conversion}, constant_properties: [{ base: country }]`, /^The key "conversion" is missing/],
    [`${conversion}, calculation: share`, /^calculation cannot be "share"/],
    [`${conversion}, unit: ratio`, /a percentage from 0 to 100, not in unit ratio/, /unit: percent/],
    [`${retention}, mode: bracket`, /^A bracket is a range of periods/],
    [retention.replace('week', 'hour'), /^Retention is by the day or coarser/],
    [retention.replace('period: 4', 'period: -1'), /^period must be at least 0, not -1/],
    [retention.replace(', grain: week', ''), /^A retention metric needs `grain`/],
    [retention.replace(', period: 4', ''), /^A retention metric needs `period`/],
    [retention.replace('feature_uses', 'clicks'), /^users reads the source "shop" and clicks the source "web"/],
    ['type: funnel, entity: user, steps: [new_members], within: 7 days', /^A funnel has 2 to 10 steps, not 1/],
    ['type: funnel, entity: user, steps: [new_members, feature_uses]', /^A funnel metric needs `within`/],
    ['type: funnel, entity: user, within: 7 days', /^A funnel metric needs `steps`/],
    ['type: funnel, entity: customer, steps: [signups, subscribed], within: 7 days', /^"subscribed" holds over time; a step is an event/],
    ['type: funnel, entity: user, steps: [new_members, per_signup], within: 7 days', /^"per_signup" is a ratio metric/],
    ['type: cumulative, metric: x2', /^"x2" is a movement metric, and such values do not add up/],
  ]
  it.each(refusals.map(([keys, message, hint]) => ({ keys, message, hint })))('refuse { $keys }', ({ keys, message, hint }) => {
    const others = keys.includes('x2') ? [`  - { name: x2, ${movement}, component: new }`] : []
    const found = onlyProblem(`  - { name: x, ${keys} }`, ...others)
    expect(found.message).toMatch(message)
    if (hint) expect(found.hint).toMatch(hint)
    expect([found.line, found.path.startsWith('metrics.x')]).toEqual([FIRST_LINE, true])
  })

  it('place a fault inside the filter of an activity', () => {
    const line = "  - { name: x, type: funnel, entity: user, steps: [new_members, { metric: feature_uses, filter: \"feature = 'a' AND featrue = 'b'\" }], within: 7 days }"
    expect(onlyProblem(line)).toMatchObject({ line: FIRST_LINE, column: line.indexOf('featrue') + 1, path: 'metrics.x.steps.1.filter', message: 'There is no dimension "featrue".' })
  })

  it('follow amounts that are numbers in the table', () => {
    const columns = (kind: 'text' | 'decimal') => [{ name: 'subscriptions', columns: [...['subscription_id', 'customer_id', 'plan', 'currency'].map((name) => ({ name, kind: 'text' as const })), ...['start_date', 'end_date'].map((name) => ({ name, kind: 'date' as const })), { name: 'price', kind }] }]
    const model = modelWith('  - { name: x, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: new }', '  - { name: y, type: movement, semantic_model: subscriptions, entity: customer, expr: prise, component: new }')
    const messages = (kind: 'text' | 'decimal'): readonly string[] => checkAgainstTables(model, 'shop', columns(kind)).flatMap(({ path, message }) => (path.startsWith('metrics') ? [message] : []))
    expect(messages('text')).toEqual(['"x" follows the amounts of "price", which holds text.', 'The table "subscriptions" has no column "prise".'])
    expect(messages('decimal')).toEqual(['The table "subscriptions" has no column "prise".'])
  })

  it('are not blamed for the faults of the metrics they read', () => {
    const found = problemsWith('  - { name: opens, semantic_model: evnts, agg: count }', '  - { name: dau, type: active, entity: user, activity: opens, window: 1 day }')
    expect(found.map(({ message }) => message)).toEqual(['There is no semantic model "evnts".'])
  })
})

describe('an activity of a loaded model', () => {
  const model = modelWith(
    '  - name: opens',
    '    implementations:',
    '      - { semantic_model: payments, agg: count }',
    '      - { semantic_model: events, agg: count }',
  )

  it('has the rows of its metric and of the condition given', () => {
    expect(activityOf(model, 'payments', ALL)).toEqual(PAYMENTS)
    expect(activityOf(model, 'new_members', equals('role', 'admin'), 'user')).toEqual({ ...MEMBERS, filter: equals('role', 'admin') })
    expect(activityOf(model, 'subscribed', ALL).time.kind).toBe('interval')
  })

  it('is the first way to compute the metric that leads to the entity', () => {
    expect(activityOf(model, 'opens', ALL).semanticModel).toBe('payments')
    expect(activityOf(model, 'opens', ALL, 'user').semanticModel).toBe('events')
  })

  it('is refused for unknown metrics, metrics without rows, and entities out of reach', () => {
    expect(() => activityOf(model, 'pament', ALL)).toThrow(expect.objectContaining({ code: 'METRIC_UNKNOWN', hint: expect.stringContaining('payments') as string }) as Error)
    expect(() => activityOf(model, 'per_signup', ALL)).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringContaining('PER_SIGNUP') as string }) as Error)
    expect(() => activityOf(model, 'payments', ALL, 'user')).toThrow(expect.objectContaining({ code: 'NOT_SUPPORTED', message: expect.stringContaining('"user"') as string }) as Error)
  })
})
