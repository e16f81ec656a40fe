import { KpiqlError } from '../base/errors.ts'
import type { Model } from '../model/types.ts'
import type { Session } from './session.ts'
import type { RetentionAnswer, RetentionAsk } from './types.ts'

export function retentionOf(_session: Session, _model: Model, _ask: RetentionAsk): Promise<RetentionAnswer> {
  return Promise.reject(new KpiqlError('NOT_SUPPORTED', { message: 'Not planned yet.' }))
}
