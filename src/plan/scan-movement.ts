import { KpiqlError } from '../base/errors.ts'
import type { MovementMeasure, FollowedMeasure, Read } from './read.ts'
import type { PlanContext } from './rows.ts'
import type { Scan } from './scan.ts'

export function movementScan(_context: PlanContext, _reads: readonly Read<MovementMeasure | FollowedMeasure>[]): Scan {
  throw new KpiqlError('NOT_SUPPORTED', { message: 'Reads of this kind are not planned yet.' })
}
