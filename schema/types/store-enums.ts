import { COST_TYPES, REVENUE_TYPES } from '../../src/store/recorded-amount.ts'
import type { CostType, RevenueType } from '../../src/store/recorded-amount.ts'
import type { UploadAsked } from '../../src/store/recorded-amounts.ts'
import { register } from './enums.ts'

export const CostTypeEnum = register<CostType>('CostType', 'What money was spent on.', COST_TYPES, {
  advertising: 'Paid media. Part of marketing and sales cost, beside MARKETING and SALES.',
  infrastructure: 'Hosting and services that the product runs on: a cost of revenue.',
  support: 'Helping customers: a cost of revenue.',
})

export const RevenueTypeEnum = register<RevenueType>('RevenueType', 'What money was earned with.', REVENUE_TYPES)

export const OnErrorEnum = register<UploadAsked['onError']>('UploadOnError', 'What becomes of an upload with bad rows.', ['reject_rows', 'reject_all'], {
  reject_rows: 'The good rows are recorded, the bad ones reported.',
  reject_all: 'One bad row keeps all out.',
})

export const SavedCohortKindEnum = register<'definition' | 'list'>('SavedCohortKind', 'How a saved cohort knows its members.', ['definition', 'list'], {
  definition: 'By a rule: members come and go with the data.',
  list: 'By the ids that were uploaded.',
})
