import type { Grain } from '../../src/base/grain.ts'
import type { Formula } from '../../src/model/formula.ts'
import type { Predicate } from '../../src/model/predicate.ts'
import type { CumulativeMetric, Metric, MetricInput, Model, ModelDimension, SemanticModel, SimpleMetric } from '../../src/model/types.ts'
import type { GroupKey } from '../../src/plan/ask.ts'
import { aggregate } from './aggregate.ts'
import { fractionOf, minus, over, plus, times, whole } from './amount.ts'
import type { Amount } from './amount.ts'
import { clockMs, earlier, instantOf, isCut, labelOf, localMsOf, offsetMsAt, walkBuckets, walkedPeriod } from './calendar.ts'
import type { WalkedBucket, WalkedPeriod } from './calendar.ts'
import { belongs } from './row-test.ts'
import type { Cell, CellOf, Row } from './row-test.ts'

/**
 * What the gateway has to answer, by plain loops over the rows. It reads the loaded model's data, and shares no code with the
 * planner, the SQL, or the gateway's time. Expressions of the model are plain column names here.
 */

export interface OracleAsk {
  readonly metric: string
  readonly predicate: Predicate
  readonly zone: string
  /** Local ISO date or datetime. */
  readonly start: string
  readonly end: string
  readonly grain: Grain | null
  readonly by: readonly GroupKey[]
}

export interface OracleCell {
  readonly amount: Amount | null
  readonly reason: string | null
  readonly partial: boolean
}

export interface OracleGroup {
  readonly values: readonly Cell[]
  readonly cells: readonly OracleCell[]
}

export interface OracleAnswer {
  readonly buckets: readonly WalkedBucket[]
  readonly groups: readonly OracleGroup[]
  readonly unavailable: boolean
}

export interface OracleData {
  readonly model: Model
  /** By table name. */
  readonly tables: ReadonlyMap<string, readonly Row[]>
  readonly nowUtcMs: number
  /** By table name; up to when its data is complete. */
  readonly watermarkUtcMs?: ReadonlyMap<string, number>
}

interface Leaf {
  readonly period: WalkedPeriod
  readonly grain: Grain | null
  readonly buckets: readonly WalkedBucket[]
  readonly predicate: Predicate
  readonly by: readonly GroupKey[]
}

interface Node {
  readonly groups: ReadonlyMap<string, readonly Cell[]>
  at(group: string): readonly OracleCell[]
}

const COARSER: readonly Grain[] = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']

interface Moment {
  /** Null for dates, which have none. */
  readonly utcMs: number | null
  readonly localMs: number
}

class Unreachable extends Error {}

const ZERO_WHEN_EMPTY = new Set(['count', 'count_distinct', 'approx_count_distinct', 'sum_boolean'])
const DAY_MS = 86_400_000

export class Oracle {
  readonly #data: OracleData
  readonly #keys = new Map<string, Map<Cell, Row>>()
  readonly #firsts = new Map<string, number | null>()

  constructor(data: OracleData) {
    this.#data = data
  }

