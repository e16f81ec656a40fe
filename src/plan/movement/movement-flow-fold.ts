import { bucketFinder } from './movement-axis.ts'
import type { DayAxis } from './movement-axis.ts'
import { CLASSES } from './movement-flows.ts'
import type { StockRead } from './movement-history.ts'
import { combineParts, negatePart, toNumber } from '../parts.ts'
import { MOVEMENT_PARTS, groupId } from '../read.ts'
import type { MovementPart, Part, ReadGroup, ReadResult } from '../read.ts'
import type { ScanValue } from '../scan.ts'

type KeyValue = string | number | boolean | null

interface Flow {
  readonly dayMs: number
  readonly kind: number
  readonly amount: Part
  readonly entities: Part
}

interface Flows {
  readonly values: readonly KeyValue[]
  readonly flows: Flow[]
}

type Totals = Record<MovementPart, Part>

const LOSSES: ReadonlySet<MovementPart> = new Set<MovementPart>(['contraction', 'churned', 'leaving_segment'])
const PART_OF = new Map<number, MovementPart>(Object.entries(CLASSES).flatMap(([name, number]) => MOVEMENT_PARTS.flatMap((part) => (part === name ? [[number, part] as const] : []))))

/** Gathers the flows of one slice and adds them up for every read of it: what came before a bucket is its start. */
export class FlowFold {
  readonly #axis: DayAxis
  readonly #groups = new Map<string, Flows>()

  constructor(axis: DayAxis) {
    this.#axis = axis
  }

  add(values: readonly KeyValue[], bucket: ScanValue, kind: number, amount: Part, entities: Part): void {
    const id = groupId(values)
    const group = this.#groups.get(id) ?? { values, flows: [] }
    this.#groups.set(id, group)
    group.flows.push({ dayMs: kind === CLASSES.opening ? Number.NEGATIVE_INFINITY : this.#axis.dayOf(bucket), kind, amount, entities })
  }

  /** Groups in which nothing is held and nothing moves are left out. */
  resultOf(read: StockRead): ReadResult {
    const groups = [...this.#groups.values()].map(({ values, flows }): ReadGroup => ({ values, parts: partsOf(read, flows) }))
    const told = groups.filter(({ parts }) => parts.some((bucket) => bucket?.some((part) => part !== null && toNumber(part) !== 0)))
    if (read.by.length === 0 && told.length === 0) return { groups: [{ values: [], parts: partsOf(read, []) }] }
    return { groups: told }
  }
}

function partsOf(read: StockRead, flows: readonly Flow[]): ReadGroup['parts'] {
  const bucketOf = bucketFinder(read)
  const amounts = read.buckets.map(nothing)
  const entities = read.buckets.map(nothing)
  const opening = { amount: ZERO, entities: ZERO }
  for (const flow of flows) {
    const index = flow.dayMs === Number.NEGATIVE_INFINITY ? -1 : bucketOf(flow.dayMs)
    const part = PART_OF.get(flow.kind)
    if (index < 0 || part === undefined) {
      opening.amount = add(opening.amount, flow.amount)
      // An expansion or a contraction is one that held before and holds after.
      if (part !== 'expansion' && part !== 'contraction') opening.entities = add(opening.entities, flow.entities)
      continue
    }
    const [amount, count] = [amounts[index], entities[index]]
    if (amount === undefined || count === undefined) continue
    amount[part] = add(amount[part], LOSSES.has(part) ? negatePart(flow.amount) : flow.amount)
    // Steps are signed as amounts are; contractions are counted as they come.
    count[part] = add(count[part], part === 'churned' || part === 'leaving_segment' ? negatePart(flow.entities) : flow.entities)
  }
  carry(amounts, opening.amount, ['new', 'expansion', 'contraction', 'churned', 'reactivation', 'entering_segment', 'leaving_segment'])
  carry(entities, opening.entities, ['new', 'churned', 'reactivation', 'entering_segment', 'leaving_segment'])
  return amounts.map((amount, index) => [...MOVEMENT_PARTS.map((part) => amount[part]), ...MOVEMENT_PARTS.map((part) => entities[index]?.[part] ?? ZERO)])
}

/** The end of a bucket is its start and all that flowed; the start of the next is that. */
function carry(buckets: readonly Totals[], opening: Part, flows: readonly MovementPart[]): void {
  let held = opening
  for (const bucket of buckets) {
    bucket.start = held
    held = flows.reduce((sum, part) => add(sum, LOSSES.has(part) ? negatePart(bucket[part]) : bucket[part]), held)
    bucket.end = held
  }
}

const ZERO: Part = 0n

function nothing(): Totals {
  return { start: ZERO, new: ZERO, expansion: ZERO, contraction: ZERO, churned: ZERO, reactivation: ZERO, entering_segment: ZERO, leaving_segment: ZERO, end: ZERO }
}

function add(a: Part, b: Part): Part {
  return combineParts(a, b, 'add')
}
