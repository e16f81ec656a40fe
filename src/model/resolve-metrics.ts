import { benchmarkOf } from './benchmark.ts'
import { blameTwins } from './blame-twins.ts'
import { resolveCondition } from './condition.ts'
import type { DimensionLookup } from './filter-language.ts'
import type { Formula } from './formula.ts'
import { blameUnlike, implementedMetrics } from './implemented-metrics.ts'
import type { ImplementedMetrics } from './implemented-metrics.ts'
import { DEFINITION_KEYS, METRIC_TYPES } from './metric-file.ts'
import type { DefinitionData, MetricData, MetricInputData } from './metric-file.ts'
import { aliasOf } from './metric-input.ts'
import { resolveInterval } from './metric-scope.ts'
import type { MetricScope, MetricSurroundings } from './metric-scope.ts'
import { HINTS_AGAINST_TOTALS, KEYS_OF_TYPE } from './metric-type.ts'
import { MetricUnits, fixedUnitOf } from './metric-units.ts'
import { enumNameOf, faultOfName, labelOf } from './names.ts'
import { ALL, and } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import { suggest } from './problem.ts'
import type { ActivitySurroundings } from './resolve-activity.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import { resolveActive, resolveConversion, resolveFunnel, resolveMovement, resolveRetention } from './resolve-entity-metrics.ts'
import { resolveFormula } from './resolve-formula.ts'
import { resolveSimple } from './resolve-simple-metric.ts'
import type { Section } from './section.ts'
import type { Estimate, Metric, MetricDefinition, MetricInput, SemanticModel, Unit } from './types.ts'

type DefinitionKey = keyof DefinitionData

/** A metric with the sections its implementations came from. */
export interface DraftMetric {
  readonly section: Section<MetricData>
  readonly metric: Metric
  /** In the order of `metric.implementations`. */
  readonly definitionSections: readonly Section<DefinitionData>[]
}

/** Reads every metric. References between metrics are checked here; cycles and joins are checked on the whole. Faults go to the sections. */
export function resolveMetrics(sections: readonly Section<MetricData>[], around: MetricSurroundings): readonly DraftMetric[] {
  const reader = new MetricReader(sections, around)
  const drafts = reader.read()
  blameTwins(drafts)
  return drafts
}

class MetricReader {
  readonly #around: MetricSurroundings
  readonly #sections: ImplementedMetrics['sections']
  readonly #implementers: ImplementedMetrics['implementers']
  readonly #units: MetricUnits
  readonly #lookups = new Map<SemanticModel | null, DimensionLookup>()
  /** By the data they are read from: an activity reads a metric before its turn. */
  readonly #definitions = new Map<DefinitionData, MetricDefinition | null>()
  readonly #scope: MetricScope

