import type { Clock } from '../base/clock.ts'
import { ActivationRecords } from './activation-records.ts'
import { ApiKeys } from './api-keys.ts'
import { ForgottenPeople } from './forgotten-people.ts'
import { ObservedRecords } from './observed-records.ts'
import { QueryLogRecords } from './query-log-records.ts'
import { RecordedAmounts } from './recorded-amounts.ts'
import { SavedCohorts } from './saved-cohorts.ts'
import { openStoreFiles } from './store-files.ts'

/** What the gateway itself keeps. */
export interface Store {
  readonly activations: ActivationRecords
  readonly amounts: RecordedAmounts
  readonly cohorts: SavedCohorts
  readonly forgotten: ForgottenPeople
  readonly keys: ApiKeys
  readonly observed: ObservedRecords
  readonly queryLog: QueryLogRecords
  close(): Promise<void>
}

/**
 * Opens the store in a SQLite file, which several gateways may have open at once.
 *
 * @param file absolute; made where there is none.
 * @throws KpiqlError `STORE_UNAVAILABLE`, `STORE_INVALID`.
 */
export async function openStore(file: string, clock: Clock): Promise<Store> {
  const files = await openStoreFiles(file)
  return {
    activations: new ActivationRecords(files),
    amounts: new RecordedAmounts(files, clock),
    cohorts: new SavedCohorts(files, clock),
    forgotten: new ForgottenPeople(files),
    keys: new ApiKeys(files, clock),
    observed: new ObservedRecords(files),
    queryLog: new QueryLogRecords(files),
    close: () => files.close(),
  }
}