  answer(ask: OracleAsk): OracleAnswer {
    const period = walkedPeriod(ask.zone, ask.start, ask.end)
    const buckets = walkBuckets(period, ask.grain, this.#data.model.calendar)
    try {
      const node = this.#metric(ask.metric, { period, grain: ask.grain, buckets, predicate: ask.predicate, by: ask.by })
      const groups = ask.by.length === 0 ? [[JSON.stringify([]), []] as const] : [...node.groups]
      return { buckets, groups: groups.map(([id, values]) => ({ values, cells: node.at(id) })), unavailable: false }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      return { buckets, groups: [], unavailable: true }
    }
  }

  #metric(name: string, leaf: Leaf): Node {
    const metric = this.#data.model.metrics.get(name)
    const [definition] = metric?.implementations ?? []
    if (metric === undefined || definition === undefined) throw new Error(`No metric ${name}.`)
    const node = ((): Node => {
      switch (definition.type) {
        case 'movement':
        case 'active':
        case 'conversion':
        case 'retention':
        case 'funnel':
          throw new Error(`The oracle does not know ${definition.type} metrics.`)
        case 'simple':
          return this.#simple(definition, leaf)
        case 'ratio':
          return joined([this.#input(definition.numerator, leaf), this.#input(definition.denominator, leaf)], ([top, bottom]) => ratio(metric, top, bottom))
        case 'derived': {
          const inputs = definition.inputs.map((input) => this.#input(input, leaf))
          return joined(inputs, (cells) => formula(definition.formula, new Map(definition.inputs.map(({ alias }, index) => [alias, cells[index] as OracleCell]))))
        }
        case 'cumulative':
          return this.#cumulative(definition, leaf)
      }
    })()
    if (metric.fillNullsWith === null) return node
    const fill = fractionOf(String(metric.fillNullsWith))
    return { groups: node.groups, at: (id) => node.at(id).map((cell) => (cell.reason === 'NO_ROWS' ? { ...cell, amount: fill, reason: null } : cell)) }
  }

  #input(input: MetricInput, leaf: Leaf): Node {
    const narrowed: Leaf = { ...leaf, predicate: { kind: 'and', of: [leaf.predicate, input.filter] } }
    const offset = input.offsetWindow
    if (input.offsetToGrain !== null) throw new Error('The oracle knows no offset to a grain.')
    if (offset === null) return this.#metric(input.metric, narrowed)
    // A whole bucket is looked up as the one of its grain in which its first day lies that long before; any other as a period of its own.
    const { calendar } = this.#data.model
    return this.#windows(leaf, (bucket) => {
      const { grain, period: { zone } } = leaf
      const back = (localMs: number): number => earlier(localMs, offset.count, offset.unit)
      const [start, end] = [back(bucket.startLocalMs), back(bucket.endLocalMs)]
      const isLooked = grain !== null && COARSER.indexOf(grain) <= COARSER.indexOf(offset.unit) && !isCut(bucket, grain, calendar)
      return this.#metric(input.metric, { ...narrowed, ...(isLooked ? this.#calendarBucket(zone, start, grain) : this.#wholePeriod(zone, start, end)) })
    })
  }

