import { KpiqlError } from '../src/base/errors.ts'
import type { Activations, Jobs, Syncs } from '../src/jobs/types.ts'
import type { KpiqlContext } from './context.ts'

/** Null where nothing runs beside questions. */
export function jobsOf({ jobs }: KpiqlContext): Jobs | null {
  return jobs?.open() ?? null
}

/** @throws KpiqlError `SYNC_UNKNOWN` where nothing is synced. */
export function syncsOf(context: KpiqlContext): Syncs {
  const syncs = jobsOf(context)?.syncs
  if (syncs) return syncs
  throw new KpiqlError('SYNC_UNKNOWN', { message: 'This gateway syncs nothing.', hint: 'Configure a tool under `sources`, such as: billing: { connector: stripe, apiKey: ${STRIPE_KEY} }' })
}

/** @throws KpiqlError `DESTINATION_UNKNOWN` where cohorts can be sent nowhere. */
export function activationsOf(context: KpiqlContext): Activations {
  const activations = jobsOf(context)?.activations
  if (activations) return activations
  throw new KpiqlError('DESTINATION_UNKNOWN', { message: 'This gateway sends cohorts nowhere.', hint: 'Configure a tool under `destinations`, such as: crm: { connector: hubspot, accessToken: ${HUBSPOT_TOKEN} }' })
}
