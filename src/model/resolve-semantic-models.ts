import { nearest } from '../base/nearest.ts'
import { DEFAULT_READ_OPTIONS } from '../base/read-options.ts'
import type { ReadOptions, ReadType } from '../base/read-options.ts'
import type { Grain } from '../base/grain.ts'
import { faultOfExpression, plainColumn } from './expression.ts'
import { parseFixedSpan } from './interval.ts'
import type { DimensionData, EntityData, SemanticModelData } from './model-file.ts'
import { faultOfDimensionName, faultOfName, labelOf } from './names.ts'
import { suggest } from './problem.ts'
import { resolveRelation } from './resolve-relation.ts'
import type { Section } from './section.ts'
import type { DimensionKind, EntityLink, ModelDimension, SemanticModel } from './types.ts'

/** A semantic model with the sections its parts came from. */
export interface DraftModel {
  readonly section: Section<SemanticModelData>
  readonly model: SemanticModel
  readonly entitySections: readonly Section<EntityData>[]
  /** In the order of `model.dimensions`. */
  readonly dimensionSections: readonly Section<DimensionData>[]
}

/** Sources that are copied before they are asked, and the one that holds the copies. */
export interface LandedSources {
  readonly source: string
  readonly from: ReadonlySet<string>
}

/** Reads each semantic model by itself; what they mean to each other comes later. Faults go to the sections. */
export function resolveSemanticModels(sections: readonly Section<SemanticModelData>[], defaultSource: string | null, landed: LandedSources | null = null): readonly DraftModel[] {
  const first = new Map<string, Section<SemanticModelData>>()
  return sections.flatMap((section) => {
    const { name } = section.data
    const fault = faultOfName(name)
    if (fault) section.blame(['name'], fault.message, fault.hint)
    const known = first.get(name)
    if (known) {
      section.blame(['name'], `There are two semantic models "${name}"; the other is at ${known.place}.`)
      return []
    }
    first.set(name, section)
    return [resolveOne(section, defaultSource, landed)]
  })
}

/** What is synced is read where it landed: the table of a source is `<source>_<table>` there. */
function resolveOne(section: Section<SemanticModelData>, defaultSource: string | null, landed: LandedSources | null): DraftModel {
  const { data } = section
  const source = data.source ?? section.source.defaultSource ?? defaultSource
  if (source === null) section.blame([], `The semantic model "${data.name}" names no source.`, 'Write `source: <a connection of the configuration>`.')
  const landedIn = source !== null && landed?.from.has(source) ? landed.source : null
  const read = data.read ? readOptions(section, data.read) : null
  const entities = resolveEntities(section)
  const written = resolveDimensions(section, read)
  const dimensions = [...written, ...endOfValidity(section, written.map(({ dimension }) => dimension))]
  const names = dimensions.map(({ dimension }) => dimension)
  return {
    section,
    entitySections: entities.map((entity) => entity.section),
    dimensionSections: dimensions.map((dimension) => dimension.section),
    model: {
      name: data.name,
      label: data.label ?? labelOf(data.name),
      description: data.description?.trim() ?? null,
      source: landedIn ?? source ?? '',
      relation: resolveRelation(section, landedIn === null ? null : `${source}_`),
      read,
      entities: entities.map(({ link }) => link),
      dimensions: names,
      aggTimeDimension: data.agg_time_dimension === undefined ? null : timeDimension(section, ['agg_time_dimension'], data.agg_time_dimension, names),
      validity: validityOf(section, names),
      watermark: statementOf(section, 'watermark'),
      lateArrivalMs: lateArrivalOf(section),
      refreshKey: statementOf(section, 'refresh_key'),
    },
  }
}

function resolveEntities(section: Section<SemanticModelData>): readonly { readonly section: Section<EntityData>; readonly link: EntityLink }[] {
  const seen = new Set<string>()
  let primary: string | null = null
  return (section.data.entities ?? []).flatMap((data) => {
    const part = section.part(data)
    const fault = faultOfName(data.name)
    if (fault) part.blame(['name'], fault.message, fault.hint)
    if (seen.has(data.name)) {
      part.blame(['name'], `"${section.data.name}" has the entity "${data.name}" twice.`)
      return []
    }
    seen.add(data.name)
    if (data.type === 'primary') {
      if (primary !== null) part.blame(['type'], `"${section.data.name}" has two primary entities, ${primary} and ${data.name}.`, 'Its rows are of one kind: make the other unique or foreign.')
      primary ??= data.name
    }
    return [{ section: part, link: { entity: data.name, type: data.type, expr: expressionOf(part, data.expr, data.name) } }]
  })
}

