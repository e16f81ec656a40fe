import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { and, not, or } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Model } from '../model/types.ts'

/** Puts the definitions of cohorts where their names stand. @throws KpiqlError `COHORT_UNKNOWN`. */
export function resolveCohorts(model: Model, predicate: Predicate): Predicate {
  switch (predicate.kind) {
    case 'and':
      return and(predicate.of.map((part) => resolveCohorts(model, part)))
    case 'or':
      return or(predicate.of.map((part) => resolveCohorts(model, part)))
    case 'not':
      return not(resolveCohorts(model, predicate.of))
    case 'cohort': {
      const cohort = model.cohorts.get(predicate.cohort)
      if (cohort === undefined) {
        throw new KpiqlError('COHORT_UNKNOWN', {
          message: `Cohort "${predicate.cohort}" is not in the model.`,
          hint: `Closest: ${nearest(predicate.cohort, model.cohorts.keys(), 3).join(', ') || 'none'}. List all with { catalog { cohorts { name } } }.`,
        })
      }
      return resolveCohorts(model, cohort.where)
    }
    default:
      return predicate
  }
}
