import type { AnomalyPlan } from './anomalies.ts'
import { Attendance } from './attendance.ts'
import type { Day } from './calendar.ts'
import type { CustomerHistory, HistoryBounds } from './customers.ts'
import type { Experiment } from './experiments.ts'
import { type Member, knowMembers } from './members.ts'
import { RandomStream } from './random.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowSource } from './table-writer.ts'
import {
  AI_ASSISTANT, COUNTRIES, DEVICE_SHARES, EVENT_SHARES, FEATURE_SHARES, MOBILE, SESSION_CHANNELS, SURVEY_SHARES, eventCode,
} from './vocabulary.ts'

const LAST_SECOND = 86_399
const SURVEY_CHANCE = 0.03
const SURVEY_PAUSE_DAYS = 30
const EXPERIMENT_SHARE = 0.7
const AI_LAUNCH_DAYS_BEFORE_END = 240
const DIRECT = SESSION_CHANNELS.length - 1
const LONGEST_SESSION = 60
const PAGE_VIEW = eventCode('page_view')
const FEATURE_USED = eventCode('feature_used')

/**
 * The use of the product, day by day: a source of exactly `count` event rows in order of time
 * (event_id, user, customer, seconds, event, feature, session, channel, country, device).
 * Holds one day at a time; surveys and exposures pile up beside it and are complete when it has run dry.
 */
export class Activity implements RowSource {
  /** survey_id, user, seconds, kind, score; in order of time within days only */
  readonly surveys = new RowBuffer(5)
  /** exposure_id, experiment, variant, user, seconds, converted, cents; in order of time within days only */
  readonly exposures = new RowBuffer(7)
  readonly #bounds: HistoryBounds
  readonly #anomalies: AnomalyPlan
  readonly #experiments: readonly Experiment[]
  readonly #attendance: Attendance
  readonly #random: RandomStream
  /** Events of each day since the first. */
  readonly #quotas: readonly number[]
  readonly #started: Uint8Array
  readonly #lastSurvey: Int32Array
  readonly #considered: Uint8Array
  /** When the first session ended of users who came for the first time today; their other sessions follow it. */
  readonly #openedUntil = new Map<number, number>()
  readonly #day: DayBuffer
  #next: Day
  #emitted = 0
  #sessions = 0

  constructor(count: number, seed: number, history: CustomerHistory, bounds: HistoryBounds, anomalies: AnomalyPlan, experiments: readonly Experiment[]) {
    const members = knowMembers(history, seed)
    this.#bounds = bounds
    this.#anomalies = anomalies
    this.#experiments = experiments
    this.#attendance = new Attendance(history, members, anomalies)
    this.#quotas = shareOut(count, bounds, new Attendance(history, members, anomalies))
    this.#random = new RandomStream(seed, 'activity')
    this.#started = new Uint8Array(members.length + 1)
    this.#lastSurvey = new Int32Array(members.length + 1).fill(bounds.from - SURVEY_PAUSE_DAYS)
    this.#considered = new Uint8Array(members.length + 1)
    this.#day = new DayBuffer(this.#quotas.reduce((most, quota) => Math.max(most, quota), 0))
    this.#next = bounds.from
  }

