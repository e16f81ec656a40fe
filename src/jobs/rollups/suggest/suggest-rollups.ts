import { findEntityPath, findJoinPath } from '../../../model/join-path.ts'
import type { Rollup } from '../../../model/types.ts'
import { rollupForShape } from '../../../plan/read-shape.ts'
import type { ReadShape } from '../../../plan/read-shape.ts'
import type { Measure } from '../../../plan/read.ts'
import { semanticModelOf } from '../../../plan/relation.ts'
import type { RollupShape, RollupTable } from '../../../plan/rollups/rollup.ts'
import { shapeOfRollup } from '../../../plan/rollups/shape-of-rollup.ts'
import type { PlanContext } from '../../../plan/rows.ts'
import type { Query } from '../../../sql/tree.ts'
import { candidateRollups } from './candidates.ts'
import { knownMeasures } from './known-reads.ts'
import type { KnownMeasure } from './known-reads.ts'
import { countQuery, estimatedRows, rowBytes } from './size-of-rollup.ts'
import type { LoggedShape, ReadLoad, RollupSuggestions, SuggestedRollup } from './types.ts'

export interface SuggestDeps {
  readonly context: PlanContext
  readonly logged: readonly LoggedShape[]
  /** Of all that is suggested together. */
  readonly budgetBytes: number
  /** Rows of declared rollups that are kept, by name. */
  readonly keptRows: ReadonlyMap<string, number>
  /** Runs a statement of one number on a source, over a table of so many rows; null where that would cost too much. */
  readonly count: (source: string, query: Query, tableRows: number | null) => Promise<number | null>
}

/** A rollup that saves less of the time of each of its reads is not worth its upkeep; they are fast enough, or it is nearly as large as what they read. */
const LEAST_SHARE_SAVED = 0.2
/** Nor is one that saves less of the time of all reads. */
const LEAST_SHARE_OF_ALL = 0.01
/** Of what all that were chosen save: they may be fewer, and save so much less. */
const MOST_SHARE_MISSED = 0.05

/** Shapes that candidates are made for and tried with, the costliest of the log: each is tried with each candidate, at some 50 µs. */
const MOST_SHAPES = 300

/** A logged shape, with what it costs to answer as things stand. */
interface Question extends LoggedShape {
  readonly measure: KnownMeasure
  readonly tableRows: number
  /** Rows of what would answer it now: of a declared rollup, or of the table. */
  readonly rowsNow: number
}

interface Candidate {
  readonly rollup: Rollup
  readonly shape: RollupShape
  readonly measures: readonly Measure[]
  readonly bytesARow: number
  rows: number
  counted: boolean
  readonly serves: readonly Question[]
}

/**
 * Which rollups would have paid, by what was read: chosen one after the other by the milliseconds each saves per byte beyond those
 * chosen before, within the budget (Harinarayan, Rajaraman and Ullman 1996). Reading costs by rows. What answers what is asked of the
 * planner itself.
 */
export async function suggestRollups(deps: SuggestDeps): Promise<RollupSuggestions> {
  const { context, logged, keptRows } = deps
  const measures = knownMeasures(context)
  const declared = context.model.rollups.flatMap((rollup) => {
    const { shape, measures: kept } = shapeOfRollup(context, rollup)
    return shape === null ? [] : [{ shape, measures: kept, table: rollup.name, rows: keptRows.get(rollup.name) ?? estimatedRows(context, shape) }]
  })
  const [questions, beyond, served] = sorted(context, logged, measures, declared)
  const open = questions.toSorted((a, b) => b.ms - a.ms)
  const names = new Set(context.model.rollups.map(({ name }) => name))
  const costly = open.slice(0, MOST_SHAPES)
  const candidates = candidateRollups(context, costly.map(({ shape }) => shape), measures).flatMap((rollup) => candidateFor(context, rollup, costly) ?? [])
  const chosen = withoutNeedless(await chooseAll(deps, candidates))
  const used = new Set(logged.flatMap(({ rollup }) => rollup?.split(', ') ?? []))
  return {
    suggested: chosen.map((candidate) => suggestionFor(context, logged, { ...candidate, serves: servedBy(context, candidate, open) }, names)).toSorted((a, b) => b.savedMs - a.savedMs || b.savedRows - a.savedRows),
    unused: context.model.rollups.map(({ name }) => name).filter((name) => !used.has(name)),
    logged: loadOf(logged),
    served: loadOf(served),
    beyond: loadOf([...beyond, ...costly.filter((question) => !candidates.some(({ serves }) => serves.includes(question)))]),
  }
}

