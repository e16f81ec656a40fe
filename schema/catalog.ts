import type { SourceStatus } from '../src/answer/types.ts'
import { formatInstant } from '../src/base/period.ts'
import { onlyCurrency } from '../src/model/currency.ts'
import { shownMetrics } from '../src/model/shown-metrics.ts'
import { FRAMEWORKS } from '../src/model/types.ts'
import type { Cohort, Dimension, Entity, Metric, Model, Named } from '../src/model/types.ts'
import { enumNameOf } from '../src/model/names.ts'
import { benchmarkOf } from './benchmark-node.ts'
import type { KpiqlContext } from './context.ts'
import type { CatalogCohort, CatalogDimensionType, CatalogEntity, CatalogMetricType, CatalogSource, CatalogType } from './types/catalog.ts'

/** What the model holds, filtered by words. Only `sources` looks outside. */
export class Catalog implements CatalogType {
  readonly #context: KpiqlContext
  readonly #words: readonly string[]
  #metricsOfDimension: ReadonlyMap<string, readonly string[]> | null = null

  constructor(context: KpiqlContext, search: string) {
    this.#context = context
    this.#words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  }

  get definitionVersion(): string {
    return this.#context.model.version
  }

  get now(): string {
    return formatInstant(this.#context.analytics.nowUtcMs(), 'UTC')
  }

  metrics(): readonly CatalogMetric[] {
    return this.#found(shownMetrics(this.#context.model)).map((metric) => new CatalogMetric(metric, this, this.#context.model))
  }

  dimensions(): readonly CatalogDimension[] {
    return this.#found(this.#context.model.dimensions.values()).map((dimension) => new CatalogDimension(dimension, this))
  }

  cohorts(): readonly CatalogCohort[] {
    return this.#found(this.#context.model.cohorts.values()).map(({ name, label, description, entity, definition }: Cohort) => ({ name, label, description, entity, definition }))
  }

  entities(): readonly CatalogEntity[] {
    return this.#found(this.#context.model.entities.values()).map(({ name, label, description }: Entity) => ({ name, label, description }))
  }

  async sources(): Promise<readonly CatalogSource[]> {
    return (await this.#context.analytics.sources()).map(({ nowUtcMs, ...source }: SourceStatus) => ({ ...source, now: nowUtcMs === null ? null : formatInstant(nowUtcMs, 'UTC') }))
  }

  dimensionsOf(metric: string): readonly CatalogDimension[] {
    const { analytics, model } = this.#context
    return analytics.dimensionsOf(metric).flatMap((name) => {
      const dimension = model.dimensions.get(name)
      return dimension ? [new CatalogDimension(dimension, this)] : []
    })
  }

  metricsOf(dimension: string): readonly CatalogMetric[] {
    const { model } = this.#context
    this.#metricsOfDimension ??= this.#indexMetrics()
    return (this.#metricsOfDimension.get(dimension) ?? []).flatMap((name) => {
      const metric = model.metrics.get(name)
      return metric ? [new CatalogMetric(metric, this, model)] : []
    })
  }

  finestGrain(metric: string) {
    return this.#context.analytics.finestGrain(metric)
  }

  #indexMetrics(): ReadonlyMap<string, readonly string[]> {
    const { analytics, model } = this.#context
    const index = new Map<string, string[]>()
    for (const { name: metric } of shownMetrics(model)) {
      for (const dimension of analytics.dimensionsOf(metric)) {
        const metrics = index.get(dimension)
        if (metrics) metrics.push(metric)
        else index.set(dimension, [metric])
      }
    }
    return index
  }

  #found<T extends Named>(named: Iterable<T>): readonly T[] {
    return [...named].filter(({ name, label, description }) => {
      const text = `${name} ${label} ${description ?? ''}`.toLowerCase()
      return this.#words.every((word) => text.includes(word))
    })
  }
}

/** A metric of the catalog, which knows the dimensions that fit it. */
export class CatalogMetric implements CatalogMetricType {
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly unit: Metric['unit']
  readonly currency: string | null
  readonly direction: Metric['direction']
  readonly formula: string | null
  readonly interpretation: string | null
  readonly category: Metric['category']
  readonly stages: Metric['stages']
  readonly benchmark: CatalogMetricType['benchmark']
  readonly ratePeriod: Metric['ratePeriod']
  readonly implementedBy: readonly string[]
  readonly deprecatedNames: readonly string[]
  readonly frameworks: CatalogMetricType['frameworks']
  readonly catalog: Catalog

  constructor(metric: Metric, catalog: Catalog, model: Model) {
    this.name = metric.name
    this.label = metric.label
    this.description = metric.description
    this.unit = metric.unit
    this.currency = onlyCurrency(model, metric)
    this.direction = metric.direction
    this.formula = metric.formula
    this.interpretation = metric.interpretation
    this.category = metric.category
    this.stages = metric.stages
    this.benchmark = benchmarkOf(metric, null)
    this.ratePeriod = metric.ratePeriod
    this.implementedBy = [...new Set(metric.implementedBy)].flatMap((name) => (name === null || model.metrics.get(name)?.hidden !== false ? [] : [name]))
    this.deprecatedNames = metric.deprecatedNames.map(enumNameOf)
    this.frameworks = FRAMEWORKS.flatMap((framework) => {
      const parts = metric.frameworks[framework]
      return parts === undefined ? [] : [{ framework, parts }]
    })
    this.catalog = catalog
  }
}

/** A dimension of the catalog, which knows the metrics that fit it. */
export class CatalogDimension implements CatalogDimensionType {
  readonly name: string
  readonly field: string
  readonly label: string
  readonly description: string | null
  readonly kind: Dimension['kind']
  readonly granularity: Dimension['granularity']
  readonly entity: string | null
  readonly catalog: Catalog

  constructor({ name, label, description, kind, granularity, entity }: Dimension, catalog: Catalog) {
    this.name = name
    this.field = name
    this.label = label
    this.description = description
    this.kind = kind
    this.granularity = granularity
    this.entity = entity
    this.catalog = catalog
  }
}
