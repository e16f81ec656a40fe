import type { ColumnInfo, ColumnStatistics, TableInfo, TableStatistics } from './contract.ts'
import { columnAsSql, distinctNames, freeName, identifier, keyStem, singular, tableStem, text } from './propose-names.ts'

/** More values than this are no groups anyone reads. */
const MOST_GROUPS = 500
const NO_MEASURE = /(^|_)(year|month|day|week|hour|zip|zipcode|postal|postcode|phone|lat|lon|lng|latitude|longitude|code|version|rank|index|position|line|age_group)$/i
const MONEY = /(price|amount|revenue|cost|costs|fee|spend|spent|total|charges?|dollars|budget|payment|salary|mrr|arr|discount|tax)/i

interface Key {
  readonly column: string
  readonly entity: string
  readonly type: 'primary' | 'unique' | 'foreign'
}

interface Dimension {
  readonly name: string
  readonly column: string
  readonly kind: ColumnInfo['kind']
  readonly zoned: boolean
}

interface Draft {
  readonly table: string
  readonly name: string
  readonly keys: readonly Key[]
  readonly dimensions: readonly Dimension[]
  readonly measures: readonly { readonly name: string; readonly column: string }[]
  readonly time: string | null
  readonly leftOut: readonly string[]
  /** Keys of entities that another column joins already. */
  readonly secondKeys: readonly string[]
  /** Numbers that are rather days, like 20250131. */
  readonly likeDays: readonly string[]
}

export interface ProposedFor {
  /** The source's name in the configuration. */
  readonly source: string
  /** Name of the source's SQL dialect, for how it quotes. */
  readonly dialect: string
}

/**
 * A first model over tables nobody has described: YAML to read and edit, which loads as it is. Primary and foreign keys become entities, also those that only names and unique values tell; times and texts of few
 * values become dimensions, numbers become sums and averages. It is a guess from names and statistics, and says so.
 *
 * @param statistics by table; what it lacks is guessed from names alone.
 */
export function proposeModel(tables: readonly TableInfo[], statistics: ReadonlyMap<string, TableStatistics>, { source, dialect }: ProposedFor): string {
  const drafts = draftsOf(tables, statistics)
  const sql = (column: string): string => columnAsSql(column, dialect)
  const lines = [
    '# A first model, proposed from the tables. Please read it through and edit it:',
    '#   - entities: is each primary key really one row a thing, and does each foreign key mean the same thing everywhere?',
    '#   - agg_time_dimension: is it the time by which people ask for these numbers?',
    '#   - metrics: take out what means nothing, give the others names, descriptions and units that your company uses.',
    '#   - read: declare types (and required, unique, min, values) where a file must not surprise you.',
    '',
    'semantic_models:',
  ]
  const shared = namesHeldTwice(drafts)
  for (const draft of drafts) lines.push(...semanticModelLines(draft, shared, source, sql), '')
  const metrics = metricLines(drafts, sql)
  if (metrics.length > 0) lines.push('metrics:', ...metrics)
  return `${lines.join('\n').trimEnd()}\n`
}

/** A column as SQL, as YAML. */
type AsSql = (column: string) => string

function draftsOf(tables: readonly TableInfo[], statistics: ReadonlyMap<string, TableStatistics>): Draft[] {
  const names = distinctNames(tables.map(({ name }) => tableStem(name)))
  const primaries = tables.map((table) => primaryKeyOf(table, statistics.get(table.name)))
  const primaryOf = new Map(tables.flatMap(({ name }, index) => (primaries[index] ? [[name, primaries[index]] as const] : [])))
  return tables.map((table, index) => draftOf(table, statistics.get(table.name), names[index] ?? tableStem(table.name), primaryOf))
}