  fill(columns: readonly Float64Array[], most: number): number {
    let count = 0
    while (count < most) {
      if (this.#day.isEmpty) {
        if (this.#next > this.#bounds.until) break
        this.#live(this.#next++)
        continue
      }
      const moved = this.#day.move(columns, count, most - count, this.#emitted)
      count += moved
      this.#emitted += moved
    }
    return count
  }

  #live(day: Day): void {
    this.#attendance.visit(day)
    this.#day.clear(day)
    this.#openedUntil.clear()
    const quota = this.#quotas[day - this.#bounds.from] ?? 0
    const features = featureShares(day, this.#bounds.until)
    const mobileKept = this.#anomalies.factor('mobile_tracking_lost', day)
    while (this.#day.length < quota) {
      const member = this.#attendance.memberAt(this.#random.fraction())
      if (member === undefined) throw new Error('Events were planned for a day on which nobody has access.')
      const device = this.#random.chance(0.85) ? member.device : this.#random.pick(DEVICE_SHARES)
      if (device === MOBILE && mobileKept < 1 && !this.#random.chance(mobileKept)) continue
      this.#visit(day, member, device, features[this.#attendance.planOf(member.customer)] ?? [], quota - this.#day.length)
    }
    this.#day.sort()
  }

  /** One session, within the day. */
  #visit(day: Day, member: Member, device: number, features: readonly number[], mostEvents: number): void {
    const random = this.#random
    const isFirst = this.#started[member.id] === 0
    this.#started[member.id] = 1
    const opening = isFirst ? openingEvents(member, random) : random.chance(0.5) ? [eventCode('login')] : []
    const wanted = isFirst ? opening.length + random.between(1, 4) : random.chance(0.15) ? 1 : 2 + Math.floor(random.exponential(3.4))
    const length = Math.min(wanted, mostEvents, LONGEST_SESSION)
    const offsets = [0]
    while (offsets.length < length) offsets.push((offsets.at(-1) ?? 0) + 2 + Math.floor(random.exponential(40)))
    const lasts = offsets.at(-1) ?? 0
    const earliest = this.#openedUntil.get(member.id) ?? (day === member.created ? member.createdSecond : 0)
    const wish = startSecond(member, random)
    const possible = wish >= earliest ? wish : earliest + random.between(30, 3600)
    const start = day * 86_400 + Math.max(earliest, Math.min(possible, LAST_SECOND - lasts))
    const channel = random.chance(0.55) ? DIRECT : random.chance(0.6) ? member.channel : random.between(0, DIRECT - 1)
    const session = ++this.#sessions
    for (const [index, offset] of offsets.entries()) {
      const event = wanted === 1 ? PAGE_VIEW : opening[index] ?? random.pick(EVENT_SHARES)
      const feature = event === FEATURE_USED ? random.pick(features) : NaN
      this.#day.push(Math.min(start + offset, day * 86_400 + LAST_SECOND), member, event, feature, session, channel, device)
    }
    if (isFirst) this.#openedUntil.set(member.id, Math.min(start + lasts - day * 86_400, LAST_SECOND))
    else this.#ask(day, member, start + lasts)
    this.#expose(day, member, start)
  }

  #ask(day: Day, member: Member, after: number): void {
    const random = this.#random
    if (day - (this.#lastSurvey[member.id] ?? 0) < SURVEY_PAUSE_DAYS || !random.chance(SURVEY_CHANCE)) return
    this.#lastSurvey[member.id] = day
    const kind = random.pick(SURVEY_SHARES)
    const mood = member.satisfaction + 0.6 * random.normal() - (this.#attendance.isFading(member.customer) ? 1.4 : 0)
    const release = this.#anomalies.factor('bad_release_scores', day)
    const score = [
      clampScore((8 + 1.8 * mood) * release, 0, 10),
      clampScore((4.1 + 0.8 * mood) * release, 1, 5),
      clampScore((4 + 0.8 * mood) * release, 1, 5),
      clampScore((5.3 + 1.1 * mood) * release, 1, 7),
    ][kind] ?? NaN
    this.surveys.push(NaN, member.id, Math.min(after + random.between(5, 120), day * 86_400 + LAST_SECOND), kind, score)
  }

  #expose(day: Day, member: Member, second: number): void {
    const random = this.#random
    for (const [index, experiment] of this.#experiments.entries()) {
      const bit = 1 << index
      const considered = this.#considered[member.id] ?? 0
      if (day < experiment.from || day > experiment.to || (considered & bit) !== 0) continue
      this.#considered[member.id] = considered | bit
      if (!random.chance(EXPERIMENT_SHARE)) continue
      const variant = random.chance(experiment.treatmentShare) ? 1 : 0
      const converted = random.chance(variant === 1 ? experiment.treatmentRate : experiment.controlRate)
      const cents = converted ? 500 + Math.floor(random.exponential(4_000)) : 0
      this.exposures.push(NaN, index, variant, member.id, second, converted ? 1 : 0, cents)
    }
  }
}

/** Splits `count` over the days in proportion to the use to expect, without losing or adding one. */
function shareOut(count: number, { from, until }: HistoryBounds, attendance: Attendance): number[] {
  const reached: number[] = []
  let total = 0
  for (let day = from; day <= until; day++) {
    total += attendance.visit(day)
    reached.push(total)
  }
  const upTo = reached.map((sum) => (sum === total ? count : Math.floor((sum / total) * count)))
  return upTo.map((sum, index) => sum - (upTo[index - 1] ?? 0))
}

function openingEvents(member: Member, random: RandomStream): number[] {
  const opening = [eventCode(member.isOwner ? 'signed_up' : 'member_joined'), eventCode('onboarding_started')]
  if (random.chance(0.74)) {
    opening.push(eventCode('onboarding_completed'))
    if (random.chance(0.7)) opening.push(eventCode('feature_used'))
    if (member.isOwner && random.chance(0.35)) opening.push(eventCode('invite_sent'))
  }
  return opening
}

/** Mostly in the working day of the member's country; a night's work falls on the same UTC day. */
function startSecond(member: Member, random: RandomStream): number {
  const localHour = random.chance(0.15) ? 24 * random.fraction() : 13.2 + 3 * random.normal()
  const hour = localHour - (COUNTRIES[member.country]?.hoursAhead ?? 0)
  return Math.floor((((hour % 24) + 24) % 24) * 3600)
}

function featureShares(day: Day, until: Day): readonly (readonly number[])[] {
  const sinceLaunch = day - (until - AI_LAUNCH_DAYS_BEFORE_END)
  const adopted = sinceLaunch < 0 ? 0 : 1 - Math.exp(-(sinceLaunch + 5) / 60)
  return FEATURE_SHARES.map((shares) => shares.map((share, feature) => (feature === AI_ASSISTANT ? share * adopted : share)))
}

function clampScore(score: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, Math.round(score)))
}

