import { Temporal } from 'temporal-polyfill'
import { createAnalytics } from '../../src/answer/analytics.ts'
import type { Analytics, AnalyticsSession } from '../../src/answer/types.ts'
import { fixedClock } from '../../src/base/clock.ts'
import type { Clock } from '../../src/base/clock.ts'
import { resolvePeriod } from '../../src/base/period.ts'
import type { Period } from '../../src/base/period.ts'
import type { Interval } from '../../src/model/interval.ts'
import { loadModel } from '../../src/model/load-model.ts'
import type { Atom, Predicate } from '../../src/model/predicate.ts'
import type { Activity, Cohort, LifecycleState, Membership, MembershipWindow, Model } from '../../src/model/types.ts'
import { openTestSource } from '../engines/open-test-source.ts'
import type { TableSpec, TestSource } from '../engines/open-test-source.ts'

// Customers have users; users do things (events, at instants); customers get invoices (on days) and hold subscriptions (from day to
// day). Everything is decided twice: by the planner, and here by plain loops over the rows.

export interface CustomerRow { readonly customer_id: number; readonly segment: string | null }
export interface UserRow { readonly user_id: string; readonly customer_id: number | null; readonly country: string | null }
export interface EventRow { readonly event_id: number; readonly user_id: string | null; readonly name: string; readonly happened: string; readonly amount: string }
export interface InvoiceRow { readonly invoice_id: number; readonly customer_id: number | null; readonly day: string; readonly amount: string }
export interface SubscriptionRow { readonly subscription_id: number; readonly customer_id: number | null; readonly started: string; readonly ended: string | null; readonly price: string }

export interface World {
  readonly customers: readonly CustomerRow[]
  readonly users: readonly UserRow[]
  readonly events: readonly EventRow[]
  readonly invoices: readonly InvoiceRow[]
  readonly subscriptions: readonly SubscriptionRow[]
}

const YAML = `
semantic_models:
  - name: customers
    table: customers
    entities: [{ name: customer, type: primary, expr: customer_id }]
    dimensions: [{ name: segment, type: categorical }]
  - name: users
    table: users
    entities: [{ name: user, type: primary, expr: user_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: country, type: categorical }]
  - name: events
    table: events
    agg_time_dimension: happened
    entities: [{ name: event, type: primary, expr: event_id }, { name: user, type: foreign, expr: user_id }]
    dimensions: [{ name: happened, type: time, granularity: minute, timezone: UTC }, { name: name, type: categorical }]
  - name: invoices
    table: invoices
    agg_time_dimension: day
    entities: [{ name: invoice, type: primary, expr: invoice_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: day, type: time, granularity: day }]
  - name: subscriptions
    table: subscriptions
    agg_time_dimension: started
    validity: { start: started, end: ended }
    entities: [{ name: subscription, type: primary, expr: subscription_id }, { name: customer, type: foreign, expr: customer_id }]
    dimensions: [{ name: started, type: time, granularity: day }, { name: ended, type: time, granularity: day }]
  - name: costs
    table: costs
    agg_time_dimension: paid
    dimensions: [{ name: paid, type: time, granularity: day }]
metrics:
  - { name: events, semantic_model: events, agg: count }
  - { name: event_amount, semantic_model: events, agg: sum, expr: amount }
  - { name: event_users, semantic_model: events, agg: count_distinct, expr: user_id }
  - { name: event_median, semantic_model: events, agg: median, expr: amount }
  - { name: invoices, semantic_model: invoices, agg: count }
  - { name: invoiced, semantic_model: invoices, agg: sum, expr: amount }
  - { name: payers, semantic_model: invoices, agg: count_distinct, expr: customer_id }
  - { name: mrr, semantic_model: subscriptions, agg: sum, expr: price, as_of: period_end }
  - { name: subscribers, semantic_model: subscriptions, agg: count_distinct, expr: customer_id, as_of: period_end }
  - { name: costs, semantic_model: costs, agg: count }
  - { name: active_users, type: active, entity: user, activity: events, window: 1 month }
  - { name: mrr_at_end, type: movement, semantic_model: subscriptions, entity: customer, expr: price, component: end }
  - name: exports_that_follow
    type: conversion
    entity: user
    base: { metric: events, filter: name = 'visit' }
    conversion: { metric: events, filter: name = 'export' }
    window: 7 days
    calculation: opportunities
`

