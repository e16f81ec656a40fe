import { KpiqlError } from '../../base/errors.ts'
import { findEntityPath } from '../../model/join-path.ts'
import { dimensionsOf } from '../../model/predicate.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { Metric } from '../../model/types.ts'
import type { AskKey } from '../ask.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'
import { modelsBehind, unreachable } from '../membership/membership-reach.ts'
import { isMembership } from '../membership/membership.ts'
import { modelsTelling, requireWhole } from './require-whole.ts'

/** @throws NotAvailable `DIMENSION_NOT_AVAILABLE`, `SOURCE_MISSING` for what decides a membership, `BACKFILLING` for what else is read and is not whole yet; KpiqlError `JOIN_AMBIGUOUS`. */
export function requireDimensions(context: CompileContext, metric: Pick<Metric, 'name'>, semanticModel: string, predicate: Predicate, by: readonly AskKey[]): void {
  const wanted = new Set([...dimensionsOf(predicate), ...by.flatMap((key) => (key.kind === 'entity' ? [] : (key.dimension ?? [])))])
  for (const name of wanted) {
    const fault = unreachable(context, semanticModel, name)
    if (fault?.kind === 'ambiguous') {
      throw new KpiqlError('JOIN_AMBIGUOUS', {
        message: `Metric "${metric.name}" cannot be sliced without doubt: ${fault.reason}`,
        hint: 'Remove one of the entities that link them, or give one of the dimensions a public_name.',
      })
    }
    if (fault !== null) throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" cannot be sliced by ${sliceName(context, name)}: ${fault.reason}`)
    for (const behind of modelsBehind(context, semanticModel, name)) {
      const missing = context.missing(behind)
      if (missing !== null) throw new NotAvailable(missing.reason, missing.remedy)
    }
  }
  requireWhole(context, modelsTelling(context, semanticModel, wanted, by))
  for (const key of by) {
    if (key.kind !== 'entity') continue
    const found = findEntityPath(context.model, semanticModel, key.entity)
    if (found.kind !== 'path') throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" cannot be told by ${key.entity}: no path of joins leads there, or several do.`)
  }
}

/** What a dimension or membership is called before people. */
export function sliceName({ memberships }: Pick<CompileContext, 'memberships'>, name: string): string {
  return isMembership(name) ? `a cohort of the entity ${memberships.get(name)?.entity ?? ''}` : `"${name}"`
}
