import { Field, Float, ID, ObjectType } from 'type-graphql'
import type { ActivationReport, StreamStatus } from '../../src/jobs/types.ts'
import { DateTimeScalar, LongScalar } from '../scalars.ts'
import { ActivationStateEnum, StreamStateEnum } from './job-enums.ts'

@ObjectType({ simpleResolvers: true, description: 'Why something that runs beside questions failed.' })
export class JobError {
  @Field(() => String, { description: 'One of the documented error codes.' })
  readonly code!: string

  @Field(() => String)
  readonly message!: string

  @Field(() => String, { nullable: true })
  readonly hint!: string | null
}

@ObjectType('StreamStatus', { simpleResolvers: true, description: 'One stream of a synced tool: tables that are read together.' })
export class StreamStatusType {
  @Field(() => String)
  readonly name!: string

  @Field(() => StreamStateEnum)
  readonly state!: StreamStatus['state']

  @Field(() => Float, { nullable: true, description: '0 to 1 while it is read; null where the tool does not tell.' })
  readonly done!: number | null

  @Field(() => LongScalar, { description: 'Rows in its tables.' })
  readonly rows!: number

  @Field(() => LongScalar, { description: 'Records that did not fit, kept with the reason.' })
  readonly quarantined!: number

  @Field(() => DateTimeScalar, { nullable: true, description: 'When something of it was last committed.' })
  readonly lastSyncedAt!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Up to this moment everything that happened is in; null where nobody knows.' })
  readonly completeUntil!: string | null

  @Field(() => LongScalar, { description: 'Records landed by this run, or by the last one.' })
  readonly written!: number

  @Field(() => LongScalar, { description: 'Rows removed by this run, or by the last one.' })
  readonly removed!: number

  @Field(() => JobError, { nullable: true })
  readonly error!: JobError | null
}

@ObjectType('SyncStatus', { simpleResolvers: true, description: 'A tool whose records are copied before they are asked, and how far that has come.' })
export class SyncStatusType {
  @Field(() => String)
  readonly source!: string

  @Field(() => String)
  readonly connector!: string

  @Field(() => Boolean)
  readonly running!: boolean

  @Field(() => DateTimeScalar, { nullable: true })
  readonly startedAt!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Null while it runs, and before the first run.' })
  readonly endedAt!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Null where it runs only when asked.' })
  readonly nextRunAt!: string | null

  @Field(() => String, { nullable: true, description: 'The gateway that syncs, such as `host, process 4711`, where several land in one place and it is another one; it alone runs by schedule. Null where it is this one, or nobody now.' })
  readonly syncedBy!: string | null

  @Field(() => [StreamStatusType])
  readonly streams!: readonly StreamStatusType[]
}

@ObjectType('Destination', { simpleResolvers: true, description: 'A tool that takes the members of cohorts.' })
export class DestinationType {
  @Field(() => String)
  readonly name!: string

  @Field(() => String)
  readonly connector!: string
}

@ObjectType({ simpleResolvers: true, description: 'A change that a destination did not take.' })
export class ActivationRefusal {
  @Field(() => String)
  readonly member!: string

  @Field(() => String)
  readonly reason!: string
}

@ObjectType('ActivationReport', { simpleResolvers: true, description: 'What became of sending a cohort: only what changed since the last run is sent.' })
export class ActivationReportType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly cohort!: string

  @Field(() => String)
  readonly destination!: string

  @Field(() => Boolean, { description: 'Nothing was sent; the numbers are what would have been.' })
  readonly dryRun!: boolean

  @Field(() => ActivationStateEnum)
  readonly state!: ActivationReport['state']

  @Field(() => LongScalar, { description: 'Members now.' })
  readonly members!: number

  @Field(() => LongScalar, { description: 'Members since the last run.' })
  readonly entered!: number

  @Field(() => LongScalar, { description: 'Members no more since the last run.' })
  readonly left!: number

  @Field(() => LongScalar, { description: 'Changes that the destination took.' })
  readonly sent!: number

  @Field(() => LongScalar, { description: 'Changes that it did not take; they are sent again by the next run.' })
  readonly refused!: number

  @Field(() => [ActivationRefusal], { description: 'The first 100 of them.' })
  readonly refusals!: readonly ActivationRefusal[]

  @Field(() => LongScalar, { description: 'Members without what the destination knows them by.' })
  readonly unaddressed!: number

  @Field(() => DateTimeScalar)
  readonly startedAt!: string

  @Field(() => DateTimeScalar, { nullable: true })
  readonly endedAt!: string | null

  @Field(() => JobError, { nullable: true })
  readonly error!: JobError | null
}

@ObjectType({ simpleResolvers: true, description: 'The rows of one table that stand for people, or for companies.' })
export class IdentitySource {
  @Field(() => String)
  readonly source!: string

  @Field(() => String)
  readonly table!: string

  @Field(() => LongScalar)
  readonly rows!: number

  @Field(() => LongScalar, { description: 'Rows that were matched with a row of another tool.' })
  readonly linked!: number

  @Field(() => LongScalar, { description: 'Rows that stand alone.' })
  readonly unlinked!: number
}

@ObjectType('IdentityStatus', { simpleResolvers: true, description: 'How the users of several tools meet, and where the tools disagree.' })
export class IdentityStatusType {
  @Field(() => String, { description: 'The entity in the model.' })
  readonly entity!: string

  @Field(() => LongScalar, { description: 'Over all tools, each counted once.' })
  readonly people!: number

  @Field(() => [IdentitySource])
  readonly sources!: readonly IdentitySource[]

  @Field(() => LongScalar, { description: 'Rows whose keys lead to different people. They are left apart: nothing is merged silently.' })
  readonly conflicts!: number

  @Field(() => [String], { description: 'A few of them, by table and key.' })
  readonly examples!: readonly string[]

  @Field(() => DateTimeScalar, { nullable: true })
  readonly resolvedAt!: string | null
}
