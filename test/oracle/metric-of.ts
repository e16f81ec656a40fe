import type { Metric, MetricDefinition, Model } from '../../src/model/types.ts'

/** A metric as the loader would make it, with nothing said but its definition. */
export function metricOf(name: string, definition: MetricDefinition): Metric {
  return {
    name,
    enumName: name.toUpperCase(),
    label: name,
    description: null,
    unit: 'count',
    currency: null,
    direction: null,
    formula: null,
    interpretation: null,
    category: null,
    frameworks: {},
    stages: [],
    benchmark: null,
    goal: null,
    ratePeriod: null,
    recordedEvery: null,
    fillNullsWith: null,
    deprecatedNames: [],
    hidden: false,
    whenMissing: null,
    estimate: null,
    implementations: [definition],
    implementedBy: [null],
  }
}

export function withMetrics(model: Model, definitions: Readonly<Record<string, MetricDefinition>>): Model {
  return { ...model, metrics: new Map([...model.metrics, ...Object.entries(definitions).map(([name, definition]) => [name, metricOf(name, definition)] as const)]) }
}
