import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { CostType, RecordedAmount } from '../../src/store/recorded-amount.ts'
import type { AmountFilter, AmountPage, CurrencyTotal, UploadAsked, UploadReport } from '../../src/store/recorded-amounts.ts'
import { amountFilter, LISTED_AMOUNTS, MOST_AMOUNTS } from '../amount-filter.ts'
import type { KpiqlContext } from '../context.ts'
import { checkLimit } from '../limits.ts'
import { currencyOf, storeOf } from '../store-of.ts'
import { CurrencyTotalType, RecordCostInput, RecordedCost, RecordedCosts, UpdateCostInput } from '../types/store-amounts.ts'
import { CostTypeEnum, OnErrorEnum } from '../types/store-enums.ts'
import { UploadReportType } from '../types/store-uploads.ts'

const KEY_TEXT = 'Chosen by you, such as a UUID: the same request with the same key is recorded once and has the same answer again.'

interface Listed {
  readonly filter: AmountFilter
  readonly records: readonly RecordedAmount[]
  readonly totalCount: number
  readonly pageInfo: Pick<AmountPage, 'hasNextPage' | 'endCursor'>
}

/** Costs that people record. */
@Resolver(() => RecordedCosts)
export class RecordedCostsResolver {
  @Query(() => RecordedCosts, { nullable: true, description: 'Costs that were recorded, newest date first.' })
  async recordedCosts(
    @Ctx() context: KpiqlContext,
    @Arg('from', () => String, { nullable: true, description: 'First day, `YYYY-MM-DD`.' }) from: string | null | undefined,
    @Arg('to', () => String, { nullable: true, description: 'The first day that no longer belongs.' }) to: string | null | undefined,
    @Arg('type', () => CostTypeEnum, { nullable: true }) type: CostType | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: LISTED_AMOUNTS, description: '1 to 1000.' }) first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'The `endCursor` of the page before.' }) after: string | null | undefined,
  ): Promise<Listed> {
    const most = first ?? LISTED_AMOUNTS
    checkLimit('first', most, MOST_AMOUNTS)
    const filter = amountFilter(from, to, type)
    const { hasNextPage, endCursor, ...page } = await (await storeOf(context)).amounts.list('cost', filter, most, after ?? null)
    return { ...page, filter, pageInfo: { hasNextPage, endCursor } }
  }

  @FieldResolver(() => [CurrencyTotalType], { description: 'Of all pages, a currency each.' })
  async totals(@Ctx() context: KpiqlContext, @Root() { filter }: Listed): Promise<readonly CurrencyTotal[]> {
    return (await storeOf(context)).amounts.totals('cost', filter)
  }

  @Mutation(() => RecordedCost, { nullable: true, description: 'Records a cost, for metrics such as CAC and burn rate: the next question sees it.' })
  async recordCost(@Ctx() context: KpiqlContext, @Arg('input', () => RecordCostInput) input: RecordCostInput, @Arg('key', () => ID, { nullable: true, description: KEY_TEXT }) key: string | null | undefined): Promise<RecordedAmount> {
    const store = await storeOf(context)
    return store.amounts.record('cost', { ...input }, key ?? null, currencyOf(context.model))
  }

  @Mutation(() => RecordedCost, { nullable: true, description: 'Corrects it.' })
  async updateCost(@Ctx() context: KpiqlContext, @Arg('id', () => ID) id: string, @Arg('input', () => UpdateCostInput) input: UpdateCostInput): Promise<RecordedAmount> {
    return (await storeOf(context)).amounts.update('cost', id, { ...input })
  }

  @Mutation(() => RecordedCost, { nullable: true, description: 'For good. Answers what was deleted.' })
  async deleteCost(@Ctx() context: KpiqlContext, @Arg('id', () => ID) id: string): Promise<RecordedAmount> {
    return (await storeOf(context)).amounts.delete('cost', id)
  }

  @Mutation(() => UploadReportType, { nullable: true, description: 'Records the costs of a CSV text. Its header names `date`, `type` and `amount`, and perhaps `currency`, `channel`, `description`; at most 10 MB and 100,000 rows.' })
  async uploadCosts(
    @Ctx() context: KpiqlContext,
    @Arg('csv', () => String) csv: string,
    @Arg('dryRun', () => Boolean, { nullable: true, defaultValue: false, description: 'Checks and reports, and records nothing.' }) dryRun: boolean | null,
    @Arg('onError', () => OnErrorEnum, { nullable: true, defaultValue: 'reject_rows' }) onError: UploadAsked['onError'] | null,
    @Arg('key', () => ID, { nullable: true, description: KEY_TEXT }) key: string | null | undefined,
  ): Promise<UploadReport> {
    const store = await storeOf(context)
    return store.amounts.upload('cost', { csv, currency: currencyOf(context.model), dryRun: dryRun ?? false, onError: onError ?? 'reject_rows', key: key ?? null })
  }
}