function draftOf(table: TableInfo, statistics: TableStatistics | undefined, name: string, primaryOf: ReadonlyMap<string, Key>): Draft {
  const primary = primaryOf.get(table.name) ?? null
  const references = new Map((table.foreignKeys ?? []).map((key) => [key.column, primaryOf.get(key.table)?.entity ?? singular(tableStem(key.table))]))
  const of = (column: string): ColumnStatistics | undefined => statistics?.columns[column]
  const keys: Key[] = primary ? [primary] : []
  // What the source declares comes before what names suggest, and one entity is joined by one column.
  for (const [column, entity] of references) if (column !== primary?.column && !keys.some((key) => key.entity === entity)) keys.push({ column, entity, type: isUnique(statistics, column) ? 'unique' : 'foreign' })
  const dimensions: Dimension[] = []
  const measures: { name: string; column: string }[] = []
  const leftOut: string[] = []
  const secondKeys: string[] = []
  const likeDays = table.columns.filter(({ name: column, kind }) => kind === 'integer' && isDayNumber(of(column))).map(({ name: column }) => column)
  const taken = new Set<string>()
  const free = (column: string): string => freeName(identifier(column), taken)
  for (const { name: column, kind, zoned } of table.columns) {
    if (keys.some((key) => key.column === column) || likeDays.includes(column)) continue
    if (references.has(column)) {
      secondKeys.push(column)
      continue
    }
    const stem = kind === 'text' || kind === 'integer' ? keyStem(column) : null
    if (stem !== null && stem !== '' && !keys.some(({ entity }) => entity === stem)) {
      keys.push({ column, entity: stem, type: isUnique(statistics, column) ? 'unique' : 'foreign' })
    } else if (kind === 'date' || kind === 'timestamp' || kind === 'boolean') {
      dimensions.push({ name: free(column), column, kind, zoned: zoned ?? true })
    } else if (kind === 'text') {
      const distinct = of(column)?.distinct ?? 0
      if (stem === null && distinct <= MOST_GROUPS) dimensions.push({ name: free(column), column, kind, zoned: false })
      else leftOut.push(column)
    } else if (isFlag(of(column)) || NO_MEASURE.test(column)) {
      if ((of(column)?.distinct ?? 0) <= MOST_GROUPS) dimensions.push({ name: free(column), column, kind, zoned: false })
      else leftOut.push(column)
    } else {
      measures.push({ name: identifier(column), column })
    }
  }
  return { table: table.name, name, keys, dimensions, measures, time: timeOf(dimensions, statistics), leftOut, secondKeys, likeDays }
}

/** The key of the table's own rows: named after the table, else the first that is unique. */
function primaryKeyOf(table: TableInfo, statistics: TableStatistics | undefined): Key | null {
  const known = table.primaryKey.length === 1 ? table.primaryKey[0] : undefined
  const own = singular(tableStem(table.name))
  const candidates = table.columns
    .filter(({ name, kind }) => name === known || ((kind === 'text' || kind === 'integer') && keyStem(name) !== null && isUnique(statistics, name)))
    .map(({ name }) => ({ name, stem: keyStem(name) }))
  const found = candidates.find(({ name }) => name === known) ?? candidates.find(({ stem }) => stem === own || stem === '') ?? candidates[0]
  if (!found) return null
  return { column: found.name, entity: found.stem === '' || found.stem === null ? own : found.stem, type: 'primary' }
}

function isUnique(statistics: TableStatistics | undefined, column: string): boolean {
  const found = statistics?.columns[column]
  return statistics !== undefined && found !== undefined && statistics.rows > 0 && found.distinct === statistics.rows && !found.hasNulls
}

const isFlag = (column: ColumnStatistics | undefined): boolean => column !== undefined && column.distinct !== null && column.distinct <= 2 && (column.min === '0' || column.min === '1') && (column.max === '0' || column.max === '1')

const DAY_NUMBER = /^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])$/
const isDayNumber = (column: ColumnStatistics | undefined): boolean => DAY_NUMBER.test(column?.min ?? '') && DAY_NUMBER.test(column?.max ?? '')

/** The time that is always there, and of those the first; otherwise the one that is there most often is unknown, so the first. */
function timeOf(dimensions: readonly Dimension[], statistics: TableStatistics | undefined): string | null {
  const times = dimensions.filter(({ kind }) => kind === 'date' || kind === 'timestamp')
  return (times.find(({ column }) => statistics?.columns[column]?.hasNulls === false) ?? times[0])?.name ?? null
}

