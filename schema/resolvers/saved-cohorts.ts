import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { SavedCohort, UploadedCohort } from '../../src/store/saved-cohorts.ts'
import type { KpiqlContext } from '../context.ts'
import { EntityName } from '../placeholders.ts'
import { whereContext } from '../slice-node.ts'
import { storeOf } from '../store-of.ts'
import { RenameCohortInput, SaveCohortInput, SavedCohortType, UploadCohortInput, UploadedCohortType } from '../types/store-cohorts.ts'
import { unknownIds } from '../unknown-ids.ts'
import { toCohort } from '../where.ts'

const KEY_TEXT = 'Chosen by you, such as a UUID: the same request with the same key is saved once and has the same answer again.'

/** Cohorts that people save or upload. */
@Resolver(() => SavedCohortType)
export class SavedCohortResolver {
  @Query(() => [SavedCohortType], { nullable: true, description: 'Cohorts that were saved or uploaded, by name.' })
  async savedCohorts(@Ctx() context: KpiqlContext, @Arg('entity', () => EntityName, { nullable: true }) entity: string | null | undefined): Promise<readonly SavedCohort[]> {
    return (await storeOf(context)).cohorts.list(entity ?? null)
  }

  @Mutation(() => SavedCohortType, { nullable: true, description: 'Keeps a composed cohort under a name.' })
  async saveCohort(@Ctx() context: KpiqlContext, @Arg('input', () => SaveCohortInput) input: SaveCohortInput, @Arg('key', () => ID, { nullable: true, description: KEY_TEXT }) key: string | null | undefined): Promise<SavedCohort> {
    const store = await storeOf(context)
    const { name, description, definition, timezone } = input
    return store.cohorts.save({ name, description: description ?? null, key: key ?? null, sent: input }, () => toCohort(definition, whereContext(context, context.session('CACHED_OK'), timezone), 'input.definition'))
  }

  @Mutation(() => UploadedCohortType, { nullable: true, description: 'Keeps a list of ids as a cohort, and reports those that the data does not know; at most 10 MB and 100,000 rows.' })
  async uploadCohort(@Ctx() context: KpiqlContext, @Arg('input', () => UploadCohortInput) input: UploadCohortInput, @Arg('key', () => ID, { nullable: true, description: KEY_TEXT }) key: string | null | undefined): Promise<UploadedCohort> {
    const { name, description, entity, csv, column } = input
    const store = await storeOf(context)
    return store.cohorts.upload({ name, description: description ?? null, entity, csv, column: column ?? null, key: key ?? null, sent: input }, unknownIds(context))
  }

  @Mutation(() => SavedCohortType, { nullable: true, description: 'Changes the name or the description; the id stays.' })
  async renameCohort(@Ctx() context: KpiqlContext, @Arg('id', () => ID) id: string, @Arg('input', () => RenameCohortInput) input: RenameCohortInput): Promise<SavedCohort> {
    const store = await storeOf(context)
    return store.cohorts.rename(id, { name: input.name ?? undefined, description: input.description })
  }

  @Mutation(() => SavedCohortType, { nullable: true, description: 'For good. Answers what was deleted; questions that name it are refused from then on.' })
  async deleteCohort(@Ctx() context: KpiqlContext, @Arg('id', () => ID) id: string): Promise<SavedCohort> {
    return (await storeOf(context)).cohorts.delete(id)
  }
}
