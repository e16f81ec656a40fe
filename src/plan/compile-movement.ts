import { KpiqlError } from '../base/errors.ts'
import type { Metric, MovementMetric } from '../model/types.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'

export function compileMovement(_context: CompileContext, metric: Metric, _definition: MovementMetric, _leaf: Leaf): Node {
  throw new KpiqlError('NOT_SUPPORTED', { message: `Metric "${metric.name}" is of type movement.` })
}