/** Those that a rollup may help, those that none can, and those that a declared one answered. */
function sorted(context: PlanContext, logged: readonly LoggedShape[], measures: ReadonlyMap<string, KnownMeasure>, declared: readonly RollupTable[]): readonly [readonly Question[], readonly LoggedShape[], readonly LoggedShape[]] {
  const [questions, beyond, served]: [Question[], LoggedShape[], LoggedShape[]] = [[], [], []]
  for (const one of logged) {
    const measure = measures.get(one.shape.measure)
    if (one.rollup !== null) served.push(one)
    else if (measure === undefined || one.shape.needsTable || !stillReaches(context, one.shape)) beyond.push(one)
    else {
      const answering = rollupForShape({ ...context, rollups: declared }, one.shape, measure.example)
      const rows = tableRows(context, one)
      questions.push({ ...one, measure, tableRows: rows, rowsNow: answering?.rows ?? rows })
    }
  }
  return [questions, beyond, served]
}

/** The model may have changed since it was asked. */
function stillReaches({ model }: PlanContext, { semanticModel, tested, by, entities }: ReadShape): boolean {
  const dimensions = [...tested, ...by.flatMap((key) => (key.kind === 'entity' ? [] : (key.dimension ?? [])))]
  const keys = [...entities, ...by.flatMap((key) => (key.kind === 'entity' ? key.entity : []))]
  return dimensions.every((name) => findJoinPath(model, semanticModel, name).kind === 'path') && keys.every((name) => findEntityPath(model, semanticModel, name).kind === 'path')
}

function tableRows({ facts }: PlanContext, { shape, rows, reads }: LoggedShape): number {
  return facts.rows(shape.semanticModel) ?? (rows === null ? Infinity : rows / reads)
}

/** Null for a rollup that serves nothing. */
function candidateFor(context: PlanContext, rollup: Rollup, questions: readonly Question[]): Candidate | null {
  const { shape, measures } = shapeOfRollup(context, rollup)
  if (shape === null) return null
  const serves = servedBy(context, { rollup, shape, measures }, questions)
  return serves.length === 0 ? null : { rollup, shape, measures, bytesARow: rowBytes(context, shape), rows: estimatedRows(context, shape), counted: false, serves }
}

function servedBy(context: PlanContext, { rollup, shape, measures }: Pick<Candidate, 'rollup' | 'shape' | 'measures'>, questions: readonly Question[]): readonly Question[] {
  const alone = { ...context, rollups: [{ shape, measures, table: rollup.name, rows: 0 }] }
  return questions.filter((question) => question.shape.semanticModel === rollup.semanticModel && rollupForShape(alone, question.shape, question.measure.example) !== null)
}

type Reading = ReadonlyMap<Question, number>

async function chooseAll(deps: SuggestDeps, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const left = new Set(candidates)
  const chosen: Candidate[] = []
  let reading: Reading = new Map()
  let bytesLeft = deps.budgetBytes
  const leastMs = LEAST_SHARE_OF_ALL * loadOf([...new Set(candidates.flatMap(({ serves }) => serves))]).ms
  for (;;) {
    const best = bestOf(left, reading, bytesLeft, leastMs)
    if (best === null) return chosen
    if (!best.counted) {
      // It was the best by an estimate: counted, it may not be.
      const { context } = deps
      const { semanticModel } = best.rollup
      const rows = await deps.count(semanticModelOf(context.model, semanticModel).source, countQuery(context, best.shape, best.measures), context.facts.rows(semanticModel))
      best.counted = rows !== null
      if (rows !== null && rows !== best.rows) {
        best.rows = rows
        continue
      }
    }
    left.delete(best)
    chosen.push(best)
    bytesLeft -= bytesOf(best)
    reading = new Map([...reading, ...best.serves.map((question) => [question, Math.min(best.rows, reading.get(question) ?? Infinity)] as const)])
  }
}

