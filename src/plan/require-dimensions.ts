import { KpiqlError } from '../base/errors.ts'
import { findEntityPath, findJoinPath } from '../model/join-path.ts'
import { dimensionsOf } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { Metric } from '../model/types.ts'
import type { AskKey } from './ask.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'

/** @throws NotAvailable `DIMENSION_NOT_AVAILABLE`; KpiqlError `JOIN_AMBIGUOUS`. */
export function requireDimensions(context: CompileContext, metric: Pick<Metric, 'name'>, semanticModel: string, predicate: Predicate, by: readonly AskKey[]): void {
  const wanted = new Set([...dimensionsOf(predicate), ...by.flatMap((key) => (key.kind === 'entity' ? [] : (key.dimension ?? [])))])
  for (const name of wanted) {
    const found = findJoinPath(context.model, semanticModel, name)
    if (found.kind === 'ambiguous') {
      const paths = found.paths.map((path) => [semanticModel, ...path.steps.map(({ to }) => to)].join(' → '))
      throw new KpiqlError('JOIN_AMBIGUOUS', {
        message: `Metric "${metric.name}" reaches dimension "${name}" in two ways: ${paths.join(' and ')}.`,
        hint: 'Remove one of the entities that link them, or give one of the dimensions a public_name.',
      })
    }
    if (found.kind === 'none') {
      throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" cannot be sliced by "${name}": ${found.reason}`)
    }
  }
  for (const key of by) {
    if (key.kind !== 'entity') continue
    const found = findEntityPath(context.model, semanticModel, key.entity)
    if (found.kind !== 'path') throw new NotAvailable('DIMENSION_NOT_AVAILABLE', `Metric "${metric.name}" cannot be told by ${key.entity}: no path of joins leads there, or several do.`)
  }
}
