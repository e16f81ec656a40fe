import type { Metric, Model } from './types.ts'

/** The metrics that clients see, in the model's order: all but those that only serve others. */
export function shownMetrics(model: Pick<Model, 'metrics'>): readonly Metric[] {
  return [...model.metrics.values()].filter(({ hidden }) => !hidden)
}