export function cohortModel(cohorts: readonly Cohort[] = []): Model {
  const loaded = loadModel([{ name: 'world.yml', text: YAML }], { source: 'world' })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return { ...loaded.model, cohorts: new Map(cohorts.map((cohort) => [cohort.name, cohort])) }
}

export function cohort(name: string, entity: string, where: Predicate, match: 'any' | 'all' = 'any'): Cohort {
  return { name, enumName: name.toUpperCase(), label: name, description: null, entity, match, where, definition: name }
}

/** @param tables those the source is to hold; without it all. */
export async function openWorld(world: World, name = 'world', tables: readonly string[] | null = null): Promise<TestSource> {
  const all: Readonly<Record<string, TableSpec>> = {
    customers: { columns: { customer_id: 'BIGINT', segment: 'VARCHAR' }, rows: world.customers.map((row) => ({ ...row })) },
    users: { columns: { user_id: 'VARCHAR', customer_id: 'BIGINT', country: 'VARCHAR' }, rows: world.users.map((row) => ({ ...row })) },
    events: { columns: { event_id: 'BIGINT', user_id: 'VARCHAR', name: 'VARCHAR', happened: 'TIMESTAMP', amount: 'DECIMAL(12,2)' }, rows: world.events.map((row) => ({ ...row })) },
    invoices: { columns: { invoice_id: 'BIGINT', customer_id: 'BIGINT', day: 'DATE', amount: 'DECIMAL(12,2)' }, rows: world.invoices.map((row) => ({ ...row })) },
    subscriptions: { columns: { subscription_id: 'BIGINT', customer_id: 'BIGINT', started: 'DATE', ended: 'DATE', price: 'DECIMAL(12,2)' }, rows: world.subscriptions.map((row) => ({ ...row })) },
    costs: { columns: { paid: 'DATE' }, rows: [] },
  }
  return openTestSource(name, Object.fromEntries(Object.entries(all).filter(([table]) => tables === null || tables.includes(table))))
}

export function analyticsOf(source: TestSource, model: Model, nowUtcMs: number, cacheBytes = 0, clock: Clock = fixedClock(nowUtcMs)): Analytics {
  return createAnalytics({ model, sources: new Map([['world', { source, connector: 'duckdb', nowUtcMs: null }]]), cacheBytes, clock, maxGroups: 1_000_000 })
}

export function sessionOf(analytics: Analytics): AnalyticsSession {
  return analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
}

export function periodOf(start: string, end: string, zone = 'UTC'): Period {
  return resolvePeriod({ between: { start, end } }, { zone, nowUtcMs: 0, calendar: { weekStart: 1, fiscalYearStart: 1 } })
}

export const is = (dimension: string, ...values: string[]): Atom => ({ kind: 'atom', dimension, test: { op: 'in', values, caseInsensitive: false } })
export const member = (of: Membership): Predicate => ({ kind: 'member', of })

const ALL: Predicate = { kind: 'all' }
export const did = (name: string | null): Activity => ({ metric: 'events', semanticModel: 'events', filter: name === null ? ALL : is('name', name), time: { kind: 'event', dimension: 'happened' } })
export const wasInvoiced: Activity = { metric: 'invoices', semanticModel: 'invoices', filter: ALL, time: { kind: 'event', dimension: 'day' } }
export const subscribed: Activity = { metric: 'mrr', semanticModel: 'subscriptions', filter: ALL, time: { kind: 'interval', start: 'started', end: 'ended', endInclusive: false } }

export const EVER: MembershipWindow = { kind: 'ever' }
export const trailing = (count: number, unit: Interval['unit']): MembershipWindow => ({ kind: 'trailing', interval: { count, unit } })
export const between = (start: string, end: string): MembershipWindow => ({ kind: 'between', start, end })
export const behavior = (entity: string, activity: Activity, atLeast: number | null, atMost: number | null = null, window: MembershipWindow = EVER): Membership => ({ kind: 'behavior', entity, activity, atLeast, atMost, window })
export const sequence = (entity: string, steps: readonly Activity[], within: Interval | null = null, window: MembershipWindow = EVER): Membership => ({ kind: 'sequence', entity, steps, within, window })
export const acquired = (entity: string, activity: Activity, window: MembershipWindow): Membership => ({ kind: 'acquired', entity, activity, window })
export const lifecycle = (entity: string, state: LifecycleState, activity: Activity, window: Interval): Membership => ({ kind: 'lifecycle', entity, state, activity, window })
export const list = (entity: string, ids: readonly string[]): Membership => ({ kind: 'list', entity, version: ids.join(), ids })
export const having = (of: string, where: Predicate, match: 'any' | 'all' = 'any', entity = 'customer'): Membership => ({ kind: 'members', entity, of, where, match })

