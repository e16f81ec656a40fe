import { resolveCondition } from './condition.ts'
import type { DimensionLookup } from './filter-language.ts'
import type { Formula } from './formula.ts'
import { parseInterval } from './interval.ts'
import type { Interval } from './interval.ts'
import { DEFINITION_KEYS, METRIC_TYPES } from './model-file.ts'
import type { DefinitionData, MetricData, MetricInputData } from './model-file.ts'
import { enumNameOf, faultOfName, labelOf } from './names.ts'
import { parseFormula } from './parse-formula.ts'
import { ALL, and } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import { suggest } from './problem.ts'
import { dimensionLookup } from './resolve-dimensions.ts'
import { expressionOf, timeDimension } from './resolve-semantic-models.ts'
import type { Section } from './section.ts'
import type { Dimension, Metric, MetricCurrency, MetricDefinition, MetricInput, SemanticModel, SimpleMetric, Unit } from './types.ts'

type MetricType = (typeof METRIC_TYPES)[number]
type DefinitionKey = keyof DefinitionData

/** A metric with the sections its implementations came from. */
export interface DraftMetric {
  readonly section: Section<MetricData>
  readonly metric: Metric
  /** In the order of `metric.implementations`. */
  readonly definitionSections: readonly Section<DefinitionData>[]
}

export interface MetricSurroundings {
  readonly semanticModels: ReadonlyMap<string, SemanticModel>
  readonly dimensions: ReadonlyMap<string, Dimension>
  /** Currency of metrics that name none. */
  readonly currency: string | null
  /** Names that exist but had to be left out as faulty; what refers to them is not blamed as well. */
  readonly brokenSemanticModels: ReadonlySet<string>
  readonly brokenMetrics: ReadonlySet<string>
}

/** Which keys each type of metric takes beside `type`. A new type does not compile until it has said so. */
const KEYS_OF_TYPE = {
  simple: ['semantic_model', 'agg', 'expr', 'percentile', 'filter', 'as_of', 'non_additive_dimension', 'agg_time_dimension'],
  ratio: ['numerator', 'denominator', 'filter'],
  derived: ['expr', 'metrics', 'input_metrics', 'filter'],
  cumulative: ['metric', 'input_metric', 'window', 'grain_to_date', 'filter'],
} as const satisfies Record<MetricType, readonly DefinitionKey[]>

/** Reads every metric. References between metrics are checked here; cycles and joins are checked on the whole. Faults go to the sections. */
export function resolveMetrics(sections: readonly Section<MetricData>[], around: MetricSurroundings): readonly DraftMetric[] {
  const reader = new MetricReader(sections, around)
  const drafts = reader.read()
  blameTwins(drafts)
  return drafts
}

class MetricReader {
  readonly #around: MetricSurroundings
  readonly #sections: ReadonlyMap<string, Section<MetricData>>
  readonly #units = new Map<string, Unit>()
  readonly #lookups = new Map<SemanticModel | null, DimensionLookup>()

  constructor(sections: readonly Section<MetricData>[], around: MetricSurroundings) {
    this.#around = around
    const byName = new Map<string, Section<MetricData>>()
    for (const section of sections) {
      const known = byName.get(section.data.name)
      if (known) section.blame(['name'], `There are two metrics "${section.data.name}"; the other is at ${known.place}.`, 'To compute one metric in several ways, use `implementations`.')
      else byName.set(section.data.name, section)
    }
    this.#sections = byName
  }