function resolveDimensions(section: Section<SemanticModelData>, read: ReadOptions | null): readonly { readonly section: Section<DimensionData>; readonly dimension: ModelDimension }[] {
  const seen = new Set<string>()
  return (section.data.dimensions ?? []).flatMap((data) => {
    const part = section.part(data)
    const publicName = data.public_name ?? data.name
    const fault = faultOfDimensionName(publicName)
    if (fault) part.blame([data.public_name === undefined ? 'name' : 'public_name'], fault.message, fault.hint)
    if (seen.has(data.name) || seen.has(`public ${publicName}`)) {
      part.blame(['name'], `"${section.data.name}" has the dimension "${data.name}" twice.`)
      return []
    }
    seen.add(data.name).add(`public ${publicName}`)
    const expr = expressionOf(part, data.expr, data.name)
    const isTime = data.type === 'time'
    const granularity = isTime ? (data.granularity ?? 'day') : null
    if (!isTime && data.granularity !== undefined) part.blame(['granularity'], 'Only a time dimension has a granularity.', 'Write type: time, or remove it.')
    const kind = kindOf(data, granularity, expr, read)
    if (isTime && kind !== 'date' && kind !== 'timestamp') part.blame(['value_type'], `A time dimension holds dates or timestamps, not ${kind}.`)
    if (kind === 'date' && (granularity === 'hour' || granularity === 'minute')) part.blame([data.granularity === undefined ? 'name' : 'granularity'], `A date has no ${granularity}s.`, 'Write value_type: timestamp.')
    return [{ section: part, dimension: { name: data.name, publicName, kind, expr, granularity, timezone: timezoneOf(part, kind) } }]
  })
}

function kindOf(data: DimensionData, granularity: Grain | null, expr: string, read: ReadOptions | null): DimensionKind {
  if (data.value_type !== undefined) return data.value_type
  const column = plainColumn(expr)
  const type = read?.columns.find((candidate) => candidate.name === column)?.type ?? null
  const kind = type === null ? null : KIND_OF_READ_TYPE[type]
  if (granularity === null) return kind ?? 'text'
  if (kind === 'date' || kind === 'timestamp') return kind
  return granularity === 'minute' || granularity === 'hour' ? 'timestamp' : 'date'
}

const KIND_OF_READ_TYPE = {
  text: 'text',
  integer: 'integer',
  decimal: 'decimal',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  month: 'date',
} as const satisfies Record<ReadType, DimensionKind>

function timezoneOf(part: Section<DimensionData>, kind: DimensionKind): string | null {
  const { timezone } = part.data
  if (timezone === undefined) return null
  if (kind !== 'timestamp') part.blame(['timezone'], `Only timestamps have a time zone; this is ${kind === 'integer' ? 'an' : 'a'} ${kind}.`, 'Remove it: dates never shift.')
  if (!isTimeZone(timezone)) part.blame(['timezone'], `"${timezone}" is not an IANA time zone.`, suggestZone(timezone))
  return timezone
}

export function isTimeZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function suggestZone(name: string): string {
  const near = suggest(name, Intl.supportedValuesOf('timeZone'))
  return near?.startsWith('Did you mean') ? near : 'Write one like Europe/Berlin or UTC.'
}

function validityOf(section: Section<SemanticModelData>, dimensions: readonly ModelDimension[]): SemanticModel['validity'] {
  const { validity } = section.data
  if (!validity) return null
  const start = timeDimension(section, ['validity', 'start'], validity.start, dimensions)
  const end = validity.end === undefined ? null : timeDimension(section, ['validity', 'end'], validity.end, dimensions)
  if (validity.end === undefined && validity.end_inclusive !== undefined) section.blame(['validity', 'end_inclusive'], 'There is no end that could be inclusive.', 'Name it with `end`, or remove this.')
  if (start === null) return null
  const kindOfName = (name: string | null): DimensionKind | undefined => dimensions.find((dimension) => dimension.publicName === name)?.kind
  if (end !== null && kindOfName(start) !== kindOfName(end)) {
    section.blame(['validity', 'end'], `The start of the validity is a ${kindOfName(start) ?? 'time'} and its end a ${kindOfName(end) ?? 'time'}; they must be of one kind.`, 'Set value_type on one of the two dimensions.')
  }
  return { start, end, endInclusive: validity.end_inclusive ?? false }
}

