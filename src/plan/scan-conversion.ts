import { KpiqlError } from '../base/errors.ts'
import type { ConversionMeasure, Read } from './read.ts'
import type { PlanContext } from './rows.ts'
import type { Scan } from './scan.ts'

export function conversionScan(_context: PlanContext, _reads: readonly Read<ConversionMeasure>[]): Scan {
  throw new KpiqlError('NOT_SUPPORTED', { message: 'Reads of this kind are not planned yet.' })
}