// --- The slow, obvious way ---

export interface At { readonly zone: string; readonly utcMs: number; readonly localMs: number }

export function endOf(period: Pick<Period, 'zone' | 'endUtcMs' | 'endLocalMs'>, nowUtcMs: number): At {
  return period.endUtcMs > nowUtcMs ? at(period.zone, nowUtcMs) : { zone: period.zone, utcMs: period.endUtcMs, localMs: period.endLocalMs }
}

export function at(zone: string, utcMs: number): At {
  return { zone, utcMs, localMs: asLocal(zone, utcMs) }
}

function asLocal(zone: string, utcMs: number): number {
  return plainMs(Temporal.Instant.fromEpochMilliseconds(utcMs).toZonedDateTimeISO(zone).toPlainDateTime())
}

function plainMs(plain: Temporal.PlainDateTime): number {
  return Date.parse(`${plain.toString({ smallestUnit: 'millisecond' })}Z`)
}

function back({ zone, utcMs, localMs }: At, { count, unit }: Interval): At {
  if (unit === 'hour' || unit === 'minute') return at(zone, utcMs - count * (unit === 'hour' ? 3_600_000 : 60_000))
  const units = { day: 'days', week: 'weeks', month: 'months', quarter: 'months', year: 'years' } as const
  const plain = Temporal.PlainDateTime.from(new Date(localMs).toISOString().slice(0, 23)).subtract({ [units[unit]]: unit === 'quarter' ? count * 3 : count })
  return { zone, utcMs: plain.toZonedDateTime(zone).epochMilliseconds, localMs: plainMs(plain) }
}

interface Happening {
  readonly row: object
  readonly key: string | null
  /** Instants in UTC, days as local midnights. */
  readonly ms: number
  readonly isDay: boolean
  /** Of intervals; infinite where open. */
  readonly untilMs?: number
}

type Table = keyof World

/** Rows of an activity with the key of the entity they belong to. */
function happenings(world: World, activity: Activity, entity: string, moment: At, model: Model): readonly Happening[] {
  const table = activity.semanticModel as 'events' | 'invoices' | 'subscriptions'
  return world[table].flatMap((row): readonly Happening[] => {
    if (!fits(world, table, row, activity.filter, moment, model)) return []
    const key = keyOf(world, table, row, entity) ?? null
    if ('happened' in row) return [{ row, key, ms: Date.parse(`${row.happened.replace(' ', 'T')}Z`), isDay: false }]
    if ('day' in row) return [{ row, key, ms: Date.parse(row.day), isDay: true }]
    const untilMs = row.ended === null ? Number.POSITIVE_INFINITY : Date.parse(row.ended)
    return untilMs > Date.parse(row.started) ? [{ row, key, ms: Date.parse(row.started), isDay: true, untilMs }] : []
  })
}

/** The key of an entity seen from a row; undefined where rows of the table lead to none. */
function keyOf(world: World, table: Table, row: object, entity: string): string | null | undefined {
  const held = row as { readonly user_id?: string | null; readonly customer_id?: number | null }
  if (entity === 'user') return table === 'users' || table === 'events' ? (held.user_id ?? null) : undefined
  if (table === 'events') {
    const user = world.users.find(({ user_id: id }) => id === held.user_id)
    return user?.customer_id == null ? null : String(user.customer_id)
  }
  return held.customer_id == null ? null : String(held.customer_id)
}

interface Span { readonly from: At | null; readonly to: At }

function spanOf(window: MembershipWindow, moment: At): Span {
  if (window.kind === 'ever') return { from: null, to: moment }
  if (window.kind === 'trailing') return { from: back(moment, window.interval), to: moment }
  const { startUtcMs, startLocalMs, endUtcMs, endLocalMs } = periodOf(window.start, window.end, moment.zone)
  return { from: { zone: moment.zone, utcMs: startUtcMs, localMs: startLocalMs }, to: { zone: moment.zone, utcMs: endUtcMs, localMs: endLocalMs } }
}

