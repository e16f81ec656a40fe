import { stableText } from '../../base/stable-hash.ts'
import { integer, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, SqlType } from '../../sql/tree.ts'
import { named, withNamed } from '../carried.ts'
import type { NamedQuery } from '../carried.ts'
import { MOST_STRETCHES } from '../axis.ts'
import { groupKeyId } from '../group-keys.ts'
import type { PlannedKey } from '../group-keys.ts'
import { dayAxisOf } from './movement-axis.ts'
import { FlowFold } from './movement-flow-fold.ts'
import { flowsOf, movesOf, nested } from './movement-flows.ts'
import { FOLLOWED_COLUMNS, followedOf, statesOf } from './movement-followed.ts'
import type { FollowedPair } from './movement-followed.ts'
import { FollowedFold } from './movement-followed-fold.ts'
import { followedEdges, historyOf, keyColumn } from './movement-history.ts'
import type { History, StockMeasure, StockRead } from './movement-history.ts'
import { partValue } from '../parts.ts'
import type { FollowedMeasure, MovementMeasure, Part, Read, ReadResult } from '../read.ts'
import type { PlanContext } from '../rows.ts'
import type { Scan, ScanColumn, ScanValue } from '../scan.ts'

/** Slices side by side in one pass over the changes; more take another pass, so that rows stay of a bounded width. */
const SLICES_A_PASS = 32

/** One slice of one grouping in the statement, and what its rows become. */
interface Branch {
  readonly kind: 'movement' | 'followed'
  readonly keys: readonly PlannedKey[]
  readonly parts: { readonly columns: readonly OutputColumn[]; readonly from: From; readonly where: Expr }
  take(values: readonly (string | number | boolean | null)[], bucket: ScanValue, kind: ScanValue, parts: readonly Part[]): void
}

type KeyValue = string | number | boolean | null

const NULLS = { text: 'text', integer: 'integer', boolean: 'boolean', date: 'date', timestamp: 'timestamp', number: 'decimal', seconds: 'integer', id: 'integer' } as const satisfies Record<ScanColumn, SqlType>

/**
 * All that is asked of one stock in one statement: its rows are read once, kept as changes, and netted per entity and day; every
 * slice and grouping adds a branch whose result is a few rows a bucket.
 *
 * @param counted see `historyOf`.
 */
export function movementScan(context: PlanContext, reads: readonly Read<StockMeasure>[], counted: string | null = null): Scan {
  const [first] = reads
  if (first === undefined) throw new TypeError('A scan needs at least one read.')
  const history = historyOf(context, reads, counted)
  const branches: Branch[] = []
  const passes = flowPassesOf(history, reads.filter(isMovement))
  const followed = reads.filter(isFollowed)
  const isInPlace = history.isInPlace && passes.length === 1 && followed.length === 0
  const tables: NamedQuery[] = isInPlace ? [] : [history.held]
  const held = isInPlace ? nested(history.held.query, history.held.name) : named(history.held.name)
  const flowFolds = planFlows(context, passes, history, held, tables, branches)
  const followedFolds = planFollowed(context, followed, history, tables, branches)

  const keys = [...new Map(branches.flatMap((branch) => branch.keys.map((key) => [key.id, key] as const))).values()]
  const wide = branches.some(({ kind }) => kind === 'followed')
  const amounts = wide ? FOLLOWED_COLUMNS.length : 2
  const query = withNamed(tables, { kind: 'union_all', parts: branches.map((branch, index) => select({ ...branch.parts, columns: columnsOf(branch, index, keys, amounts) })) })
  const before = 3 + keys.length
  return {
    semanticModel: first.measure.semanticModel,
    form: 'movement',
    why: `${reads.length} questions of one stock share its changes, netted per ${first.measure.entity} and day`,
    query,
    columns: ['id', 'seconds', 'id', ...keys.map(({ kind }) => kind), ...Array.from({ length: amounts }, () => 'number' as const)],
    reads,
    fold: (columns, rowCount) => {
      for (let row = 0; row < rowCount; row++) {
        const at = (position: number): ScanValue => columns[position]?.[row] ?? null
        const branch = branches[Number(at(0))]
        if (branch === undefined) throw new TypeError('A row belongs to no question.')
        const values = branch.keys.map((key): KeyValue => key.decode(at(3 + keys.findIndex(({ id }) => id === key.id))))
        branch.take(values, at(1), at(2), Array.from({ length: amounts }, (_, index) => partValue(at(before + index))))
      }
      return reads.map((read): ReadResult => (flowFolds.get(read) ?? followedFolds.get(read))?.resultOf(read) ?? { groups: [] })
    },
  }
}

interface Folded {
  resultOf(read: StockRead): ReadResult
}

const isMovement = (read: StockRead): read is Read<MovementMeasure> => read.measure.kind === 'movement'
const isFollowed = (read: StockRead): read is Read<FollowedMeasure> => read.measure.kind === 'followed'

/** Movements that are worked out side by side: of one grouping, and of so many slices. */
interface FlowPass {
  readonly reads: readonly Read<MovementMeasure>[]
  readonly slices: readonly SlicePass[]
}

function flowPassesOf(history: History, reads: readonly Read<MovementMeasure>[]): readonly FlowPass[] {
  return groupBy(reads, ({ by, measure }) => stableText([by, measure.only])).flatMap((group) => passesOf(history, group).map((slices) => ({ reads: group, slices })))
}

