import { KpiqlError } from '../base/errors.ts'
import type { Metric, ConversionMetric } from '../model/types.ts'
import type { CompileContext, Leaf, Node } from './compile-node.ts'

export function compileConversion(_context: CompileContext, metric: Metric, _definition: ConversionMetric, _leaf: Leaf): Node {
  throw new KpiqlError('NOT_SUPPORTED', { message: `Metric "${metric.name}" is of type conversion.` })
}