  /** The day, week, month … that a local time lies in. */
  #calendarBucket(zone: string, localMs: number, grain: Grain): Pick<Leaf, 'period' | 'grain' | 'buckets'> {
    const { calendar } = this.#data.model
    const label = labelOf(localMs, 0, grain, calendar)
    let end = clockMs(label)
    while (labelOf(end, 0, grain, calendar) === label) end += DAY_MS
    return this.#wholePeriod(zone, clockMs(label), end)
  }

  #cumulative(definition: CumulativeMetric, leaf: Leaf): Node {
    const { calendar } = this.#data.model
    return this.#windows(leaf, (bucket) => {
      const { zone, endLocalMs, startUtcMs } = bucket
      const toDate = definition.grainToDate
      const start =
        toDate !== null
          ? clockMs(labelOf(endLocalMs - 1, 0, toDate, calendar))
          : definition.window !== null
            ? earlier(endLocalMs, definition.window.count, definition.window.unit)
            : Date.UTC(1990, 0, 1)
      const node = this.#input(definition.input, { ...leaf, ...this.#wholePeriod(zone, start, endLocalMs, bucket.endUtcMs) })
      if (startUtcMs < this.#data.nowUtcMs) return node
      return { groups: node.groups, at: () => [{ amount: null, reason: 'AFTER_WATERMARK', partial: true }] }
    })
  }

  /** One question a bucket. */
  #windows(leaf: Leaf, nodeOf: (bucket: WalkedBucket) => Node): Node {
    const nodes = leaf.buckets.map(nodeOf)
    return {
      groups: new Map(nodes.flatMap(({ groups }) => [...groups])),
      at: (id) => nodes.flatMap((node) => node.at(id)),
    }
  }

  #wholePeriod(zone: string, startLocalMs: number, endLocalMs: number, endUtcMs = instantOf(zone, endLocalMs)): Pick<Leaf, 'period' | 'grain' | 'buckets'> {
    const period: WalkedPeriod = { zone, startLocalMs, endLocalMs, startUtcMs: instantOf(zone, startLocalMs), endUtcMs }
    return { period, grain: null, buckets: [{ ...period, label: 'all' }] }
  }

  #simple(definition: SimpleMetric, leaf: Leaf): Node {
    const { model } = this.#data
    const semanticModel = model.semanticModels.get(definition.semanticModel)
    if (semanticModel === undefined) throw new Error(`No semantic model ${definition.semanticModel}.`)
    const isFloat = this.#isFloat(semanticModel, definition.expr)
    const predicate: Predicate = { kind: 'and', of: [leaf.predicate, definition.filter] }
    const rows = this.#rows(semanticModel)
    const zone = leaf.period.zone
    // A dimension out of reach is told even where no row would show it.
    this.#checkReach(semanticModel, predicate, leaf.by)
    const kept = rows.filter((row) => belongs(predicate, this.#cellOf(semanticModel, row, zone)))
    const groupsOf = new Map<string, { values: readonly Cell[]; rows: Row[] }>()
    if (leaf.by.length === 0) groupsOf.set('[]', { values: [], rows: [] })
    for (const row of kept) {
      const values = leaf.by.map((key) => this.#keyOf(semanticModel, definition, row, key, zone))
      const id = JSON.stringify(values)
      const group = groupsOf.get(id) ?? { values, rows: [] }
      group.rows.push(row)
      groupsOf.set(id, group)
    }
    const select = this.#selector(semanticModel, definition, rows, leaf)
    const coverage = leaf.buckets.map((bucket) => {
      const found = this.#coverage(semanticModel, definition, bucket)
      return { ...found, partial: found.partial || (leaf.grain !== null && isCut(bucket, leaf.grain, model.calendar)) }
    })
    const cells = new Map<string, readonly OracleCell[]>()
    const groups = new Map<string, readonly Cell[]>()
    const cellsOf = (found: readonly Row[]): readonly OracleCell[] => {
      const chosen = select(found)
      return leaf.buckets.map((_, index) => {
        const { reason, partial } = coverage[index] as { reason: string | null; partial: boolean }
        if (reason !== null) return { amount: null, reason, partial }
        const amount = definition.asOf === 'average' ? meanOf(definition, chosen[index] ?? [], isFloat) : aggregated(definition, chosen[index]?.[0] ?? [], isFloat)
        return { amount, reason: amount === null ? 'NO_ROWS' : null, partial }
      })
    }
    for (const [id, group] of groupsOf) {
      if (leaf.by.length > 0 && select(group.rows).every((days) => days.every((day) => counted(definition, day).length === 0))) continue
      groups.set(id, group.values)
      cells.set(id, cellsOf(group.rows))
    }
    const empty = cellsOf([])
    return { groups, at: (id) => cells.get(id) ?? empty }
  }

  /** For each bucket the rows that count in it: one list, or for an average one list a day. */
  #selector(semanticModel: SemanticModel, definition: SimpleMetric, all: readonly Row[], leaf: Leaf): (rows: readonly Row[]) => readonly (readonly (readonly Row[])[])[] {
    const { zone } = leaf.period
    if (definition.asOf !== null) {
      return (rows) => leaf.buckets.map((bucket) => this.#edges(definition, bucket, leaf).map((edge) => rows.filter((row) => this.#holds(semanticModel, row, edge, zone))))
    }
    const time = dimensionOf(semanticModel, definition.timeDimension ?? semanticModel.aggTimeDimension ?? '')
    const position = new Map(leaf.buckets.map(({ label }, index) => [label, index]))
    const places = new Map<Row, number>()
    for (const row of all) {
      const index = this.#place(time, row, leaf, position, definition.nonAdditive === null)
      if (index !== null) places.set(row, index)
    }
    const { nonAdditive } = definition
    const edgeOf = new Map<string, Cell>()
    const groupingOf = (row: Row): string =>
      JSON.stringify([places.get(row), ...(nonAdditive?.groupings ?? []).map((entity) => row[semanticModel.entities.find((link) => link.entity === entity)?.expr ?? ''] ?? null)])
    const at = nonAdditive === null ? null : dimensionOf(semanticModel, nonAdditive.dimension).expr
    if (nonAdditive !== null && at !== null) {
      for (const row of places.keys()) {
        const cell = row[at] ?? null
        if (cell === null) continue
        const known = edgeOf.get(groupingOf(row))
        if (known === undefined || known === null || (nonAdditive.choice === 'max' ? cell > known : cell < known)) edgeOf.set(groupingOf(row), cell)
      }
    }
    return (rows) => {
      const lists: Row[][] = leaf.buckets.map(() => [])
      for (const row of rows) {
        const index = places.get(row)
        if (index === undefined) continue
        if (at !== null && (row[at] === null || row[at] !== edgeOf.get(groupingOf(row)))) continue
        lists[index]?.push(row)
      }
      return lists.map((list) => [list])
    }
  }

  #place(time: ModelDimension, row: Row, { period, grain }: Leaf, position: ReadonlyMap<string, number>, happens: boolean): number | null {
    const moment = this.#moment(time, row[time.expr] ?? null, period.zone)
    if (moment === null) return null
    const { utcMs, localMs } = moment
    const inside = utcMs === null ? localMs >= period.startLocalMs && localMs < period.endLocalMs : utcMs >= period.startUtcMs && utcMs < period.endUtcMs
    if (!inside) return null
    const { nowUtcMs } = this.#data
    // What is dated ahead has not happened.
    if (happens && (utcMs === null ? localMs > localMsOf(period.zone, nowUtcMs) : utcMs >= nowUtcMs)) return null
    if (grain === null) return 0
    return position.get(labelOf(localMs, utcMs === null ? 0 : localMs - utcMs, grain, this.#data.model.calendar)) ?? null
  }

  /** The moments at which a stock is taken for one bucket. */
  #edges(definition: SimpleMetric, bucket: WalkedBucket, leaf: Leaf): readonly { utcMs: number; localMs: number }[] {
    const { nowUtcMs } = this.#data
    const end = ({ endUtcMs, endLocalMs, zone }: WalkedBucket): { utcMs: number; localMs: number } =>
      endUtcMs > nowUtcMs ? { utcMs: nowUtcMs, localMs: localMsOf(zone, nowUtcMs) } : { utcMs: endUtcMs, localMs: endLocalMs }
    if (bucket.startUtcMs >= nowUtcMs) return []
    if (definition.asOf === 'period_start') return [{ utcMs: bucket.startUtcMs, localMs: bucket.startLocalMs }]
    if (definition.asOf === 'period_end') return [end(bucket)]
    return walkBuckets(leaf.period, 'day', this.#data.model.calendar)
      .filter(({ startUtcMs }) => startUtcMs >= bucket.startUtcMs && startUtcMs < bucket.endUtcMs && startUtcMs < nowUtcMs)
      .map(end)
  }

  /** Just before an edge: begun before it, and not ended before it. */
  #holds({ validity, dimensions }: SemanticModel, row: Row, edge: { utcMs: number; localMs: number }, zone: string): boolean {
    if (validity === null) return false
    const before = (name: string, isEnd: boolean): boolean | null => {
      const dimension = dimensions.find(({ publicName }) => publicName === name)
      const moment = dimension === undefined ? null : this.#moment(dimension, row[dimension.expr] ?? null, zone)
      if (moment === null) return null
      const inclusive = isEnd && validity.endInclusive && moment.utcMs === null ? DAY_MS : 0
      return moment.utcMs === null ? moment.localMs + inclusive < edge.localMs : moment.utcMs < edge.utcMs
    }
    if (before(validity.start, false) !== true) return false
    return validity.end === null || before(validity.end, true) !== true
  }

  #coverage(semanticModel: SemanticModel, definition: SimpleMetric, bucket: WalkedBucket): { reason: string | null; partial: boolean } {
    const table = 'table' in semanticModel.relation ? semanticModel.relation.table : ''
    const complete = Math.min(this.#data.nowUtcMs, this.#data.watermarkUtcMs?.get(table) ?? Number.POSITIVE_INFINITY)
    const partial = bucket.endUtcMs > complete - semanticModel.lateArrivalMs
    if (bucket.startUtcMs >= complete) return { reason: 'AFTER_WATERMARK', partial }
    const name = definition.asOf === null ? (definition.timeDimension ?? semanticModel.aggTimeDimension) : (semanticModel.validity?.start ?? null)
    const time = dimensionOf(semanticModel, name ?? '')
    const first = this.#first(semanticModel, time)
    if (first !== null && (time.kind === 'date' ? bucket.endLocalMs : bucket.endUtcMs) <= first) return { reason: 'BEFORE_FIRST_DATA', partial }
    const cuts = time.granularity === 'month' && [bucket.startLocalMs, bucket.endLocalMs].some((ms) => new Date(ms).getUTCDate() !== 1 || ms % DAY_MS !== 0)
    return { reason: definition.asOf === null && cuts ? 'PERIOD_CUTS_FACTS' : null, partial }
  }

  #first(semanticModel: SemanticModel, time: ModelDimension): number | null {
    const key = `${semanticModel.name}|${time.expr}`
    if (!this.#firsts.has(key)) {
      let first: number | null = null
      for (const row of this.#rows(semanticModel)) {
        const moment = this.#moment(time, row[time.expr] ?? null, 'UTC')
        const ms = moment === null ? null : (moment.utcMs ?? moment.localMs)
        if (ms !== null && (first === null || ms < first)) first = ms
      }
      this.#firsts.set(key, first)
    }
    return this.#firsts.get(key) ?? null
  }

  #rows(semanticModel: SemanticModel): readonly Row[] {
    const { relation } = semanticModel
    return ('table' in relation ? this.#data.tables.get(relation.table) : undefined) ?? []
  }

  #isFloat(semanticModel: SemanticModel, expr: string | null): boolean {
    return semanticModel.dimensions.some((dimension) => dimension.expr === expr && dimension.kind === 'float')
  }

  #moment(dimension: ModelDimension, cell: Cell, zone: string): Moment | null {
    if (cell === null) return null
    const ms = clockMs(String(cell))
    if (dimension.kind === 'date') return { utcMs: null, localMs: ms }
    const utcMs = dimension.timezone === null ? ms : instantOf(dimension.timezone, ms)
    return { utcMs, localMs: utcMs + offsetMsAt(zone, utcMs) }
  }

  /** Finds the row and dimension behind a name: the table's own, or that of the row its key leads to. */
  #reach(semanticModel: SemanticModel, name: string, row: Row | null): { dimension: ModelDimension; cell: Cell } | null {
    const own = semanticModel.dimensions.find(({ publicName }) => publicName === name)
    if (own) return { dimension: own, cell: row?.[own.expr] ?? null }
    for (const link of semanticModel.entities) {
      if (link.type !== 'foreign') continue
      for (const other of this.#data.model.semanticModels.values()) {
        const primary = other.entities.find(({ entity, type }) => entity === link.entity && type === 'primary')
        if (primary === undefined) continue
        const key = row?.[link.expr] ?? null
        const found = this.#reach(other, name, key === null ? null : (this.#byKey(other, primary.expr).get(key) ?? null))
        if (found) return found
      }
    }
    return null
  }

  #byKey(semanticModel: SemanticModel, column: string): Map<Cell, Row> {
    const known = this.#keys.get(semanticModel.name)
    if (known) return known
    const made = new Map(this.#rows(semanticModel).map((row) => [row[column] ?? null, row]))
    this.#keys.set(semanticModel.name, made)
    return made
  }

  #cellOf(semanticModel: SemanticModel, row: Row, zone: string): CellOf {
    return (name) => {
      const found = this.#reach(semanticModel, name, row)
      if (found === null) throw new Unreachable(name)
      const { dimension, cell } = found
      return { cell, kind: dimension.kind, utcMs: dimension.kind === 'timestamp' ? (this.#moment(dimension, cell, zone)?.utcMs ?? null) : null }
    }
  }

  #checkReach(semanticModel: SemanticModel, predicate: Predicate, by: readonly GroupKey[]): void {
    const visit = (node: Predicate): void => {
      if (node.kind === 'atom' && this.#reach(semanticModel, node.dimension, null) === null) throw new Unreachable(node.dimension)
      if (node.kind === 'not') visit(node.of)
      if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit)
    }
    visit(predicate)
    for (const { dimension } of by) if (dimension !== null && this.#reach(semanticModel, dimension, null) === null) throw new Unreachable(dimension)
  }

  #keyOf(semanticModel: SemanticModel, definition: SimpleMetric, row: Row, key: GroupKey, zone: string): Cell {
    const name = key.dimension ?? definition.timeDimension ?? semanticModel.aggTimeDimension ?? ''
    const found = this.#reach(semanticModel, name, row)
    if (found === null) throw new Unreachable(name)
    if (key.kind === 'dimension') return found.dimension.kind === 'decimal' && found.cell !== null ? Number(found.cell) : found.cell
    const moment = this.#moment(found.dimension, found.cell, zone)
    if (moment === null) return null
    if (key.kind === 'time') return labelOf(moment.localMs, 0, key.grain, this.#data.model.calendar)
    const date = new Date(moment.localMs)
    switch (key.part) {
      case 'hour_of_day':
        return date.getUTCHours()
      case 'day_of_week':
        return date.getUTCDay() === 0 ? 7 : date.getUTCDay()
      case 'day_of_month':
        return date.getUTCDate()
      case 'month_of_year':
        return date.getUTCMonth() + 1
      case 'quarter_of_year':
        return Math.floor(date.getUTCMonth() / 3) + 1
      case 'year':
        return date.getUTCFullYear()
      case 'week_of_year':
        throw new Error('The oracle numbers no weeks.')
    }
  }
}