/** @returns The public name of a time dimension of the semantic model; null, with a fault, where there is none of that name. */
export function timeDimension(section: Section<object>, keys: readonly string[], name: string, dimensions: readonly ModelDimension[]): string | null {
  const found = dimensions.find((dimension) => dimension.name === name) ?? dimensions.find((dimension) => dimension.publicName === name)
  if (found && found.granularity !== null) return found.publicName
  if (found) {
    section.blame(keys, `"${name}" is not a time dimension.`, 'Write type: time on it.')
    return null
  }
  const times = dimensions.filter((dimension) => dimension.granularity !== null).map((dimension) => dimension.name)
  section.blame(keys, `There is no time dimension "${name}" in this semantic model.`, suggest(name, times) ?? 'Add a dimension with type: time.')
  return null
}

/** An end of validity that is no dimension is a column: a time dimension like the start is made of it. A near miss stays a fault. */
function endOfValidity(section: Section<SemanticModelData>, dimensions: readonly ModelDimension[]): readonly { readonly section: Section<DimensionData>; readonly dimension: ModelDimension }[] {
  const { validity } = section.data
  const end = validity?.end
  const start = dimensions.find((dimension) => dimension.name === validity?.start)
  const names = dimensions.flatMap((dimension) => [dimension.name, dimension.publicName])
  if (end === undefined || !start || plainColumn(end) !== end || names.includes(end) || nearest(end, names).length > 0 || faultOfDimensionName(end)) return []
  const blame = (message: string, hint?: string | null): void => section.blame(['validity', 'end'], message, hint)
  const part: Section<DimensionData> = {
    ...section,
    data: { name: end, type: 'time' },
    blame: (_, message, hint) => blame(message, hint),
    blameText: (_, fault) => blame(fault.message, fault.hint),
    place: section.place,
  }
  return [{ section: part, dimension: { ...start, name: end, publicName: end, expr: end } }]
}

function statementOf(section: Section<SemanticModelData>, key: 'watermark' | 'refresh_key'): { readonly sql: string } | null {
  const written = section.data[key]
  if (written === undefined) return null
  const sql = typeof written === 'string' ? written : written.sql
  const fault = faultOfExpression(sql.replace(/\b(sum|count|avg)\s*\(/gi, 'f('))
  if (fault !== null) section.blame(typeof written === 'string' ? [key] : [key, 'sql'], fault)
  return { sql }
}

function lateArrivalOf(section: Section<SemanticModelData>): number {
  const written = section.data.late_arrival
  if (written === undefined) return 0
  const span = parseFixedSpan(written)
  if (span === null) section.blame(['late_arrival'], `"${written}" is not a span of time.`, 'Write a count of seconds, minutes, hours, days or weeks, like "2 days".')
  return span ?? 0
}

/** The expression under `key` as text, checked so that it can stand in parentheses. */
export function expressionOf(section: Section<object>, written: string | number | boolean | undefined, otherwise: string, key = 'expr'): string {
  if (written === undefined) return otherwise
  const text = typeof written === 'string' ? written.trim() : (section.written([key]) ?? String(written))
  const fault = faultOfExpression(text)
  if (fault !== null) section.blame([key], fault)
  return text
}

function readOptions(section: Section<SemanticModelData>, data: NonNullable<SemanticModelData['read']>): ReadOptions {
  if (data.timezone !== undefined && !isTimeZone(data.timezone)) section.blame(['read', 'timezone'], `"${data.timezone}" is not an IANA time zone.`, suggestZone(data.timezone))
  const seen = new Set<string>()
  for (const column of data.columns ?? []) {
    const part = section.part(column)
    if (seen.has(column.name)) part.blame(['name'], `The column "${column.name}" is listed twice.`)
    seen.add(column.name)
    const isTime = column.type === 'date' || column.type === 'timestamp'
    if (column.format !== undefined && !isTime) part.blame(['format'], 'Only dates and timestamps have a format.', 'Write type: date or type: timestamp.')
    const isNumber = column.type === 'integer' || column.type === 'decimal' || column.type === 'float'
    if (column.min !== undefined && !isNumber) part.blame(['min'], 'Only numbers have a smallest value.', 'Write type: integer, decimal or float.')
    if (column.values !== undefined && column.type !== undefined && column.type !== 'text') part.blame(['values'], 'Only texts have a list of values.')
  }
  return {
    ...DEFAULT_READ_OPTIONS,
    file: data.file ?? null,
    format: data.format ?? null,
    delimiter: data.delimiter ?? null,
    header: data.header ?? null,
    encoding: data.encoding ?? null,
    timezone: data.timezone ?? null,
    nullValues: data.null_values ?? [],
    columns: (data.columns ?? []).map((column) => ({
      name: column.name,
      type: column.type ?? null,
      format: column.format ?? null,
      required: column.required ?? false,
      unique: column.unique ?? false,
      min: column.min ?? null,
      values: column.values ?? null,
    })),
  }
}