  constructor(sections: readonly Section<MetricData>[], around: MetricSurroundings) {
    this.#around = around
    const byName = new Map<string, Section<MetricData>>()
    for (const section of sections) {
      const known = byName.get(section.data.name)
      if (known) section.blame(['name'], `There are two metrics "${section.data.name}"; the other is at ${known.place}.`, 'To compute one metric in several ways, use `implementations`.')
      else byName.set(section.data.name, section)
    }
    const { sections: all, implementers } = implementedMetrics(byName, around.standardMetrics)
    this.#sections = all
    this.#implementers = implementers
    const activities: ActivitySurroundings = { model: around, metricNames: all.keys(), brokenMetrics: around.brokenMetrics, waysOf: (name) => this.#waysOf(name) }
    this.#units = new MetricUnits({ sections: all, implementers }, around)
    this.#scope = { around, activities, lookup: (model) => this.#lookup(model) }
  }

  read(): readonly DraftMetric[] {
    return [...this.#sections.values()].map((section) => this.#metric(section))
  }

  #metric(section: Section<MetricData>): DraftMetric {
    const { data } = section
    const fault = faultOfName(data.name)
    if (fault) section.blame(['name'], fault.message, fault.hint)
    this.#blameBeside(section)
    const unit = this.#units.unitOf(data.name)
    const built = this.#partsOf(section).flatMap(({ part, by }) => {
      const definition = this.#definition(part, unit, data.rate_period !== undefined)
      return definition ? [{ part, by, definition }] : []
    })
    for (const implementer of this.#implementers.get(data.name) ?? []) blameUnlike(implementer, section, (name) => this.#units.unitOf(name))
    for (const part of ownParts(section)) {
      const fixed = fixedUnitOf(part.data)
      if (fixed === null || fixed === unit) continue
      const what = `This ${part.data.type ?? 'simple'} metric is a ${fixed === 'percent' ? 'percentage from 0 to 100' : fixed}, not in unit ${unit}.`
      if (data.unit === undefined) part.blame(['type'], what, `Write unit: ${fixed}, or compute all implementations in one unit.`)
      else section.blame(['unit'], what, `Write unit: ${fixed}, or remove it.`)
    }
    if (data.hidden === true && data.deprecated_names) section.blame(['deprecated_names'], 'A hidden metric has no names that clients could know.', 'Remove the old names, or show the metric.')
    return {
      section,
      definitionSections: built.map(({ part }) => part),
      metric: {
        name: data.name,
        enumName: enumNameOf(data.name),
        label: data.label ?? labelOf(data.name),
        description: data.description?.trim() ?? null,
        unit,
        currency: this.#units.currencyOf(section, unit, built.flatMap(({ by, definition }) => (by === null ? [definition] : []))),
        direction: data.direction ?? null,
        formula: data.formula?.trim() ?? null,
        interpretation: data.interpretation?.trim() ?? null,
        category: data.category ?? null,
        frameworks: Object.fromEntries(Object.entries(data.frameworks ?? {}).flatMap(([framework, stages]) => (stages ? [[framework, stages]] : []))),
        stages: data.stage === undefined ? [] : Array.isArray(data.stage) ? data.stage : [data.stage],
        benchmark: benchmarkOf(section),
        goal: data.goal ?? null,
        ratePeriod: data.rate_period ?? null,
        recordedEvery: data.recorded_every ?? null,
        fillNullsWith: data.fill_nulls_with ?? null,
        deprecatedNames: data.deprecated_names ?? [],
        hidden: data.hidden ?? false,
        whenMissing: data.when_missing ? { reason: data.when_missing.reason, remedy: data.when_missing.remedy.trim() } : null,
        estimate: this.#estimate(section),
        implementations: built.map(({ definition }) => definition),
        implementedBy: built.map(({ by }) => by),
      },
    }
  }