/** Rows without the key of a distinct count make no group. */
function counted({ agg, expr }: SimpleMetric, rows: readonly Row[]): readonly Row[] {
  return agg === 'count_distinct' && expr !== null ? rows.filter((row) => (row[expr] ?? null) !== null) : rows
}

function aggregated(definition: SimpleMetric, rows: readonly Row[], isFloat: boolean): Amount | null {
  return aggregate(definition, rows, isFloat) ?? (ZERO_WHEN_EMPTY.has(definition.agg) ? whole(0) : null)
}

/** Of daily closes; a day without any counts as zero. */
function meanOf(definition: SimpleMetric, days: readonly (readonly Row[])[], isFloat: boolean): Amount | null {
  const sum = days.map((rows) => aggregated(definition, rows, isFloat) ?? whole(0)).reduce<Amount>(plus, whole(0))
  return over(sum, whole(days.length))
}

function dimensionOf(semanticModel: SemanticModel, name: string): ModelDimension {
  const found = semanticModel.dimensions.find(({ publicName }) => publicName === name)
  if (found === undefined) throw new Error(`${semanticModel.name} has no dimension ${name}.`)
  return found
}

function joined(inputs: readonly Node[], compute: (cells: readonly OracleCell[]) => { amount: Amount | null; reason: string | null }): Node {
  return {
    groups: new Map(inputs.flatMap(({ groups }) => [...groups])),
    at: (id) => {
      const columns = inputs.map((input) => input.at(id))
      return (columns[0] ?? []).map((_, index) => {
        const cells = columns.map((column) => column[index] as OracleCell)
        return { ...compute(cells), partial: cells.some(({ partial }) => partial) }
      })
    },
  }
}

