import { createHash } from 'node:crypto'
import { ISO_CALENDAR } from '../base/grain.ts'
import type { Calendar } from '../base/grain.ts'
import { checkMetrics } from './check-metrics.ts'
import { checkShape } from './check-shape.ts'
import { freezeDeep } from './freeze-deep.ts'
import { MONTHS, WEEKDAYS } from './model-file.ts'
import type { ModelFileData } from './model-file.ts'
import { parseModelSource } from './model-source.ts'
import type { Problem } from './problem.ts'
import { suggest } from './problem.ts'
import { resolveCohorts } from './resolve-cohorts.ts'
import { resolveDimensions, resolveEntities } from './resolve-dimensions.ts'
import { resolveExchangeRates } from './resolve-exchange-rates.ts'
import { resolveMetrics } from './resolve-metrics.ts'
import { resolveSavedQueries, resolveTests } from './resolve-queries.ts'
import { resolveRollups } from './resolve-rollups.ts'
import { resolveSemanticModels } from './resolve-semantic-models.ts'
import type { DraftModel, LandedSources } from './resolve-semantic-models.ts'
import { sectionOf } from './section.ts'
import type { Section } from './section.ts'
import type { Model, SemanticModel } from './types.ts'

/** A model file as text. */
export interface ModelFile {
  /** Names the file in problems. */
  readonly name: string
  readonly text: string
  /** What semantic models of this file read that name no source: how a pack is bound to a source. */
  readonly source?: string | undefined
}

export interface LoadOptions {
  /** What semantic models read that name no source, and whose file names none either. */
  readonly source?: string | undefined
  /** Connections of the configuration; a source beside them is a warning. Without it nothing is said. */
  readonly knownSources?: readonly string[] | undefined
  /** Sources that are synced: their tables are read from the source they land in. */
  readonly landed?: LandedSources | undefined
  /** Files whose metrics give label, description, boards and benchmark to metrics of their names that others implement and no file defines. Nothing else is taken from them, and they are read only then. */
  readonly standard?: readonly ModelFile[] | undefined
  /** Wins over the calendar of the files. */
  readonly calendar?: Calendar | undefined
}

export type LoadResult =
  | { readonly ok: true; readonly model: Model; readonly problems: readonly []; readonly warnings: readonly Problem[] }
  /** Every problem found, in the order of files and lines. */
  | { readonly ok: false; readonly model: null; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }

/**
 * Reads and checks the files of one model. Names are looked up across all of them, in any order.
 *
 * @returns The model, deeply frozen; or every problem at once. Never throws for what files say. No I/O.
 */
export function loadModel(files: readonly ModelFile[], options: LoadOptions = {}): LoadResult {
  const report: Problem[] = []
  const warnings: Problem[] = []
  const parts = readFiles(files, report)
  const drafts = resolveSemanticModels(parts.semanticModels, options.source ?? null, options.landed ?? null)
  if (options.knownSources) warnings.push(...unknownSources(drafts, options.knownSources))
  const semanticModels = new Map(drafts.map(({ model }) => [model.name, model]))
  const dimensions = resolveDimensions(drafts)
  const entities = resolveEntities(drafts)
  const currency = currencyOf(parts.currencies)
  const calendar = calendarOf(parts.roots)
  const exchangeRates = resolveExchangeRates(parts.roots, semanticModels, parts.broken('semantic_models'))
  const draftMetrics = resolveMetrics(parts.metrics, {
    semanticModels,
    dimensions,
    currency,
    brokenSemanticModels: parts.broken('semantic_models'),
    brokenMetrics: parts.broken('metrics'),
    standardMetrics: () => readFiles(options.standard ?? [], []).metrics,
  })
  const metrics = new Map(draftMetrics.map(({ metric }) => [metric.name, metric]))
  const { hasCycles } = checkMetrics(draftMetrics, { semanticModels, dimensions })
  const around = { semanticModels, dimensions, entities, metrics, metricsAreSound: !hasCycles, brokenMetrics: parts.broken('metrics'), brokenCohorts: parts.broken('cohorts') }
  const cohorts = resolveCohorts(parts.cohorts, around)
  const savedQueries = resolveSavedQueries(parts.savedQueries, around)
  const rollups = resolveRollups(parts.rollups, around)
  const tests = resolveTests(parts.tests, around, cohorts)
  if (report.length > 0) return { ok: false, model: null, problems: inOrder(report, files), warnings }
  const definition = { calendar: options.calendar ?? calendar, semanticModels, entities, dimensions, metrics, cohorts, savedQueries, exchangeRates }
  return { ok: true, model: freezeDeep({ version: versionOf(definition), ...definition, rollups, tests }), problems: [], warnings }
}

/** The semantic models of some files, each by itself, whatever else is wrong with the files. */
export function readSemanticModels(files: readonly ModelFile[], options: LoadOptions = {}): readonly SemanticModel[] {
  return resolveSemanticModels(readFiles(files, []).semanticModels, options.source ?? null, options.landed ?? null).map(({ model }) => model)
}

