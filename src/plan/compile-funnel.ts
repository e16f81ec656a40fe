import { KpiqlError } from '../base/errors.ts'
import type { Metric, FunnelMetric } from '../model/types.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'

export function compileFunnel(_context: CompileContext, metric: Metric, _definition: FunnelMetric, _leaf: Leaf): Node {
  throw new KpiqlError('NOT_SUPPORTED', { message: `Metric "${metric.name}" is of type funnel.` })
}
