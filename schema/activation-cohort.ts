import { KpiqlError } from '../src/base/errors.ts'
import type { ActivationAsk } from '../src/jobs/types.ts'
import type { KpiqlContext } from './context.ts'
import { whereContext } from './slice-node.ts'
import type { CohortInput } from './types/cohort-inputs.ts'
import { toCohort } from './where.ts'

/** A cohort that is sent needs a name: the model's, that of a saved one, or one given. @throws KpiqlError `ACTIVATION_INVALID`, and all that composing a cohort throws. */
export function askedCohort(input: CohortInput, given: string | null, context: KpiqlContext): ActivationAsk['cohort'] {
  const { entity, predicate } = toCohort(input, whereContext(context, context.session('CACHED_OK'), null), 'cohort')
  const name = given ?? input.name ?? (input.saved ? (context.savedCohorts.get(input.saved)?.name ?? null) : null)
  if (name === null || name.trim() === '' || name.length > 100) throw new KpiqlError('ACTIVATION_INVALID', { message: name === null ? 'A cohort composed here has no name.' : 'The name of the cohort has 1 to 100 characters.', hint: 'Give `name`: the destination shows the cohort under it.' })
  return { name: name.trim(), entity, predicate }
}
