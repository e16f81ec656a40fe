import { KpiqlError } from '../base/errors.ts'
import type { Model } from '../model/types.ts'
import type { Session } from './session.ts'
import type { FunnelAnswer, FunnelAsk } from './types.ts'

export function funnelOf(_session: Session, _model: Model, _ask: FunnelAsk): Promise<FunnelAnswer> {
  return Promise.reject(new KpiqlError('NOT_SUPPORTED', { message: 'Not planned yet.' }))
}