function bestOf(candidates: ReadonlySet<Candidate>, reading: Reading, bytesLeft: number, leastMs: number): Candidate | null {
  let best: { readonly candidate: Candidate; readonly worth: number } | null = null
  for (const candidate of candidates) {
    if (bytesOf(candidate) > bytesLeft) continue
    const saved = candidate.serves.map((question) => savedNow(question, candidate.rows, reading))
    const savedMs = saved.reduce((sum, ms) => sum + ms, 0)
    if (savedMs < leastMs || !candidate.serves.some(({ ms }, index) => (saved[index] ?? 0) >= LEAST_SHARE_SAVED * ms)) continue
    const worth = savedMs / bytesOf(candidate)
    if (worth > (best?.worth ?? 0)) best = { candidate, worth }
  }
  return best?.candidate ?? null
}

/** Milliseconds of a question that a rollup of so many rows would save beyond those that were chosen. */
function savedNow(question: Question, rows: number, reading: Reading): number {
  const chosen = reading.get(question) ?? Infinity
  return savedOf(question, Math.min(rows, chosen)) - savedOf(question, chosen)
}

/** Milliseconds of a question that reading so many rows in place of what is read now would save. */
function savedOf({ ms, rowsNow, tableRows: all }: Question, rows: number): number {
  if (rows >= rowsNow) return 0
  // Where nobody knows how large the table is, it is taken for much larger.
  return all === Infinity ? ms : (ms * (rowsNow - rows)) / all
}

/** What was chosen early may be done without once a larger one is there. */
function withoutNeedless(chosen: readonly Candidate[]): readonly Candidate[] {
  const totalOf = (some: readonly Candidate[]): number => {
    const reading = new Map<Question, number>()
    for (const { rows, serves } of some) for (const question of serves) reading.set(question, Math.min(rows, reading.get(question) ?? Infinity))
    return [...reading].reduce((sum, [question, rows]) => sum + savedOf(question, rows), 0)
  }
  const least = (1 - MOST_SHARE_MISSED) * totalOf(chosen)
  return chosen.reduce((kept, candidate) => {
    const others = kept.filter((one) => one !== candidate)
    return totalOf(others) >= least ? others : kept
  }, chosen)
}

function suggestionFor(context: PlanContext, logged: readonly LoggedShape[], candidate: Candidate, names: Set<string>): SuggestedRollup {
  const { rollup, rows, counted, serves } = candidate
  return {
    rollup: { ...rollup, name: freeName(rollup.name, names) },
    source: semanticModelOf(context.model, rollup.semanticModel).source,
    rows,
    counted,
    bytes: bytesOf(candidate),
    buildMs: buildMs(context, logged, rollup.semanticModel),
    serves: loadOf(serves),
    savedMs: serves.reduce((sum, question) => sum + savedOf(question, rows), 0),
    savedRows: serves.reduce((sum, { reads, rowsNow }) => sum + (Number.isFinite(rowsNow) ? reads * Math.max(0, rowsNow - rows) : 0), 0),
  }
}

function freeName(name: string, names: Set<string>): string {
  let free = name
  for (let count = 2; names.has(free); count++) free = `${name}_${count}`
  names.add(free)
  return free
}

function buildMs({ facts }: PlanContext, logged: readonly LoggedShape[], semanticModel: string): number | null {
  const rows = facts.rows(semanticModel)
  const measured = logged.filter(({ shape, rollup, rows: read }) => shape.semanticModel === semanticModel && rollup === null && read !== null)
  const read = measured.reduce((sum, one) => sum + (one.rows ?? 0), 0)
  return rows === null || read === 0 ? null : (rows * loadOf(measured).ms) / read
}

function bytesOf({ rows, bytesARow }: Candidate): number {
  return Math.ceil(rows) * bytesARow
}

function loadOf(some: readonly ReadLoad[]): ReadLoad {
  return { reads: some.reduce((sum, { reads }) => sum + reads, 0), ms: some.reduce((sum, { ms }) => sum + ms, 0) }
}
