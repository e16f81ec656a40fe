import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { EntityName } from '../placeholders.ts'
import { DateTimeScalar, LongScalar, TimeZoneScalar } from '../scalars.ts'
import { CohortInput } from './cohort-inputs.ts'
import { SavedCohortKindEnum } from './store-enums.ts'
import { RejectedRowType } from './store-uploads.ts'

const NAME_TEXT = '1 to 100 characters, unlike those of all other saved cohorts.'

@InputType({ description: 'A cohort to save.' })
export class SaveCohortInput {
  @Field(() => String, { description: NAME_TEXT })
  readonly name!: string

  @Field(() => String, { nullable: true })
  readonly description?: string | null

  @Field(() => CohortInput, { description: 'Who belongs. Other saved cohorts are written out as they are now, relative dates in `where` become dates; windows such as the last 28 days move on.' })
  readonly definition!: CohortInput

  @Field(() => TimeZoneScalar, { nullable: true, description: 'In which the dates and relative dates of `where` are read, once, when it is saved; UTC if not given. Windows such as the last 28 days end with the period asked, in the time zone asked.' })
  readonly timezone?: string | null
}

@InputType({ description: 'A list of ids to keep as a cohort.' })
export class UploadCohortInput {
  @Field(() => String, { description: NAME_TEXT })
  readonly name!: string

  @Field(() => String, { nullable: true })
  readonly description?: string | null

  @Field(() => EntityName, { description: 'What the ids are of.' })
  readonly entity!: string

  @Field(() => String, { description: 'One id a line, or a CSV with a header.' })
  readonly csv!: string

  @Field(() => String, { nullable: true, description: 'The column of the CSV that holds the ids; without it one id a line.' })
  readonly column?: string | null
}

@InputType({ description: 'What to change of a saved cohort; what is left out stays.' })
export class RenameCohortInput {
  @Field(() => String, { nullable: true, description: NAME_TEXT })
  readonly name?: string | null

  @Field(() => String, { nullable: true, description: 'A null empties it.' })
  readonly description?: string | null
}

@ObjectType({ simpleResolvers: true, description: 'A cohort that was saved or uploaded. Use it as `{saved: id}` wherever a cohort can be composed.' })
export class SavedCohortType {
  @Field(() => ID)
  readonly id!: string

  @Field(() => String)
  readonly name!: string

  @Field(() => String, { nullable: true })
  readonly description!: string | null

  @Field(() => EntityName)
  readonly entity!: string

  @Field(() => SavedCohortKindEnum)
  readonly kind!: 'definition' | 'list'

  @Field(() => LongScalar, { nullable: true, description: 'Ids of an uploaded list, whether or not the data knows them; null for a definition.' })
  readonly listSize!: number | null

  @Field(() => DateTimeScalar)
  readonly createdAt!: string

  @Field(() => DateTimeScalar)
  readonly updatedAt!: string
}

@ObjectType({ simpleResolvers: true, description: 'What became of an uploaded list.' })
export class UploadedCohortType {
  @Field(() => SavedCohortType)
  readonly cohort!: SavedCohortType

  @Field(() => LongScalar, { description: 'Lines or cells without an id.' })
  readonly blank!: number

  @Field(() => LongScalar, { description: 'Ids that came again; each is kept once.' })
  readonly duplicates!: number

  @Field(() => LongScalar, { description: 'Ids that the data does not know. They are kept: their entities may come with the next data.' })
  readonly unknownCount!: number

  @Field(() => [String], { description: 'The first 1000 of them.' })
  readonly unknown!: readonly string[]

  @Field(() => LongScalar, { description: 'Rows that could not be read.' })
  readonly rejectedCount!: number

  @Field(() => [RejectedRowType], { description: 'The first 1000 of them.' })
  readonly rejected!: readonly RejectedRowType[]
}
