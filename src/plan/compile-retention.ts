import { KpiqlError } from '../base/errors.ts'
import type { Metric, RetentionMetric } from '../model/types.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'

export function compileRetention(_context: CompileContext, metric: Metric, _definition: RetentionMetric, _leaf: Leaf): Node {
  throw new KpiqlError('NOT_SUPPORTED', { message: `Metric "${metric.name}" is of type retention.` })
}
