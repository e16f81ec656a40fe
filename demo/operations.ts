import type { AnomalyPlan } from './anomalies.ts'
import { type Day, addMonths, dayOfMonth, monthOfYear, monthStart, weekday } from './calendar.ts'
import type { CustomerHistory, HistoryBounds } from './customers.ts'
import { RandomStream } from './random.ts'
import { RowBuffer } from './row-buffer.ts'
import { FOUND_IN, SIGNUP_SEASON, TEAMS } from './vocabulary.ts'

const SPRINT_DAYS = 14
const PRODUCTION = FOUND_IN.indexOf('production')
const TESTING = FOUND_IN.indexOf('testing')

interface Expense {
  category: string
  description: string
  /** Cents a month for a company of the default size, at the start and at the end of the history. */
  first: number
  last: number
  /** The day of the month it is booked; later than the month has days means its last. */
  booked: number
}

const EXPENSES: readonly Expense[] = [
  { category: 'Research and development', description: 'Engineering payroll', first: 4_200_000, last: 11_500_000, booked: 31 },
  { category: 'Research and development', description: 'Design and product payroll', first: 1_400_000, last: 3_900_000, booked: 31 },
  { category: 'Research and development', description: 'Developer tools', first: 210_000, last: 640_000, booked: 12 },
  { category: 'Sales', description: 'Sales payroll', first: 1_500_000, last: 5_200_000, booked: 31 },
  { category: 'Sales', description: 'Commissions', first: 300_000, last: 1_600_000, booked: 20 },
  { category: 'Sales', description: 'Travel', first: 120_000, last: 480_000, booked: 24 },
  { category: 'General and administrative', description: 'Finance and people payroll', first: 900_000, last: 2_400_000, booked: 31 },
  { category: 'General and administrative', description: 'Rent', first: 650_000, last: 1_250_000, booked: 1 },
  { category: 'General and administrative', description: 'Legal and audit', first: 180_000, last: 420_000, booked: 16 },
  { category: 'General and administrative', description: 'Insurance', first: 60_000, last: 140_000, booked: 5 },
  { category: 'General and administrative', description: 'Office software', first: 90_000, last: 260_000, booked: 8 },
]

export const LEDGER_CATEGORIES = [...new Set(EXPENSES.map(({ category }) => category))]
export const LEDGER_DESCRIPTIONS = EXPENSES.map(({ description }) => description)

/**
 * What infrastructure, marketing and support cost; columns: first day of the month, cents, cents, cents.
 * An unfinished last month holds the costs to date.
 */
export function writeCosts({ customers, subscriptions }: CustomerHistory, seed: number, bounds: HistoryBounds, anomalies: AnomalyPlan): RowBuffer {
  const random = new RandomStream(seed, 'costs')
  const costs = new RowBuffer(4)
  for (const { first, elapsedShare } of months(bounds)) {
    const end = Math.min(addMonths(first, 1), bounds.until + 1)
    const signups = countRows(customers, (row) => customers.at(row, 1) >= first && customers.at(row, 1) < end)
    const active = countRows(subscriptions, (row) => subscriptions.at(row, 3) < end && !(subscriptions.at(row, 4) < end))
    const around = (cents: number): number => Math.round(cents * (1 + 0.05 * random.normal()))
    const infra = around((400_000 + 1_450 * active) * elapsedShare)
    const marketing = around((500_000 * elapsedShare + 21_000 * signups) * (2 - (SIGNUP_SEASON[monthOfYear(first)] ?? 1)) * anomalies.factor('marketing_overspend', first))
    const support = around((250_000 + 1_150 * active) * elapsedShare)
    costs.push(first, infra, marketing, support)
  }
  return costs
}

