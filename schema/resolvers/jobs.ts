import { Arg, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql'
import { KpiqlError } from '../../src/base/errors.ts'
import type { ActivationReport, SyncStatus } from '../../src/jobs/types.ts'
import { askedCohort } from '../activation-cohort.ts'
import type { KpiqlContext } from '../context.ts'
import { activationsOf, jobsOf, syncsOf } from '../jobs-of.ts'
import { CohortInput } from '../types/cohort-inputs.ts'
import { ActivationReportType, DestinationType, SyncStatusType } from '../types/jobs.ts'
import type { StreamStatusType } from '../types/jobs.ts'

const MOST_REPORTS = 100
/** Well within any request's deadline. */
const WAIT_MS = 10_000

/** What runs beside questions: syncs of tools, and cohorts that are sent. */
@Resolver()
export class JobsResolver {
  @Query(() => [SyncStatusType], { nullable: true, description: 'Tools whose records are copied before they are asked, in the order of the configuration.' })
  async syncStatus(@Ctx() context: KpiqlContext, @Arg('source', () => String, { nullable: true }) source: string | null | undefined): Promise<readonly SyncStatusType[]> {
    const all = (await jobsOf(context)?.syncs?.status()) ?? []
    const asked = all.filter((one) => source === null || source === undefined || one.source === source)
    if (asked.length === 0 && source) throw new KpiqlError('SYNC_UNKNOWN', { message: `No source "${source}" is synced.`, hint: `Synced: ${all.map((one) => one.source).join(', ') || 'none'}.` })
    return asked.map(syncNode)
  }

  @Mutation(() => SyncStatusType, { nullable: true, description: 'Starts reading what changed in a tool, and answers at once; follow it with `syncStatus`.' })
  async sync(
    @Ctx() context: KpiqlContext,
    @Arg('source', () => String) source: string,
    @Arg('full', () => Boolean, { nullable: true, defaultValue: false, description: 'Read everything from the beginning.' }) full: boolean | null,
    @Arg('streams', () => [String], { nullable: true, description: 'All of them if not given.' }) streams: readonly string[] | null | undefined,
  ): Promise<SyncStatusType> {
    return syncNode(await syncsOf(context).start({ source, full: full ?? false, streams: streams ?? null }))
  }

  @Query(() => [DestinationType], { description: 'Tools that take the members of cohorts.' })
  destinations(@Ctx() context: KpiqlContext): readonly DestinationType[] {
    return jobsOf(context)?.activations?.destinations() ?? []
  }

  @Query(() => [ActivationReportType], { nullable: true, description: 'Cohorts that were sent, newest first; at most 100.' })
  async activations(@Ctx() context: KpiqlContext, @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) asked: number | null): Promise<readonly ActivationReportType[]> {
    const first = asked ?? 20
    if (first < 1 || first > MOST_REPORTS) throw new KpiqlError('INVALID_LIMIT', { message: `first is ${first}; it goes from 1 to ${MOST_REPORTS}.` })
    return ((await jobsOf(context)?.activations?.reports(first)) ?? []).map(reportNode)
  }

  @Mutation(() => ActivationReportType, { nullable: true, description: 'Sends who entered and who left a cohort since it was sent last. Only the changes are sent, each once. What takes longer than ten seconds goes on, and is answered as RUNNING: follow it with `activations`.' })
  async activateCohort(
    @Ctx() context: KpiqlContext,
    @Arg('cohort', () => CohortInput) cohort: CohortInput,
    @Arg('destination', () => String) destination: string,
    @Arg('dryRun', () => Boolean, { nullable: true, defaultValue: false, description: 'Count what would be sent, and send nothing.' }) dryRun: boolean | null,
    @Arg('name', () => String, { nullable: true, description: 'How the destination calls the cohort; its own name if not given, which a cohort composed here does not have.' }) name: string | null | undefined,
  ): Promise<ActivationReportType> {
    const activations = activationsOf(context)
    return reportNode(await activations.activate({ cohort: askedCohort(cohort, name ?? null, context), destination, dryRun: dryRun ?? false }, WAIT_MS))
  }
}

const iso = (utcMs: number | null): string | null => (utcMs === null ? null : new Date(utcMs).toISOString())

function syncNode({ startedUtcMs, endedUtcMs, nextRunUtcMs, streams, ...rest }: SyncStatus): SyncStatusType {
  return {
    ...rest,
    startedAt: iso(startedUtcMs),
    endedAt: iso(endedUtcMs),
    nextRunAt: iso(nextRunUtcMs),
    streams: streams.map(({ lastCommitUtcMs, completeUntilUtcMs, ...stream }): StreamStatusType => ({ ...stream, lastSyncedAt: iso(lastCommitUtcMs), completeUntil: iso(completeUntilUtcMs) })),
  }
}

function reportNode({ startedUtcMs, endedUtcMs, error, ...rest }: ActivationReport): ActivationReportType {
  return { ...rest, startedAt: new Date(startedUtcMs).toISOString(), endedAt: iso(endedUtcMs), error: error && { ...error, hint: null } }
}