function semanticModelLines(draft: Draft, shared: ReadonlySet<string>, source: string, sql: AsSql): string[] {
  const { table, name, keys, dimensions, measures, time, leftOut, secondKeys, likeDays } = draft
  const lines = [`  - name: ${name}`, `    source: ${text(source)}`, `    table: ${text(table)}`]
  if (time !== null) lines.push(`    agg_time_dimension: ${time}`)
  else lines.push('    # No column of times was found, so it has no metrics yet: name one under agg_time_dimension.')
  for (const column of likeDays) lines.push(`    # ${oneLine(column)} looks like days. To read it as such: read: { columns: [{ name: ${JSON.stringify(column)}, type: date, format: '%Y%m%d' }] }`)
  if (keys.length > 0) {
    lines.push('    entities:')
    for (const { column, entity, type } of keys) lines.push(`      - { name: ${entity}, type: ${type}, expr: ${sql(column)} }`)
  }
  if (dimensions.length > 0) {
    lines.push('    dimensions:')
    for (const dimension of dimensions) lines.push(`      - ${dimensionText(dimension, name, shared, sql)}`)
  }
  if (leftOut.length > 0) lines.push(`    # Left out, for they have too many values to group by: ${leftOut.map(oneLine).join(', ')}.`)
  if (secondKeys.length > 0) lines.push(`    # Left out, for another column joins their entity: ${secondKeys.map(oneLine).join(', ')}.`)
  if (time === null && measures.length > 0) lines.push(`    # Numbers for metrics, once there is a time: ${measures.map(({ column }) => oneLine(column)).join(', ')}.`)
  return lines
}

const oneLine = (column: string): string => column.replaceAll(/\s+/g, ' ')

function dimensionText({ name, column, kind, zoned }: Dimension, model: string, shared: ReadonlySet<string>, sql: AsSql): string {
  const isTime = kind === 'date' || kind === 'timestamp'
  const parts = [`name: ${name}`, `type: ${isTime ? 'time' : 'categorical'}`]
  if (sql(column) !== name) parts.push(`expr: ${sql(column)}`)
  if (isTime) parts.push(`granularity: ${kind === 'date' ? 'day' : 'minute'}`)
  if (kind === 'timestamp' || (!isTime && kind !== 'text')) parts.push(`value_type: ${kind}`)
  if (kind === 'timestamp' && !zoned) parts.push('timezone: UTC')
  if (shared.has(name)) parts.push(`public_name: ${model}_${name}`)
  return `{ ${parts.join(', ')} }`
}

/** Dimensions of one name on different entities need public names of their own. */
function namesHeldTwice(drafts: readonly Draft[]): Set<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { name } of drafts.flatMap(({ dimensions }) => dimensions)) (seen.has(name) ? twice : seen).add(name)
  return twice
}

function metricLines(drafts: readonly Draft[], sql: AsSql): string[] {
  const taken = new Set<string>()
  const lines: string[] = []
  const add = (wanted: string, label: string, rest: readonly string[], note = ''): void => {
    const name = freeName(wanted, taken)
    lines.push(`  - name: ${name}`, `    label: ${text(label)}`, '    type: simple', ...rest.map((line) => `    ${line}`))
    if (note !== '') lines.push(`    ${note}`)
  }
  for (const { name, keys, measures, time } of drafts) {
    // A metric needs a time by which its rows count.
    if (time === null) continue
    const model = `semantic_model: ${name}`
    const words = name.replaceAll('_', ' ')
    add(`${name}_count`, `Number of ${words}`, [model, 'agg: count', 'unit: count'])
    for (const { column, entity, type } of keys) {
      if (type === 'foreign') add(`${name}_distinct_${entity}`, `Distinct ${entity.replaceAll('_', ' ')} in ${words}`, [model, 'agg: count_distinct', `expr: ${sql(column)}`, 'unit: count'])
    }
    for (const { name: measure, column } of measures) {
      const isMoney = MONEY.test(column)
      const unit = isMoney ? ['unit: currency'] : []
      const note = isMoney ? '# currency: USD' : ''
      const label = measure.replaceAll('_', ' ')
      add(`${name}_total_${measure}`, `Total ${label}`, [model, 'agg: sum', `expr: ${sql(column)}`, ...unit], note)
      add(`${name}_average_${measure}`, `Average ${label}`, [model, 'agg: average', `expr: ${sql(column)}`, ...unit], note)
    }
  }
  return lines
}
