import type { ActivationReport, StreamStatus } from '../../src/jobs/types.ts'
import { register } from './enums.ts'

export const StreamStateEnum = register<StreamStatus['state']>('StreamState', 'How a stream of a synced tool stands.', ['never', 'running', 'whole', 'partial', 'failed'], {
  never: 'Nothing was read yet.',
  whole: 'All there is was read once, and what changed since.',
  partial: 'The first reading has not come to its end yet.',
  failed: 'The last run failed; what was committed before stays.',
})

export const ActivationStateEnum = register<ActivationReport['state']>('ActivationState', 'How sending a cohort ended.', ['running', 'done', 'failed', 'interrupted'], {
  done: 'Everything was sent, but for what is refused.',
  failed: 'The destination could not be reached; the next run sends the rest.',
  interrupted: 'The gateway stopped on the way; the next run sends the rest.',
})