const msOf = (bound: At, isDay: boolean): number => (isDay ? bound.localMs : bound.utcMs)
const began = ({ ms, isDay }: Happening, { from, to }: Span): boolean => (from === null || ms >= msOf(from, isDay)) && ms < msOf(to, isDay)
const touches = (one: Happening, span: Span): boolean =>
  one.untilMs === undefined ? began(one, span) : one.ms < msOf(span.to, true) && (span.from === null || one.untilMs > msOf(span.from, true))

/** Whether an entity belongs, by looking at every row. */
export function belongs(world: World, key: string, of: Membership, moment: At, model: Model): boolean {
  switch (of.kind) {
    case 'list':
      return of.ids.includes(key)
    case 'behavior': {
      const count = happenings(world, of.activity, of.entity, moment, model).filter((one) => one.key === key && touches(one, spanOf(of.window, moment))).length
      return count >= (of.atLeast ?? 0) && count <= (of.atMost ?? Number.POSITIVE_INFINITY)
    }
    case 'acquired': {
      const own = happenings(world, of.activity, of.entity, moment, model).filter((one) => one.key === key)
      const first = own.toSorted((a, b) => a.ms - b.ms)[0]
      return first !== undefined && began(first, spanOf(of.window, moment))
    }
    case 'lifecycle': {
      const t1 = back(moment, of.window)
      const t2 = back(moment, { ...of.window, count: of.window.count * 2 })
      const own = happenings(world, of.activity, of.entity, moment, model).filter((one) => one.key === key && touches(one, { from: null, to: moment }))
      if (own.length === 0) return false
      const isNew = own.every((one) => one.ms >= msOf(t1, one.isDay))
      const now = own.some((one) => touches(one, { from: t1, to: moment }))
      const then = own.some((one) => touches(one, { from: t2, to: t1 }))
      const state: LifecycleState = isNew ? 'new' : now ? (then ? 'active' : 'resurrected') : then ? 'dormant' : 'churned'
      return state === of.state
    }
    case 'sequence':
      return wentThrough(world, key, of, moment, model)
    case 'members': {
      const table = of.of === 'user' ? 'users' : 'customers'
      const rows = world[table].filter((row) => keyOf(world, table, row, of.entity) === key)
      const met = rows.filter((row) => fits(world, table, row, of.where, moment, model))
      return of.match === 'any' ? met.length > 0 : rows.length > 0 && met.length === rows.length
    }
  }
}

/** Tries every choice of rows. */
function wentThrough(world: World, key: string, of: Membership & { kind: 'sequence' }, moment: At, model: Model): boolean {
  const span = spanOf(of.window, moment)
  const byStep = of.steps.map((step) => happenings(world, step, of.entity, moment, model).filter((one) => one.key === key && began(one, span)))
  const days = byStep.flat().some(({ isDay }) => isDay) || of.steps.some(({ semanticModel }) => semanticModel !== 'events')
  const dayOf = (one: Happening): number => Math.floor((one.isDay ? one.ms : asLocal(moment.zone, one.ms)) / 86_400_000) * 86_400_000
  const orderOf = (one: Happening): number => (days ? dayOf(one) : one.ms)
  const { within } = of
  const inTime = (first: Happening, last: Happening): boolean => {
    if (within === null) return true
    const isFixed = within.unit === 'hour' || within.unit === 'minute'
    const clock = (one: Happening): number => (days ? dayOf(one) : isFixed ? one.ms : asLocal(moment.zone, one.ms))
    const start = Temporal.PlainDateTime.from(new Date(clock(first)).toISOString().slice(0, 23))
    return clock(last) < plainMs(start.add({ [`${within.unit}s`]: within.count }))
  }
  const go = (chain: readonly Happening[]): boolean => {
    const [first] = chain
    const last = chain.at(-1)
    if (chain.length === byStep.length) return first !== undefined && last !== undefined && inTime(first, last)
    return (byStep[chain.length] ?? []).some((next) => !chain.some(({ row }) => row === next.row) && (last === undefined || orderOf(next) >= orderOf(last)) && go([...chain, next]))
  }
  return go([])
}