/** Operating expenses beside those of costs; columns: entry_id, date, category, cents, description. */
export function writeLedger(customers: number, seed: number, bounds: HistoryBounds): RowBuffer {
  const random = new RandomStream(seed, 'ledger')
  const ledger = new RowBuffer(5)
  const size = customers / 5000
  const total = bounds.until - bounds.from + 1
  for (const { first } of months(bounds)) {
    const lastOfMonth = dayOfMonth(addMonths(first, 1) - 1)
    for (const [index, { category, first: atFirst, last, booked }] of EXPENSES.entries()) {
      const date = first + Math.min(booked, lastOfMonth) - 1
      const cents = Math.round((atFirst + (last - atFirst) * Math.max(0, (date - bounds.from) / total)) * size * (1 + 0.03 * random.normal()))
      if (date >= bounds.from && date <= bounds.until) ledger.push(NaN, date, LEDGER_CATEGORIES.indexOf(category), cents, index)
    }
  }
  return ledger.sortedBy(1).numberRows(0)
}

/** Finished sprints of two weeks; columns: sprint_id, team, first day, last day (inclusive), points committed, points completed. */
export function writeSprints(seed: number, { from, until }: HistoryBounds): RowBuffer {
  const random = new RandomStream(seed, 'sprints')
  const sprints = new RowBuffer(6)
  const monday = from + ((7 - weekday(from)) % 7)
  for (let start = monday; start + SPRINT_DAYS - 1 <= until; start += SPRINT_DAYS) {
    const season = monthOfYear(start) === 11 || monthOfYear(start) === 7 ? 0.8 : 1
    for (const team of TEAMS.keys()) {
      const pace = 26 + 5 * team + 12 * ((start - from) / (until - from))
      const committed = Math.max(8, Math.round(pace * season + 3 * random.normal()))
      const completed = Math.max(0, Math.round(committed * Math.min(1.1, 0.86 + 0.1 * random.normal())))
      sprints.push(sprints.length + 1, team, start, start + SPRINT_DAYS - 1, committed, completed)
    }
  }
  return sprints
}

/** Defects found; columns: defect_id, found_in, severity, created, resolved (or null), sprint_id (null outside finished sprints). */
export function writeDefects(sprints: RowBuffer, seed: number, { from, until }: HistoryBounds, anomalies: AnomalyPlan): RowBuffer {
  const random = new RandomStream(seed, 'defects')
  const defects = new RowBuffer(6)
  const firstSprint = sprints.length === 0 ? Infinity : sprints.at(0, 2)
  const sprintOf = (day: Day, team: number): number => {
    const row = Math.floor((day - firstSprint) / SPRINT_DAYS) * TEAMS.length + team
    return day >= firstSprint && row < sprints.length ? sprints.at(row, 0) : NaN
  }
  for (let day = from; day <= until; day++) {
    const working = weekday(day) < 5 ? 1 : 0.3
    for (const [foundIn, usual] of [[PRODUCTION, 0.45], [TESTING, 1.3]] as const) {
      const count = random.poisson(usual * working * (foundIn === PRODUCTION ? anomalies.factor('bad_release_defects', day) : 1))
      for (let defect = 0; defect < count; defect++) {
        const severity = random.pick([0.06, 0.22, 0.45, 0.27])
        const resolved = day + Math.floor(random.exponential([1.5, 4, 11, 26][severity] ?? 1))
        const team = random.between(0, TEAMS.length - 1)
        defects.push(defects.length + 1, foundIn, severity, day, resolved <= until ? resolved : NaN, sprintOf(day, team))
      }
    }
  }
  return defects
}

function* months({ from, until }: HistoryBounds): Generator<{ first: Day; elapsedShare: number }> {
  for (let first = monthStart(from); first <= until; first = addMonths(first, 1)) {
    const days = addMonths(first, 1) - first
    const elapsed = Math.min(until + 1, first + days) - Math.max(from, first)
    yield { first, elapsedShare: elapsed / days }
  }
}

function countRows(rows: RowBuffer, matches: (row: number) => boolean): number {
  let count = 0
  for (let row = 0; row < rows.length; row++) if (matches(row)) count++
  return count
}