  read(): readonly DraftMetric[] {
    return [...this.#sections.values()].map((section) => this.#metric(section))
  }

  #metric(section: Section<MetricData>): DraftMetric {
    const { data } = section
    const fault = faultOfName(data.name)
    if (fault) section.blame(['name'], fault.message, fault.hint)
    const parts = this.#definitionSections(section)
    const unit = this.#unitOf(data.name, [])
    const built = parts.flatMap((part) => {
      const definition = this.#definition(part, unit)
      return definition ? [{ part, definition }] : []
    })
    if (data.currency !== undefined && unit !== 'currency') section.blame(['currency'], `A metric with unit ${unit} has no currency.`, 'Write unit: currency, or remove the currency.')
    return {
      section,
      definitionSections: built.map(({ part }) => part),
      metric: {
        name: data.name,
        enumName: enumNameOf(data.name),
        label: data.label ?? labelOf(data.name),
        description: data.description?.trim() ?? null,
        unit,
        currency: currencyOf(unit === 'currency' ? (data.currency ?? this.#inheritedCurrency(data) ?? this.#around.currency) : null),
        direction: data.direction ?? null,
        formula: data.formula?.trim() ?? null,
        interpretation: data.interpretation?.trim() ?? null,
        category: data.category ?? null,
        frameworks: Object.fromEntries(Object.entries(data.frameworks ?? {}).flatMap(([framework, stages]) => (stages ? [[framework, stages]] : []))),
        stages: data.stage === undefined ? [] : Array.isArray(data.stage) ? data.stage : [data.stage],
        benchmark: data.benchmark
          ? { text: data.benchmark.text.trim(), good: data.benchmark.good ?? null, excellent: data.benchmark.excellent ?? null, acceptable: null, source: data.benchmark.source ?? null }
          : null,
        goal: data.goal ?? null,
        ratePeriod: data.rate_period ?? null,
        fillNullsWith: data.fill_nulls_with ?? null,
        deprecatedNames: data.deprecated_names ?? [],
        hidden: false,
        whenMissing: null,
        estimate: null,
        implementations: built.map(({ definition }) => definition),
      },
    }
  }

  #definitionSections(section: Section<MetricData>): readonly Section<DefinitionData>[] {
    const { implementations } = section.data
    if (!implementations) return [section]
    for (const key of DEFINITION_KEYS) {
      if (section.data[key] !== undefined) section.blame([key], `"${section.data.name}" has implementations, and \`${key}\` beside them.`, 'Move it into each implementation.')
    }
    return implementations.map((data) => section.part(data))
  }

  #definition(section: Section<DefinitionData>, unit: Unit): MetricDefinition | null {
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
        return this.#simple(section)
      case 'ratio':
        return this.#ratio(section, unit)
      case 'derived':
        return this.#derived(section)
      case 'cumulative':
        return this.#cumulative(section)
    }
  }

  #simple(section: Section<DefinitionData>): SimpleMetric | null {
    const { data } = section
    const { agg } = data
    if (agg === undefined) section.blame([], 'A simple metric needs `agg`.', 'Write agg: sum, count, count_distinct, average, …')
    if (data.semantic_model === undefined) {
      section.blame([], 'A simple metric needs `semantic_model`.', `Semantic models here: ${[...this.#around.semanticModels.keys()].join(', ') || 'none'}.`)
      return null
    }
    const model = this.#around.semanticModels.get(data.semantic_model)
    if (!model) {
      if (!this.#around.brokenSemanticModels.has(data.semantic_model)) {
        section.blame(['semantic_model'], `There is no semantic model "${data.semantic_model}".`, suggest(data.semantic_model, this.#around.semanticModels.keys()))
      }
      return null
    }
    if (data.expr === undefined && agg !== undefined && agg !== 'count') section.blame(['agg'], `agg: ${agg} needs an \`expr\`.`, agg === 'count_distinct' ? 'Write the key to count, like expr: customer_id.' : 'Write the column, like expr: amount.')
    this.#checkPercentile(section)
    const isStock = data.as_of !== undefined
    if (isStock) this.#checkStock(section, model)
    const timeName = isStock ? null : this.#timeDimension(section, model)
    return {
      type: 'simple',
      semanticModel: model.name,
      agg: agg ?? 'count',
      expr: data.expr === undefined ? null : expressionOf(section, data.expr, ''),
      percentile: data.percentile ?? null,
      filter: resolveCondition(section, ['filter'], data.filter, this.#lookup(model)),
      timeDimension: timeName,
      asOf: data.as_of ?? null,
      nonAdditive: isStock ? null : this.#nonAdditive(section, model, timeName),
    }
  }

  #checkPercentile(section: Section<DefinitionData>): void {
    const { agg, percentile } = section.data
    if (agg === 'percentile' && percentile === undefined) section.blame(['agg'], 'agg: percentile needs `percentile`.', 'Write a number from 0 to 1, like percentile: 0.95.')
    if (percentile === undefined) return
    if (agg !== 'percentile') section.blame(['percentile'], 'Only agg: percentile has a percentile.')
    if (percentile < 0 || percentile > 1) section.blame(['percentile'], `A percentile lies between 0 and 1, not at ${percentile}.`, percentile > 1 && percentile <= 100 ? `Write ${percentile / 100}.` : null)
  }

  #checkStock(section: Section<DefinitionData>, model: SemanticModel): void {
    const { data } = section
    if (model.validity === null) section.blame(['as_of'], `\`as_of\` needs rows that are true over an interval, and "${model.name}" has no validity.`, 'Write validity: { start: …, end: … } on the semantic model.')
    if (data.agg_time_dimension !== undefined) section.blame(['agg_time_dimension'], 'A stock follows the validity of its rows, not a time dimension.', 'Remove it.')
    if (data.non_additive_dimension !== undefined) section.blame(['non_additive_dimension'], 'A stock is taken at one moment already.', 'Keep as_of or non_additive_dimension.')
  }

  #timeDimension(section: Section<DefinitionData>, model: SemanticModel): string | null {
    const { agg_time_dimension: own } = section.data
    if (own !== undefined) return timeDimension(section, ['agg_time_dimension'], own, model.dimensions)
    if (model.aggTimeDimension === null) section.blame([], `Nothing says when rows of "${model.name}" count.`, 'Write agg_time_dimension on the metric or on the semantic model.')
    return model.aggTimeDimension
  }

  #nonAdditive(section: Section<DefinitionData>, model: SemanticModel, time: string | null): SimpleMetric['nonAdditive'] {
    const written = section.data.non_additive_dimension
    if (!written) return null
    const at = 'non_additive_dimension'
    const dimension = timeDimension(section, [at, 'name'], written.name, model.dimensions)
    if (dimension !== null && time !== null && dimension !== time) {
      section.blame([at, 'name'], `The metric follows ${time}, so it can only be non-additive over ${time}.`, `Write name: ${time}, or agg_time_dimension: ${dimension}.`)
    }
    if (written.window_choice === undefined) section.blame([at], 'Which moment of each bucket counts?', 'Write window_choice: max for the last, min for the first.')
    const keys = model.entities.map((link) => link.entity)
    ;(written.window_groupings ?? []).forEach((grouping, index) => {
      if (!keys.includes(grouping)) section.blame([at, 'window_groupings', index], `"${model.name}" has no entity "${grouping}".`, suggest(grouping, keys))
    })
    return dimension === null ? null : { dimension, choice: written.window_choice ?? 'max', groupings: written.window_groupings ?? [] }
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

  #derived(section: Section<DefinitionData>): MetricDefinition | null {
    const { data } = section
    const key = data.metrics === undefined ? 'input_metrics' : 'metrics'
    if (data.metrics !== undefined && data.input_metrics !== undefined) section.blame(['input_metrics'], '`metrics` and `input_metrics` are the same.', 'Keep one of the two.')
    const written = data[key]
    if (data.expr === undefined) section.blame([], 'A derived metric needs `expr`.', 'Write its arithmetic, like expr: revenue - costs.')
    if (written === undefined) section.blame([], 'A derived metric needs `metrics`.', 'List the metrics that its `expr` names.')
    const filter = resolveCondition(section, ['filter'], data.filter, this.#lookup(null))
    const inputs = (written ?? []).map((input, index) => this.#input(section, [key, index], input, filter))
    const seen = new Set<string>()
    inputs.forEach((input, index) => {
      if (input && seen.has(input.alias)) section.blame([key, index], `Two inputs are called "${input.alias}".`, 'Give one of them an `alias`.')
      if (input) seen.add(input.alias)
    })
    if (data.expr === undefined || written === undefined) return null
    const parsed = parseFormula(String(data.expr))
    if (!parsed.ok) {
      section.blameText(['expr'], parsed.fault)
      return null
    }
    const aliases = written.map(aliasOf)
    for (const alias of parsed.aliases) {
      if (!aliases.includes(alias)) {
        const offset = new RegExp(`\\b${alias}\\b`).exec(String(data.expr))?.index ?? 0
        const hint = this.#sections.has(alias) ? `List ${alias} under \`metrics\`.` : suggest(alias, aliases)
        section.blameText(['expr'], { offset, message: `The inputs of this metric do not include "${alias}".`, hint })
      }
    }
    aliases.forEach((alias, index) => {
      if (!parsed.aliases.includes(alias)) section.blame([key, index], `The input "${alias}" is not used in \`expr\`.`, 'Use it, or remove it.')
    })
    const usable = inputs.flatMap((input) => (input ? [input] : []))
    return usable.length === inputs.length ? { type: 'derived', formula: parsed.formula, inputs: usable } : null
  }

  #cumulative(section: Section<DefinitionData>): MetricDefinition | null {
    const { data } = section
    const key = data.metric === undefined ? 'input_metric' : 'metric'
    if (data.metric !== undefined && data.input_metric !== undefined) section.blame(['input_metric'], '`metric` and `input_metric` are the same.', 'Keep one of the two.')
    const written = data[key]
    if (data.window !== undefined && data.grain_to_date !== undefined) section.blame(['grain_to_date'], 'A running total is over a window or since the start of a grain, not both.', 'Keep `window` or `grain_to_date`.')
    const window = data.window === undefined ? null : this.#interval(section, ['window'], data.window)
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
    for (const data of input.data.implementations ?? [input.data]) {
      const type = data.type ?? 'simple'
      if (type === 'simple' && data.as_of === undefined && data.non_additive_dimension === undefined) continue
      const what = type === 'simple' ? 'a stock' : `a ${type} metric`
      const hint = type === 'simple' ? 'A stock is what it is at one moment: ask for it at the end of the period.' : 'Make running totals of its inputs, and combine those in a derived metric.'
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
    const offsetWindow = data.offset_window === undefined ? null : this.#interval(section, at('offset_window'), data.offset_window)
    if (!this.#sections.has(data.name)) {
      if (!this.#around.brokenMetrics.has(data.name)) section.blame(at('name'), `There is no metric "${data.name}".`, suggest(data.name, this.#sections.keys()))
      return null
    }
    return { metric: data.name, alias, filter: and([outer, inner]), offsetWindow, offsetToGrain: data.offset_to_grain ?? null }
  }

  #interval(section: Section<object>, keys: readonly (string | number)[], written: string): Interval | null {
    const interval = parseInterval(written)
    if (!interval) section.blame(keys, `"${written}" is not a span of time.`, 'Write a count and a unit, like "28 days" or "1 month".')
    return interval
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
    const data = this.#sections.get(metric)?.data
    const model = data?.implementations?.[0]?.semantic_model ?? data?.semantic_model
    return this.#lookup(this.#around.semanticModels.get(model ?? '') ?? null)
  }

  /** Counts are counts, ratios ratios, a running total is what it adds up; a currency means money. Without a word, a number is a count. */
  #unitOf(name: string, path: readonly string[]): Unit {
    const known = this.#units.get(name)
    if (known) return known
    const data = this.#sections.get(name)?.data
    const unit = data ? this.#findUnit(data, path.includes(name) ? null : [...path, name]) : 'count'
    this.#units.set(name, unit)
    return unit
  }

  #inheritedCurrency(data: MetricData): string | null {
    const definition = data.implementations?.[0] ?? data
    const input = definition.type === 'cumulative' ? (definition.metric ?? definition.input_metric) : undefined
    return input === undefined ? null : (this.#sections.get(typeof input === 'string' ? input : input.name)?.data.currency ?? null)
  }

  #findUnit(data: MetricData, path: readonly string[] | null): Unit {
    if (data.unit) return data.unit
    if (data.currency !== undefined) return 'currency'
    const definition = data.implementations?.[0] ?? data
    if (definition.type === 'ratio') return 'ratio'
    const input = definition.metric ?? definition.input_metric
    if (definition.type === 'cumulative' && input !== undefined && path) return this.#unitOf(typeof input === 'string' ? input : input.name, path)
    return 'count'
  }
}

function aliasOf(input: MetricInputData): string {
  return typeof input === 'string' ? input : (input.alias ?? input.name)
}

/** Names of metrics, the old ones included, must differ also in upper case. */
function blameTwins(drafts: readonly DraftMetric[]): void {
  const owners = new Map<string, { readonly name: string; readonly section: Section<MetricData> }>()
  for (const { section, metric } of drafts) {
    const twin = owners.get(metric.enumName)
    if (twin) section.blame(['name'], `The metrics "${twin.name}" and "${metric.name}" are both ${metric.enumName} to clients; the other is at ${twin.section.place}.`)
    else owners.set(metric.enumName, { name: metric.name, section })
  }
  for (const { section, metric } of drafts) {
    metric.deprecatedNames.forEach((old, index) => {
      const fault = faultOfName(old)
      if (fault) section.blame(['deprecated_names', index], fault.message, fault.hint)
      const twin = owners.get(enumNameOf(old))
      if (twin) section.blame(['deprecated_names', index], `"${old}" is a name of the metric "${twin.name}" at ${twin.section.place}.`)
      else owners.set(enumNameOf(old), { name: metric.name, section })
    })
  }
}

function currencyOf(code: string | null): MetricCurrency | null {
  return code === null ? null : { code }
}
