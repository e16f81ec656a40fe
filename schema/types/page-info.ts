import { Field, ObjectType } from 'type-graphql'

export const CURSOR_OUTDATED_TEXT = 'The cursor came from an older version of the data; this page is of the present one, and rows may repeat or be missed.'

@ObjectType({ simpleResolvers: true, description: 'Where a page ends.' })
export class PageInfo {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean

  @Field(() => String, { nullable: true, description: 'Give it as `after` to get the next page; null on an empty page.' })
  readonly endCursor!: string | null
}