/** Whether a row is in a slice. */
export function fits(world: World, table: Table, row: object, predicate: Predicate, moment: At, model: Model): boolean {
  const again = (part: Predicate): boolean => fits(world, table, row, part, moment, model)
  switch (predicate.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'and':
      return predicate.of.every(again)
    case 'or':
      return predicate.of.some(again)
    case 'not':
      return !again(predicate.of)
    case 'atom': {
      const value = valueOf(world, table, row, predicate.dimension)
      return predicate.test.op === 'isNull' ? value === null : predicate.test.op === 'in' && value !== null && predicate.test.values.includes(value)
    }
    case 'member': {
      const key = keyOf(world, table, row, predicate.of.entity)
      if (key !== undefined) return key !== null && belongs(world, key, predicate.of, moment, model)
      return bySomeUser(world, table, row, predicate, 'any', moment, model)
    }
    case 'cohort': {
      const found = model.cohorts.get(predicate.cohort)
      if (found === undefined) throw new Error(`no cohort ${predicate.cohort}`)
      return keyOf(world, table, row, found.entity) === undefined ? bySomeUser(world, table, row, found.where, found.match, moment, model) : keyOf(world, table, row, found.entity) !== null && again(found.where)
    }
  }
}

function bySomeUser(world: World, table: Table, row: object, where: Predicate, match: 'any' | 'all', moment: At, model: Model): boolean {
  const customer = keyOf(world, table, row, 'customer')
  return customer != null && belongs(world, customer, { kind: 'members', entity: 'customer', of: 'user', where, match }, moment, model)
}

function valueOf(world: World, table: Table, row: object, dimension: string): string | null {
  if (dimension === 'name') return (row as EventRow).name
  if (dimension === 'country') return world.users.find(({ user_id: id }) => id === keyOf(world, table, row, 'user'))?.country ?? null
  return world.customers.find(({ customer_id: id }) => String(id) === keyOf(world, table, row, 'customer'))?.segment ?? null
}

function median(amounts: readonly number[]): number | null {
  const sorted = amounts.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? null : Number(((low + high) / 2).toFixed(6))
}

const cents = (text: string): number => Math.round(Number(text) * 100)

/** A metric of a slice over a period; null where a sum has no rows. */
export function metricByLoops(world: World, metric: string, period: Period, predicate: Predicate, moment: At, nowUtcMs: number, model: Model): number | null {
  const kept = <T extends object>(table: Table, rows: readonly T[], isIn: (row: T) => boolean): readonly T[] => rows.filter((row) => isIn(row) && fits(world, table, row, predicate, moment, model))
  const sum = (amounts: readonly string[]): number | null => (amounts.length === 0 ? null : amounts.reduce((total, text) => total + cents(text), 0) / 100)
  const different = (keys: readonly unknown[]): number => new Set(keys.filter((key) => key !== null)).size
  const edge = Math.ceil(endOf(period, nowUtcMs).localMs / 86_400_000) * 86_400_000
  if (metric === 'events' || metric === 'event_amount' || metric === 'event_users' || metric === 'event_median') {
    const rows = kept('events', world.events, (row) => {
      const ms = Date.parse(`${row.happened.replace(' ', 'T')}Z`)
      return ms >= period.startUtcMs && ms < Math.min(period.endUtcMs, nowUtcMs)
    })
    if (metric === 'event_median') return median(rows.map(({ amount }) => Number(amount)))
    return metric === 'events' ? rows.length : metric === 'event_amount' ? sum(rows.map(({ amount }) => amount)) : different(rows.map(({ user_id: id }) => id))
  }
  if (metric === 'invoices' || metric === 'invoiced' || metric === 'payers') {
    const rows = kept('invoices', world.invoices, ({ day }) => Date.parse(day) >= period.startLocalMs && Date.parse(day) < Math.min(period.endLocalMs, edge))
    return metric === 'invoices' ? rows.length : metric === 'invoiced' ? sum(rows.map(({ amount }) => amount)) : different(rows.map(({ customer_id: id }) => id))
  }
  const rows = kept('subscriptions', world.subscriptions, ({ started, ended }) => Date.parse(started) < edge && (ended === null || Date.parse(ended) >= edge))
  return metric === 'mrr' ? sum(rows.map(({ price }) => price)) : different(rows.map(({ customer_id: id }) => id))
}

/** The entities of a slice, by key as text. */
export function membersByLoops(world: World, entity: 'customer' | 'user', predicate: Predicate, moment: At, model: Model): readonly string[] {
  const table = entity === 'user' ? 'users' : 'customers'
  return [...world[table]].filter((row) => fits(world, table, row, predicate, moment, model)).map((row) => keyOf(world, table, row, entity) ?? '').toSorted()
}