function ratio(metric: Metric, top: OracleCell | undefined, bottom: OracleCell | undefined): { amount: Amount | null; reason: string | null } {
  if (!top?.amount) return { amount: null, reason: top?.reason ?? null }
  if (!bottom?.amount) return { amount: null, reason: bottom?.reason ?? null }
  const quotient = over(top.amount, bottom.amount)
  if (quotient === null) return { amount: null, reason: 'DIVISION_BY_ZERO' }
  return { amount: metric.unit === 'percent' ? times(quotient, whole(100)) : quotient, reason: null }
}

function formula(node: Formula, inputs: ReadonlyMap<string, OracleCell>): { amount: Amount | null; reason: string | null } {
  switch (node.kind) {
    case 'number':
      return { amount: fractionOf(node.text), reason: null }
    case 'input':
      return inputs.get(node.alias) ?? { amount: null, reason: 'missing input' }
    case 'negate': {
      const { amount, reason } = formula(node.of, inputs)
      return { amount: amount === null ? null : minus(whole(0), amount), reason }
    }
    case 'binary': {
      const left = formula(node.left, inputs)
      const right = formula(node.right, inputs)
      if (left.amount === null) return left
      if (right.amount === null) return right
      if (node.op === '+') return { amount: plus(left.amount, right.amount), reason: null }
      if (node.op === '-') return { amount: minus(left.amount, right.amount), reason: null }
      if (node.op === '*') return { amount: times(left.amount, right.amount), reason: null }
      const quotient = over(left.amount, right.amount)
      return { amount: quotient, reason: quotient === null ? 'DIVISION_BY_ZERO' : null }
    }
    case 'call':
      throw new Error(`The oracle knows no ${node.name}.`)
  }
}