/** The events of one day, in flat arrays that are used again every day. */
class DayBuffer {
  readonly #seconds: Float64Array
  readonly #members: Member[] = []
  readonly #events: Uint8Array
  readonly #features: Float64Array
  readonly #sessions: Int32Array
  readonly #channels: Uint8Array
  readonly #devices: Uint8Array
  #order = new Float64Array(0)
  #firstSecond = 0
  #length = 0
  #moved = 0

  constructor(capacity: number) {
    this.#seconds = new Float64Array(capacity)
    this.#events = new Uint8Array(capacity)
    this.#features = new Float64Array(capacity)
    this.#sessions = new Int32Array(capacity)
    this.#channels = new Uint8Array(capacity)
    this.#devices = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#moved === this.#length
  }

  clear(day: Day): void {
    this.#firstSecond = day * 86_400
    this.#length = 0
    this.#moved = 0
  }

  push(second: number, member: Member, event: number, feature: number, session: number, channel: number, device: number): void {
    const row = this.#length++
    this.#seconds[row] = second
    this.#members[row] = member
    this.#events[row] = event
    this.#features[row] = feature
    this.#sessions[row] = session
    this.#channels[row] = channel
    this.#devices[row] = device
  }

  sort(): void {
    // Second and row in one number: a flat numeric sort that keeps rows of one second in their order.
    this.#order = Float64Array.from({ length: this.#length }, (_, row) => ((this.#seconds[row] ?? 0) - this.#firstSecond) * 2 ** 32 + row).sort()
  }

  /** Moves rows out to `columns` from `offset` on. @returns how many */
  move(columns: readonly Float64Array[], offset: number, most: number, emitted: number): number {
    const [ids, users, customers, seconds, events, features, sessions, channels, countries, devices] = columns
    if (!ids || !users || !customers || !seconds || !events || !features || !sessions || !channels || !countries || !devices) {
      throw new RangeError('Events have ten columns.')
    }
    const count = Math.min(most, this.#length - this.#moved)
    for (let index = 0; index < count; index++) {
      const row = (this.#order[this.#moved + index] ?? 0) % 2 ** 32
      const member = this.#members[row]
      if (member === undefined) throw new RangeError('An event without a member.')
      const place = offset + index
      ids[place] = emitted + index + 1
      users[place] = member.id
      customers[place] = member.customer
      seconds[place] = this.#seconds[row] ?? NaN
      events[place] = this.#events[row] ?? NaN
      features[place] = this.#features[row] ?? NaN
      sessions[place] = this.#sessions[row] ?? NaN
      channels[place] = this.#channels[row] ?? NaN
      countries[place] = member.country < 0 ? NaN : member.country
      devices[place] = this.#devices[row] ?? NaN
    }
    this.#moved += count
    return count
  }
}
