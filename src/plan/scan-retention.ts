import { KpiqlError } from '../base/errors.ts'
import type { RetentionMeasure, Read } from './read.ts'
import type { PlanContext } from './rows.ts'
import type { Scan } from './scan.ts'

export function retentionScan(_context: PlanContext, _reads: readonly Read<RetentionMeasure>[]): Scan {
  throw new KpiqlError('NOT_SUPPORTED', { message: 'Reads of this kind are not planned yet.' })
}
