import { KpiqlError } from '../base/errors.ts'
import type { Metric, ActiveMetric } from '../model/types.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'

export function compileActive(_context: CompileContext, metric: Metric, _definition: ActiveMetric, _leaf: Leaf): Node {
  throw new KpiqlError('NOT_SUPPORTED', { message: `Metric "${metric.name}" is of type active.` })
}
