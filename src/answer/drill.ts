import { KpiqlError } from '../base/errors.ts'
import type { Model } from '../model/types.ts'
import type { Session } from './session.ts'
import type { DrillAnswer, DrillAsk } from './types.ts'

export function drillOf(_session: Session, _model: Model, _ask: DrillAsk): Promise<DrillAnswer> {
  return Promise.reject(new KpiqlError('NOT_SUPPORTED', { message: 'Not planned yet.' }))
}