function planFlows(context: PlanContext, passes: readonly FlowPass[], history: History, held: From, tables: NamedQuery[], branches: Branch[]): Map<StockRead, Folded> {
  const folds = new Map<StockRead, Folded>()
  if (passes.length === 0) return folds
  const axis = dayAxisOf(passes.flatMap(({ reads }) => reads), context.calendar)
  for (const { reads, slices } of passes) {
    const keys = history.keysOf(reads[0] as StockRead)
    const only = reads[0]?.measure.only ?? null
    const name = `moves_${tables.length}`
    const { before, query } = movesOf(history, slices.map(({ slice }) => slice), keys, held, name)
    tables.push(...before)
    // What one slice alone reads is not kept.
    const isShared = slices.length > 1
    if (isShared) tables.push({ name, query })
    const moves = isShared ? named(name, 'flows') : nested(query, 'flows')
    for (const { slice, reads: sharing } of slices) {
      const fold = new FlowFold(axis)
      sharing.forEach((read) => folds.set(read, fold))
      branches.push({ kind: 'movement', keys, parts: flowsOf(moves, axis, slice, keys, only), take: (values, bucket, kind, [amount = null, entities = null]) => fold.add(values, bucket, Number(kind), amount, entities) })
    }
  }
  return folds
}

function planFollowed(context: PlanContext, reads: readonly Read<FollowedMeasure>[], history: History, tables: NamedQuery[], branches: Branch[]): Map<StockRead, Folded> {
  const folds = new Map<StockRead, Folded>()
  for (const group of groupBy(reads, ({ by, measure }) => stableText([by, measure.window, measure.apart]))) {
    const keys = history.keysOf(group[0] as StockRead)
    const pairs = pairsOf(context, group)
    const { apart } = (group[0] as Read<FollowedMeasure>).measure
    const apartKey = apart === null ? null : (keys.find(({ id }) => id === groupKeyId({ kind: 'dimension', dimension: apart })) ?? null)
    for (const pass of passesOf(history, group)) {
      const slices = pass.map(({ slice }) => slice)
      const foldOf = new Map(pass.map(({ slice, reads: sharing }) => {
        const fold = new FollowedFold((read) => read.buckets.map((_, index) => pairs.positionOf(followedEdges(context, read, index, (read as Read<FollowedMeasure>).measure.window))))
        sharing.forEach((read) => folds.set(read, fold))
        return [slice, fold] as const
      }))
      pairs.chunks.forEach((chunk, chunkIndex) => {
        const name = `states_${tables.length}`
        tables.push({ name, query: statesOf(history, chunk, slices, keys, apartKey) })
        for (const [slice, fold] of foldOf) {
          branches.push({ kind: 'followed', keys, parts: followedOf(name, slice, keys), take: (values, pair, _, parts) => fold.add(values, chunkIndex, Number(pair), parts) })
        }
      })
    }
  }
  return folds
}

/** The different windows of some reads, in order, in lists short enough to be spelled out. */
function pairsOf(context: PlanContext, reads: readonly Read<FollowedMeasure>[]): { readonly chunks: readonly (readonly FollowedPair[])[]; positionOf(pair: FollowedPair): readonly [chunk: number, pair: number] } {
  const idOf = ({ start, end }: FollowedPair): string => `${start.localMs}|${end.localMs}`
  const found = new Map<string, FollowedPair>()
  for (const read of reads) for (const index of read.buckets.keys()) {
    const pair = followedEdges(context, read, index, read.measure.window)
    found.set(idOf(pair), pair)
  }
  const sorted = [...found.values()].toSorted((a, b) => a.end.localMs - b.end.localMs || a.start.localMs - b.start.localMs)
  const position = new Map(sorted.map((pair, index) => [idOf(pair), [Math.floor(index / MOST_STRETCHES), index % MOST_STRETCHES] as const]))
  const chunks = Array.from({ length: Math.ceil(sorted.length / MOST_STRETCHES) }, (_, index) => sorted.slice(index * MOST_STRETCHES, (index + 1) * MOST_STRETCHES))
  return { chunks, positionOf: (pair) => position.get(idOf(pair)) ?? [0, 0] }
}

interface SlicePass {
  readonly slice: number
  readonly reads: readonly StockRead[]
}

/** The slices of some reads, so many at a time. */
function passesOf(history: History, reads: readonly StockRead[]): readonly (readonly SlicePass[])[] {
  const slices = groupBy(reads, ({ predicate }) => String(history.numberOf(predicate))).map((sharing) => ({ slice: history.numberOf((sharing[0] as StockRead).predicate), reads: sharing }))
  return Array.from({ length: Math.ceil(slices.length / SLICES_A_PASS) }, (_, index) => slices.slice(index * SLICES_A_PASS, (index + 1) * SLICES_A_PASS))
}

/** Branches have columns of one order and one type: what a branch does not have is null, or 0 among the amounts. */
function columnsOf(branch: Branch, index: number, keys: readonly PlannedKey[], amounts: number): readonly OutputColumn[] {
  const own = new Map(branch.parts.columns.map(({ as, expr }) => [as, expr]))
  const values = branch.kind === 'movement' ? ['amount', 'entities'] : FOLLOWED_COLUMNS
  return [
    { expr: integer(index), as: 'branch' },
    { expr: own.get(branch.kind === 'movement' ? 'bucket' : 'pair') ?? integer(0), as: 'bucket' },
    { expr: own.get('class') ?? integer(0), as: 'class' },
    ...keys.map((key) => ({ expr: own.get(keyColumn(key)) ?? ({ kind: 'cast', of: { kind: 'null' }, to: NULLS[key.kind] } as const), as: keyColumn(key) })),
    ...Array.from({ length: amounts }, (_, position) => ({ expr: own.get(values[position] ?? '') ?? integer(0), as: `value_${position + 1}` })),
  ]
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}