interface Parts {
  readonly roots: readonly Section<ModelFileData>[]
  readonly currencies: readonly { readonly section: Section<ModelFileData>; readonly value: string }[]
  readonly semanticModels: readonly Section<NonNullable<ModelFileData['semantic_models']>[number]>[]
  readonly metrics: readonly Section<NonNullable<ModelFileData['metrics']>[number]>[]
  readonly cohorts: readonly Section<NonNullable<ModelFileData['cohorts']>[number]>[]
  readonly savedQueries: readonly Section<NonNullable<ModelFileData['saved_queries']>[number]>[]
  readonly rollups: readonly Section<NonNullable<ModelFileData['rollups']>[number]>[]
  readonly tests: readonly Section<NonNullable<ModelFileData['tests']>[number]>[]
  /** Names in a section of the files that had to be left out. */
  broken(section: string): ReadonlySet<string>
}

function readFiles(files: readonly ModelFile[], report: Problem[]): Parts {
  const read = files.map((file) => {
    const { source, problems } = parseModelSource(file.name, file.text, file.source ?? null)
    report.push(...problems)
    const shaped = checkShape(source)
    report.push(...shaped.problems)
    const sections = <Data extends object>(list: readonly Data[] | undefined): readonly Section<Data>[] => (list ?? []).map((data) => sectionOf(data, source, shaped, report))
    return { shaped, root: sectionOf(shaped.data, source, shaped, report), sections }
  })
  return {
    roots: read.map(({ root }) => root),
    currencies: read.flatMap(({ root }) => (root.data.currency === undefined ? [] : [{ section: root, value: root.data.currency }])),
    semanticModels: read.flatMap(({ shaped, sections }) => sections(shaped.data.semantic_models)),
    metrics: read.flatMap(({ shaped, sections }) => sections(shaped.data.metrics)),
    cohorts: read.flatMap(({ shaped, sections }) => sections(shaped.data.cohorts)),
    savedQueries: read.flatMap(({ shaped, sections }) => sections(shaped.data.saved_queries)),
    rollups: read.flatMap(({ shaped, sections }) => sections(shaped.data.rollups)),
    tests: read.flatMap(({ shaped, sections }) => sections(shaped.data.tests)),
    broken: (section) => new Set(read.flatMap(({ shaped }) => [...(shaped.broken.get(section) ?? [])])),
  }
}

function currencyOf(written: Parts['currencies']): string | null {
  const [first, ...others] = written
  if (!first) return null
  for (const other of others) if (other.value !== first.value) other.section.blame(['currency'], `The currency is ${other.value} here and ${first.value} in ${first.section.source.name}.`, 'Say it in one file.')
  return first.value
}

function calendarOf(roots: readonly Section<ModelFileData>[]): Calendar {
  const starts: Calendar[] = []
  for (const root of roots) {
    const { calendar } = root.data
    if (!calendar) continue
    const read = {
      weekStart: numberOf(calendar.week_start, WEEKDAYS) ?? ISO_CALENDAR.weekStart,
      fiscalYearStart: numberOf(calendar.fiscal_year_start, MONTHS) ?? ISO_CALENDAR.fiscalYearStart,
    }
    const [first] = starts
    if (first && (first.weekStart !== read.weekStart || first.fiscalYearStart !== read.fiscalYearStart)) root.blame(['calendar'], 'Two files have different calendars.', 'Say it in one file.')
    starts.push(read)
  }
  return starts[0] ?? ISO_CALENDAR
}

function numberOf(written: string | number | undefined, names: readonly string[]): number | undefined {
  return typeof written === 'string' ? names.indexOf(written) + 1 : written
}

function unknownSources(drafts: readonly DraftModel[], known: readonly string[]): readonly Problem[] {
  return drafts.flatMap(({ model, section }) =>
    model.source === '' || known.includes(model.source) ? [] : [section.problem(section.data.source === undefined ? [] : ['source'], `The source "${model.source}" is not configured.`, suggest(model.source, known))],
  )
}

function inOrder(problems: readonly Problem[], files: readonly ModelFile[]): readonly Problem[] {
  const order = new Map(files.map((file, index) => [file.name, index]))
  const seen = new Set<string>()
  return [...problems]
    .sort((a, b) => (order.get(a.file) ?? -1) - (order.get(b.file) ?? -1) || a.line - b.line || a.column - b.column)
    .filter((problem) => {
      const key = `${problem.file}:${problem.line}:${problem.column}:${problem.message}`
      return seen.has(key) ? false : seen.add(key)
    })
}

/** The same for the same meaning, however the files are laid out. */
function versionOf(definition: object): string {
  const canonical = JSON.stringify(definition, (_, value: unknown) => {
    if (value instanceof Map) return [...value.entries()]
    if (typeof value === 'bigint') return `${value}n`
    return value
  })
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16)
}
