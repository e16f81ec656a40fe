import { describe, expect, it } from 'vitest'
import { ALL } from '../../src/model/predicate.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { FIRST_LINE, cohortOf, modelWith, onlyProblem } from './model-shop.ts'

const equals = (dimension: string, value: string): Predicate => ({ kind: 'atom', dimension, test: { op: 'in', values: [value], caseInsensitive: false } })
const hasFeature: Predicate = { kind: 'not', of: { kind: 'atom', dimension: 'feature', test: { op: 'isNull' } } }

const USES = { metric: 'feature_uses', semanticModel: 'events', filter: hasFeature, time: { kind: 'event', dimension: 'event_time' } }
const MEMBERS = { metric: 'new_members', semanticModel: 'users', filter: ALL, time: { kind: 'event', dimension: 'joined_on' } }

const behavior = (keys: string): unknown => cohortOf(`entity: user, behavior: { event: feature_uses, ${keys} }`).where

describe('cohorts', () => {
  it('by attributes hold rows of the entity, and slice by any member unless all are asked', () => {
    expect(cohortOf("entity: user, where: role = 'admin'")).toMatchObject({ entity: 'user', match: 'any', where: equals('role', 'admin'), definition: "role = 'admin'" })
    expect(cohortOf("entity: user, where: role = 'admin', match: all").match).toBe('all')
  })

  it('by behaviour count an activity in a window, at least once unless said otherwise', () => {
    const member = (bounds: object): object => ({ kind: 'member', of: { kind: 'behavior', entity: 'user', activity: USES, ...bounds } })
    expect(behavior('at_least: 5, at_most: 9, within: 28 days')).toEqual(member({ atLeast: 5, atMost: 9, window: { kind: 'trailing', interval: { count: 28, unit: 'day' } } }))
    expect(cohortOf('entity: user, behavior: { event: feature_uses }').where).toEqual(member({ atLeast: 1, atMost: null, window: { kind: 'ever' } }))
    expect(behavior('between: [2025-01-01, 2025-02-01]')).toEqual(member({ atLeast: 1, atMost: null, window: { kind: 'between', start: '2025-01-01', end: '2025-02-01' } }))
  })

  it('with an upper bound alone hold those who never did it as well', () => {
    expect(behavior('at_most: 0')).toMatchObject({ of: { atLeast: null, atMost: 0 } })
    expect(behavior('at_most: 3')).toMatchObject({ of: { atLeast: null, atMost: 3 } })
  })

  it('take moments with a time as instants of UTC', () => {
    expect(behavior("between: ['2025-01-01T06:00:00+02:00', 2025-02-01]")).toMatchObject({ of: { window: { kind: 'between', start: '2025-01-01T04:00:00Z', end: '2025-02-01' } } })
  })

  it('by sequence name the time between first and last step apart from the window', () => {
    expect(cohortOf('entity: user, sequence: { steps: [new_members, feature_uses], within: 7 days, during: 28 days }').where).toEqual({
      kind: 'member',
      of: { kind: 'sequence', entity: 'user', steps: [MEMBERS, USES], within: { count: 7, unit: 'day' }, window: { kind: 'trailing', interval: { count: 28, unit: 'day' } } },
    })
    expect(cohortOf('entity: user, sequence: { steps: [new_members, feature_uses] }').where).toMatchObject({ of: { within: null, window: { kind: 'ever' } } })
  })

  it('by acquisition and by lifecycle name their activity and window', () => {
    expect(cohortOf('entity: user, acquired: { event: new_members, within: 3 months }').where).toEqual({ kind: 'member', of: { kind: 'acquired', entity: 'user', activity: MEMBERS, window: { kind: 'trailing', interval: { count: 3, unit: 'month' } } } })
    expect(cohortOf('entity: user, lifecycle: { state: dormant, event: { metric: feature_uses, filter: feature = \'x\' }, window: 28 days }').where).toEqual({
      kind: 'member',
      of: { kind: 'lifecycle', entity: 'user', state: 'dormant', activity: { ...USES, filter: { kind: 'and', of: [hasFeature, equals('feature', 'x')] } }, window: { count: 28, unit: 'day' } },
    })
  })

  it('are composed of cohorts of the same entity: in any, in all, in none', () => {
    const others = ['a', 'b', 'c'].map((name) => `  - { name: ${name}, entity: user, where: role = '${name}' }`)
    const named = (name: string): Predicate => ({ kind: 'cohort', cohort: name })
    expect(cohortOf('entity: user, any_of: [a, b]', ...others).where).toEqual({ kind: 'or', of: [named('a'), named('b')] })
    expect(cohortOf('entity: user, all_of: [a, b]', ...others).where).toEqual({ kind: 'and', of: [named('a'), named('b')] })
    expect(cohortOf('entity: user, none_of: [c]', ...others).where).toEqual({ kind: 'not', of: named('c') })
    expect(cohortOf('entity: user, any_of: [a, b], none_of: [c]', ...others).where).toEqual({
      kind: 'and',
      of: [
        { kind: 'or', of: [named('a'), named('b')] },
        { kind: 'not', of: named('c') },
      ],
    })
  })

  it('with several conditions are their intersection', () => {
    expect(cohortOf("entity: user, where: role = 'admin', behavior: { event: feature_uses }, none_of: [y]", "  - { name: y, entity: user, where: role = 'bot' }").where).toMatchObject({
      kind: 'and',
      of: [equals('role', 'admin'), { kind: 'member', of: { kind: 'behavior' } }, { kind: 'not', of: { kind: 'cohort', cohort: 'y' } }],
    })
  })

  it('tell people who belongs', () => {
    const definitions = [
      ["behavior: { event: { metric: feature_uses, filter: \"feature = 'x'\" }, at_least: 5, within: 28 days }", "at least 5 × feature_uses where feature = 'x', in the last 28 days"],
      ['behavior: { event: feature_uses, at_most: 0, between: [2025-01-01, 2025-02-01] }', 'no feature_uses, from 2025-01-01 until before 2025-02-01'],
      ['behavior: { event: feature_uses, at_least: 2, at_most: 2 }', 'exactly 2 × feature_uses'],
      ['behavior: { event: feature_uses, at_least: 2, at_most: 3 }', '2 to 3 × feature_uses'],
      ['behavior: { event: feature_uses, at_most: 3 }', 'at most 3 × feature_uses'],
      ['sequence: { steps: [new_members, feature_uses], within: 7 days, during: 1 month }', 'new_members, then feature_uses, all within 7 days, in the last 1 month'],
      ['acquired: { event: new_members, within: 3 months }', 'first new_members, in the last 3 months'],
      ['lifecycle: { state: resurrected, event: feature_uses, window: 28 days }', 'resurrected by feature_uses with a window of 28 days'],
      ["where: [role = 'a', country = 'DE'], none_of: [y]", "((role = 'a') AND (country = 'DE')) and (in none of y)"],
    ] as const
    const other = "  - { name: y, entity: user, where: role = 'bot' }"
    expect(definitions.map(([keys]) => cohortOf(`entity: user, ${keys}`, other).definition)).toEqual(definitions.map(([, definition]) => definition))
  })

  const event = 'entity: user, behavior: { event: feature_uses'
  const refusals: readonly (readonly [keys: string, message: RegExp, hint?: RegExp])[] = [
    ['entity: user', /^This cohort says nothing of who belongs/, /where, behavior/],
    ['entity: user, behaviour: { event: feature_uses }', /^There is no key "behaviour"/, /behavior/],
    [`${event}, at_least: 5, at_most: 2 }`, /at least 5 and at most 2 times/],
    [`${event}, at_least: 0 }`, /^at_least must be at least 1, not 0/],
    [`${event}, at_least: 1.5 }`, /^at_least must be a whole number/],
    [`${event}, within: 28 days, between: [2025-01-01, 2025-02-01] }`, /`within` or `between`, not both/],
    [`${event}, between: [2025-02-01, 2025-01-01] }`, /^The window ends before it starts/],
    [`${event}, between: [2025-02-30, 2025-03-01] }`, /^"2025-02-30" is no date or instant/],
    [`${event}, between: [2025-02-01] }`, /^between takes 2 values/],
    [`${event}, within: 28 dyas }`, /^"28 dyas" is not a span of time/],
    ['entity: user, behavior: { event: feature_usse }', /^There is no metric "feature_usse"/, /"feature_uses"/],
    ['entity: user, behavior: { event: per_signup }', /^"per_signup" is a ratio metric/],
    ['entity: user, behavior: { event: payments }', /^Rows of payments belong to no user\. /],
    ["entity: user, behavior: { event: { metric: feature_uses, filter: plan = 'x' } }", /^"plan" cannot be used here/],
    ['entity: user, behavior: { at_least: 2 }', /^The key "event" is missing/],
    ['entity: user, sequence: { steps: [new_members] }', /^A sequence has 2 to 10 steps, not 1/, /`behavior`/],
    ['entity: user, sequence: { steps: [feature_uses, clicks] }', /^events reads the source "shop" and clicks the source "web"/],
    ['entity: user, sequence: { steps: [new_members, feature_uses], during: 1 month, between: [2025-01-01, 2025-02-01] }', /`during` or `between`, not both/],
    ['entity: user, acquired: { event: new_members }', /^When were they acquired\?/, /within/],
    ['entity: user, lifecycle: { state: asleep, event: feature_uses, window: 28 days }', /^state cannot be "asleep"/],
    ['entity: user, lifecycle: { state: new, event: feature_uses }', /^The key "window" is missing/],
    ['entity: user, any_of: [admin]', /^There is no cohort "admin"/, /"admins"/],
    ['entity: customer, any_of: [admins]', /^"admins" is a cohort of user, and this is one of customer/],
    ['entity: user, none_of: [x]', /^The cohort "x" is made from itself: x → x/],
    ["entity: user, where: role = 'a', match: some", /^match cannot be "some"/],
    ['entity: visitor, behavior: { event: feature_uses }', /^There is no entity "visitor"/],
  ]
  it.each(refusals.map(([keys, message, hint]) => ({ keys, message, hint })))('refuse { $keys }', ({ keys, message, hint }) => {
    const found = onlyProblem('cohorts:', `  - { name: x, ${keys} }`, "  - { name: admins, entity: user, where: role = 'admin' }")
    expect(found.message).toMatch(message)
    if (hint) expect(found.hint).toMatch(hint)
    expect([found.line, found.path.startsWith('cohorts.x')]).toEqual([FIRST_LINE + 1, true])
  })

  it('name the way round which cohorts are made from each other', () => {
    const found = onlyProblem('cohorts:', '  - { name: a, entity: user, any_of: [b] }', '  - { name: b, entity: user, none_of: [c] }', '  - { name: c, entity: user, all_of: [b] }')
    expect(found).toMatchObject({ path: 'cohorts.b', message: 'The cohort "b" is made from itself: b → c → b.' })
  })

  it('change the version of the model with what they say', () => {
    const version = (least: number): string => modelWith('cohorts:', `  - { name: x, entity: user, behavior: { event: feature_uses, at_least: ${least} } }`).version
    expect(version(2)).toBe(version(2))
    expect(version(2)).not.toBe(version(3))
  })
})
