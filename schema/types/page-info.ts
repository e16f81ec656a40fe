import { Field, ObjectType } from 'type-graphql'

@ObjectType({ simpleResolvers: true, description: 'Where a page ends.' })
export class PageInfo {
  @Field(() => Boolean)
  readonly hasNextPage!: boolean

  @Field(() => String, { nullable: true, description: 'Give it as `after` to get the next page; null on an empty page.' })
  readonly endCursor!: string | null
}
