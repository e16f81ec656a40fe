import { Field, Int, ObjectType } from 'type-graphql'
import { LongScalar } from '../scalars.ts'

@ObjectType({ simpleResolvers: true, description: 'A row that was not taken.' })
export class RejectedRowType {
  @Field(() => Int, { description: 'Of the text; the header is line 1.' })
  readonly line!: number

  @Field(() => String, { nullable: true, description: 'As the header writes it; null where the row as a whole is at fault.' })
  readonly column!: string | null

  @Field(() => String)
  readonly reason!: string

  @Field(() => String, { description: 'The row as it stands, cut to 200 characters.' })
  readonly content!: string
}

@ObjectType({ simpleResolvers: true, description: 'What became of an upload.' })
export class UploadReportType {
  @Field(() => LongScalar, { description: 'Rows that are good.' })
  readonly accepted!: number

  @Field(() => LongScalar, { description: 'Rows that were recorded: 0 for a dry run, and where one bad row keeps all out.' })
  readonly recorded!: number

  @Field(() => LongScalar, { description: 'Rows that are bad.' })
  readonly rejectedCount!: number

  @Field(() => [RejectedRowType], { description: 'The first 1000 of them.' })
  readonly rejected!: readonly RejectedRowType[]

  @Field(() => Boolean, { description: 'There are more bad rows than are listed.' })
  readonly truncated!: boolean
}
