import type { MetricInputData } from './metric-file.ts'

/** The metric that an input names. */
export function nameOf(input: MetricInputData): string {
  return typeof input === 'string' ? input : input.name
}

/** What the input is called in a formula. */
export function aliasOf(input: MetricInputData): string {
  return typeof input === 'string' ? input : (input.alias ?? input.name)
}
