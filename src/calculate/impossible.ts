import { KpiqlError } from '../base/errors.ts'

/** The refusal of an input that cannot be. */
export function impossible(field: string, why: string, hint: string): KpiqlError {
  return new KpiqlError('CALCULATION_INVALID', { message: `\`${field}\`: ${why}`, hint, data: { field } })
}
