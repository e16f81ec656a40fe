import type { AnalyticsSession, DimensionValuesAnswer, DimensionValuesAsk } from '../src/answer/types.ts'
import type { DimensionValuesType } from './types/dimension-values.ts'

/** The values of a dimension, read when a field first needs them, once for all fields. */
export class DimensionValuesNode implements DimensionValuesType {
  readonly dimension: string
  readonly #session: AnalyticsSession
  readonly #ask: () => DimensionValuesAsk
  #answer: Promise<DimensionValuesAnswer> | null = null

  /** @param ask Throws what is wrong with the question, so that the fault is that of the field that reads. */
  constructor(session: AnalyticsSession, dimension: string, ask: () => DimensionValuesAsk) {
    this.dimension = dimension
    this.#session = session
    this.#ask = ask
  }

  read(): Promise<DimensionValuesAnswer> {
    this.#answer ??= this.#session.dimensionValues(this.#ask())
    return this.#answer
  }
}
