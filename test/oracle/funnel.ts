import type { Activity, FunnelOrder } from '../../src/model/types.ts'
import type { Grain } from '../../src/base/grain.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import { happenings } from './activity.ts'
import type { Happening, Moment, Shop } from './activity.ts'
import { earlier, instantOf, walkBuckets, walkedPeriod } from './calendar.ts'
import { lies } from './retention.ts'
import { belongs } from './row-test.ts'
import type { Cell } from './row-test.ts'

export interface FunnelQuestion {
  readonly steps: readonly Activity[]
  readonly within: { readonly count: number; readonly unit: Grain }
  readonly order: FunnelOrder
  readonly predicate: Predicate
  readonly by: string | null
  readonly zone: string
  readonly from: string
  readonly to: string
  readonly grain: Grain | null
}

interface Event {
  readonly at: number
  readonly fits: ReadonlySet<number>
  readonly happening: Happening
}

interface Attempt {
  readonly opening: Event
  /** One a step reached. */
  readonly times: readonly number[]
  readonly windowStart: number
}

export interface CountedFunnel {
  readonly value: Cell
  readonly counts: readonly number[]
  readonly medians: readonly (number | null)[]
}

/** Every attempt of every entity, followed event by event; the best of each counts. One list of groups a bucket. */
export function funnelOracle(shop: Shop, question: FunnelQuestion): readonly (readonly CountedFunnel[])[] {
  const { zone, steps } = question
  const ever = { ...shop, nowUtcMs: Date.UTC(2200, 0, 1) }
  const found = steps.map((step) => happenings(ever, step, zone).filter(({ entity }) => entity !== null))
  const isDated = found.flat().every(({ start }) => start.utcMs === null)
  const absolute = ({ utcMs, localMs }: Moment): number => (isDated ? localMs : (utcMs ?? instantOf(zone, localMs)))
  // One row of one time is one event, whatever steps it fits.
  const events = new Map<string, { at: number; fits: Set<number>; happening: Happening }>()
  found.forEach((list, step) => {
    const { semanticModel, time } = steps[step] as Activity
    for (const happening of list) {
      const { row } = happening
      const id = JSON.stringify([semanticModel, time.kind === 'event' ? time.dimension : time.start, row['order_id'] ?? null, row['lease_id'] ?? null, row['subscription_id'] ?? null])
      const event = events.get(id) ?? { at: absolute(happening.start), fits: new Set<number>(), happening }
      event.fits.add(step)
      events.set(id, event)
    }
  })
  const byEntity = new Map<Cell, Event[]>()
  for (const event of events.values()) byEntity.set(event.happening.entity, [...(byEntity.get(event.happening.entity) ?? []), event])
  const first = (event: Event): number => Math.min(...event.fits)
  const mask = (event: Event): number => [...event.fits].reduce((sum, step) => sum + 2 ** step, 0)
  for (const list of byEntity.values()) list.sort((a, b) => a.at - b.at || first(a) - first(b) || mask(a) - mask(b) || compareKeys(openingKey(a, question), openingKey(b, question)))

  return walkBuckets(walkedPeriod(zone, question.from, question.to), question.grain, shop.model.calendar).map((bucket) => {
    const opens = ({ fits, happening }: Event): boolean => fits.has(0) && lies(happening.start, bucket) && belongs(question.predicate, happening.cellOf)
    const best: { opening: Event; times: readonly number[] }[] = []
    for (const list of byEntity.values()) {
      const attempts = question.order === 'unordered' ? unordered(list, question, opens) : list.flatMap((event, index) => (opens(event) ? [follow(list, index, question)] : []))
      const furthest = Math.max(0, ...attempts.map(({ times }) => times.length))
      const chosen = attempts.filter(({ times }) => times.length === furthest).toSorted((a, b) => (a.times[0] ?? 0) - (b.times[0] ?? 0) || a.windowStart - b.windowStart)[0]
      if (chosen) best.push(chosen)
    }
    const groups = new Map<Cell, { opening: Event; times: readonly number[] }[]>()
    if (question.by === null) groups.set(null, best)
    else for (const attempt of best) {
      const value = attempt.opening.happening.cellOf(question.by).cell
      groups.set(value, [...(groups.get(value) ?? []), attempt])
    }
    return [...groups].map(([value, attempts]): CountedFunnel => ({
      value,
      counts: steps.map((_, step) => attempts.filter(({ times }) => times.length > step).length),
      medians: steps.slice(1).map((_, index) => {
        const spans = attempts.filter(({ times }) => times.length > index + 1).map(({ times }) => Math.abs((times[index + 1] ?? 0) - (times[index] ?? 0)) / 1000).toSorted((a, b) => a - b)
        const half = (spans.length - 1) / 2
        return spans.length === 0 ? null : ((spans[Math.floor(half)] ?? 0) + (spans[Math.ceil(half)] ?? 0)) / 2
      }),
    }))
  })
}

const limitOf = (at: number, { within }: FunnelQuestion): number => {
  const fixed = { minute: 60_000, hour: 3_600_000 }[within.unit as 'minute' | 'hour']
  return fixed === undefined ? earlier(at, -within.count, within.unit) : at + within.count * fixed
}

function follow(list: readonly Event[], from: number, question: FunnelQuestion): Attempt {
  const opening = list[from] as Event
  const limit = limitOf(opening.at, question)
  const times = [opening.at]
  let index = from
  for (let step = 1; step < question.steps.length; step++) {
    const next = nextStep(list, index + 1, step, question.order)
    const event = list[next]
    if (event === undefined || event.at >= limit) break
    times.push(event.at)
    index = next
  }
  return { opening, times, windowStart: from }
}

/** A strict funnel gives up at the first event that is neither the step wanted nor the one just taken. */
function nextStep(list: readonly Event[], from: number, step: number, order: FunnelOrder): number {
  for (let index = from; index < list.length; index++) {
    const { fits } = list[index] as Event
    if (fits.has(step)) return index
    if (order === 'strict' && !fits.has(step - 1)) break
  }
  return list.length
}

/** A window from every event; the first event of each step in it. */
function unordered(list: readonly Event[], question: FunnelQuestion, opens: (event: Event) => boolean): readonly Attempt[] {
  return list.flatMap(({ at }) => {
    const inside = list.filter((event) => event.at >= at && event.at < limitOf(at, question))
    // Of openings at one instant the first by the group it tells.
    const openings = inside.filter(opens).toSorted((a, b) => a.at - b.at || compareKeys(keyOf(a, question), keyOf(b, question)))
    const [opening] = openings
    if (opening === undefined) return []
    const times = [opening.at]
    for (let step = 1; step < question.steps.length; step++) {
      const event = inside.find(({ fits }) => fits.has(step))
      if (event === undefined) break
      times.push(event.at)
    }
    return [{ opening, times, windowStart: at }]
  })
}

function keyOf({ happening }: Event, { by }: FunnelQuestion): Cell {
  return by === null ? null : happening.cellOf(by).cell
}

/** Events that open nothing tell no group. */
function openingKey(event: Event, question: FunnelQuestion): Cell {
  return event.fits.has(0) ? keyOf(event, question) : null
}

function compareKeys(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}