  #blameBeside(section: Section<MetricData>): void {
    if (!section.data.implementations) return
    for (const key of DEFINITION_KEYS) {
      if (section.data[key] !== undefined) section.blame([key], `"${section.data.name}" has implementations, and \`${key}\` beside them.`, 'Move it into each implementation.')
    }
  }

  /** Its own implementations first, then those of the metrics that implement it. */
  #partsOf(section: Section<MetricData>): readonly { readonly part: Section<DefinitionData>; readonly by: string | null }[] {
    const theirs = this.#implementers.get(section.data.name) ?? []
    return [...ownParts(section).map((part) => ({ part, by: null })), ...theirs.flatMap((implementer) => ownParts(implementer).map((part) => ({ part, by: implementer.data.name })))]
  }

  #definition(section: Section<DefinitionData>, unit: Unit, isRate: boolean): MetricDefinition | null {
    const known = this.#definitions.get(section.data)
    if (known !== undefined) return known
    const definition = this.#readDefinition(section, unit, isRate)
    this.#definitions.set(section.data, definition)
    return definition
  }

  #readDefinition(section: Section<DefinitionData>, unit: Unit, isRate: boolean): MetricDefinition | null {
    const { data } = section
    const type = data.type ?? 'simple'
    const allowed: readonly DefinitionKey[] = KEYS_OF_TYPE[type]
    for (const key of DEFINITION_KEYS) {
      if (key === 'type' || data[key] === undefined || allowed.includes(key)) continue
      const fitting = METRIC_TYPES.filter((candidate) => (KEYS_OF_TYPE[candidate] as readonly DefinitionKey[]).includes(key))
      const hint = data.type === undefined ? `Write type: ${fitting.join(' or type: ')}.` : `\`${key}\` is for type ${fitting.join(' and ')}.`
      section.blame([key], `A ${type} metric takes no \`${key}\`.`, hint)
      // With its type forgotten, everything else would be blamed for not being that of a simple metric.
      if (data.type === undefined) return null
    }
    switch (type) {
      case 'simple':
        return resolveSimple(section, this.#scope)
      case 'ratio':
        return this.#ratio(section, unit)
      case 'derived':
        return this.#derived(section, isRate)
      case 'cumulative':
        return this.#cumulative(section)
      case 'movement':
        return resolveMovement(section, this.#scope)
      case 'active':
        return resolveActive(section, this.#scope)
      case 'conversion':
        return resolveConversion(section, this.#scope)
      case 'retention':
        return resolveRetention(section, this.#scope)
      case 'funnel':
        return resolveFunnel(section, this.#scope)
    }
  }

  #waysOf(name: string): ReturnType<ActivitySurroundings['waysOf']> {
    const section = this.#sections.get(name)
    if (!section) return null
    const parts = this.#partsOf(section).map(({ part }) => part)
    const ofRows = parts.filter(({ data }) => (data.type ?? 'simple') === 'simple')
    const simple = ofRows.flatMap((part) => {
      const definition = this.#definition(part, 'count', false)
      return definition?.type === 'simple' ? [definition] : []
    })
    return { type: ofRows.length > 0 ? 'simple' : (parts[0]?.data.type ?? 'simple'), simple }
  }

  #ratio(section: Section<DefinitionData>, unit: Unit): MetricDefinition | null {
    const { data } = section
    for (const key of ['numerator', 'denominator'] as const) {
      if (data[key] === undefined) section.blame([], `A ratio needs a ${key}.`, `Write ${key}: <a metric>.`)
    }
    if (data.numerator === undefined || data.denominator === undefined) return null
    const filter = resolveCondition(section, ['filter'], data.filter, this.#lookup(null))
    const numerator = this.#input(section, ['numerator'], data.numerator, filter)
    const denominator = this.#input(section, ['denominator'], data.denominator, filter)
    if (!numerator || !denominator) return null
    if (unit !== 'percent') return { type: 'ratio', numerator, denominator }
    // Percentages are 0–100 everywhere, so a ratio in percent says its factor.
    const over: Formula = { kind: 'binary', op: '/', left: { kind: 'input', alias: 'numerator' }, right: { kind: 'input', alias: 'denominator' } }
    return {
      type: 'derived',
      formula: { kind: 'binary', op: '*', left: over, right: { kind: 'number', text: '100' } },
      inputs: [
        { ...numerator, alias: 'numerator' },
        { ...denominator, alias: 'denominator' },
      ],
    }
  }

  #derived(section: Section<DefinitionData>, isRate: boolean): MetricDefinition | null {
    const { data } = section
    const key = data.metrics === undefined ? 'input_metrics' : 'metrics'
    if (data.metrics !== undefined && data.input_metrics !== undefined) section.blame(['input_metrics'], '`metrics` and `input_metrics` are the same.', 'Keep one of the two.')
    const written = data[key]
    if (data.expr === undefined) section.blame([], 'A derived metric needs `expr`.', 'Write its arithmetic, like expr: revenue - costs.')
    if (written === undefined) section.blame([], 'A derived metric needs `metrics`.', 'List the metrics that its `expr` names.')
    const filter = resolveCondition(section, ['filter'], data.filter, this.#lookup(null))
    const inputs = this.#inputs(section, key, written ?? [], filter)
    if (data.expr === undefined || written === undefined) return null
    const formula = resolveFormula(section, String(data.expr), key, written.map(aliasOf), (name) => this.#sections.has(name), isRate)
    return formula && inputs ? { type: 'derived', formula, inputs } : null
  }

  /** Constants may do without metrics. */
  #estimate(section: Section<MetricData>): Estimate | null {
    const { estimate, rate_period: ratePeriod } = section.data
    if (!estimate) return null
    const part = section.part(estimate)
    const written = estimate.metrics ?? []
    const inputs = this.#inputs(part, 'metrics', written, ALL)
    const formula = resolveFormula(part, String(estimate.expr), 'metrics', written.map(aliasOf), (name) => this.#sections.has(name), ratePeriod !== undefined)
    return formula && inputs ? { formula, inputs, assumption: estimate.assumption.trim() } : null
  }

  /** Null where one of them is at fault. */
  #inputs(section: Section<object>, key: string, written: readonly MetricInputData[], filter: Predicate): readonly MetricInput[] | null {
    const inputs = written.map((input, index) => this.#input(section, [key, index], input, filter))
    const sound = inputs.flatMap((input) => (input ? [input] : []))
    return sound.length === inputs.length ? sound : null
  }

  #cumulative(section: Section<DefinitionData>): MetricDefinition | null {
    const { data } = section
    const key = data.metric === undefined ? 'input_metric' : 'metric'
    if (data.metric !== undefined && data.input_metric !== undefined) section.blame(['input_metric'], '`metric` and `input_metric` are the same.', 'Keep one of the two.')
    const written = data[key]
    if (data.window !== undefined && data.grain_to_date !== undefined) section.blame(['grain_to_date'], 'A running total is over a window or since the start of a grain, not both.', 'Keep `window` or `grain_to_date`.')
    const window = data.window === undefined ? null : resolveInterval(section, ['window'], data.window)
    if (written === undefined) {
      section.blame([], 'A cumulative metric needs `metric`.', 'Name the metric that is added up.')
      return null
    }
    const filter = resolveCondition(section, ['filter'], data.filter, this.#lookup(null))
    const input = this.#input(section, [key], written, filter)
    if (!input) return null
    if (input.offsetWindow || input.offsetToGrain) section.blame([key], 'The input of a running total has no offset.', 'Put the offset on a derived metric over this one.')
    this.#checkAddsUp(section, key, input.metric)
    return { type: 'cumulative', input, window, grainToDate: data.grain_to_date ?? null }
  }

  #checkAddsUp(section: Section<DefinitionData>, key: string, name: string): void {
    const input = this.#sections.get(name)
    if (!input) return
    for (const { part: { data } } of this.#partsOf(input)) {
      const type = data.type ?? 'simple'
      if (type === 'simple' && data.as_of === undefined && data.non_additive_dimension === undefined) continue
      const what = type === 'simple' ? 'a stock' : `${type === 'active' ? 'an' : 'a'} ${type} metric`
      const hint = HINTS_AGAINST_TOTALS[type]
      section.blame([key], `"${name}" is ${what}, and such values do not add up over time.`, hint)
      return
    }
  }

  #input(section: Section<DefinitionData>, keys: readonly (string | number)[], written: MetricInputData, outer: Predicate): MetricInput | null {
    const data = typeof written === 'string' ? { name: written } : written
    const at = (key: string): (string | number)[] => (typeof written === 'string' ? [...keys] : [...keys, key])
    const alias = aliasOf(written)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(alias)) section.blame(at('alias'), `"${alias}" cannot be an alias.`, 'Use letters, digits and underscores.')
    if (data.offset_window !== undefined && data.offset_to_grain !== undefined) section.blame(at('offset_to_grain'), 'An input has one offset.', 'Keep `offset_window` or `offset_to_grain`.')
    const inner = typeof written === 'string' ? ALL : resolveCondition(section.part(written), ['filter'], written.filter, this.#lookupFor(data.name))
    const offsetWindow = data.offset_window === undefined ? null : resolveInterval(section, at('offset_window'), data.offset_window)
    if (!this.#sections.has(data.name)) {
      if (!this.#around.brokenMetrics.has(data.name)) section.blame(at('name'), `There is no metric "${data.name}".`, suggest(data.name, this.#sections.keys()))
      return null
    }
    return { metric: data.name, alias, filter: and([outer, inner]), offsetWindow, offsetToGrain: data.offset_to_grain ?? null, assumeNone: data.assume_none?.trim() ?? null }
  }

  #lookup(model: SemanticModel | null): DimensionLookup {
    const known = this.#lookups.get(model)
    if (known) return known
    const lookup = dimensionLookup(this.#around.dimensions, this.#around.semanticModels, model)
    this.#lookups.set(model, lookup)
    return lookup
  }

  /** A filter on an input speaks the language of the semantic model that the input reads. */
  #lookupFor(metric: string): DimensionLookup {
    const section = this.#sections.get(metric)
    const model = section && this.#partsOf(section)[0]?.part.data.semantic_model
    return this.#lookup(this.#around.semanticModels.get(model ?? '') ?? null)
  }
}

function ownParts(section: Section<MetricData>): readonly Section<DefinitionData>[] {
  return section.data.implementations?.map((data) => section.part(data)) ?? [section]
}
