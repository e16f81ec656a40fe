import { KpiqlError } from '../../base/errors.ts'
import type { Activity } from '../../model/types.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'
import { semanticModelOf } from '../relation.ts'

/**
 * What entities do is followed from table to table in one statement, so all tables must be of one source. A table that is not there
 * at all is missing before it is of another source.
 *
 * @throws NotAvailable for a missing source; KpiqlError `NOT_SUPPORTED` naming two semantic models of different sources.
 */
export function requireOneSource(context: Pick<CompileContext, 'model' | 'missing'>, activities: readonly Activity[]): void {
  for (const { semanticModel } of activities) {
    const missing = context.missing(semanticModel)
    if (missing) throw new NotAvailable(missing.reason, missing.remedy)
  }
  const models = activities.map(({ semanticModel }) => semanticModelOf(context.model, semanticModel))
  const [first] = models
  const other = models.find(({ source }) => source !== first?.source)
  if (first === undefined || other === undefined) return
  throw new KpiqlError('NOT_SUPPORTED', {
    message: `"${first.name}" is of source "${first.source}" and "${other.name}" of source "${other.source}"; what entities did in two sources cannot be followed.`,
    hint: 'Bring both tables into one source.',
  })
}
