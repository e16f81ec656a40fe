import { buildSchema as parseSchema, parse } from 'graphql'
import type { OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import { baseSchema } from '../../schema/base-schema.ts'
import { checkMutationRoles, roleNeeded } from '../../schema/mutation-roles.ts'

function needed(text: string): string {
  const document = parse(text)
  return roleNeeded(document.definitions[0] as OperationDefinitionNode, document)
}

describe('the roles of mutations', () => {
  it('are given to every mutation there is, and to no other: a gateway where they are not does not start', () => {
    expect(() => checkMutationRoles(baseSchema())).not.toThrow()
    expect(() => checkMutationRoles(parseSchema('type Query { a: Int } type Mutation { recordCost: Int, forgotten: Int }'))).toThrow(/forgotten.*updateCost/s)
  })

  it('are the highest of an operation, fragments followed; of one that nobody gave a role, an admin’s', () => {
    expect(needed('{ a }')).toBe('viewer')
    expect(needed('mutation { __typename }')).toBe('viewer')
    expect(needed('mutation { recordCost { id } }')).toBe('editor')
    expect(needed('mutation { recordCost { id } other }')).toBe('admin')
    expect(needed('mutation { ...A } fragment A on Mutation { ...B ...A } fragment B on Mutation { alias: deleteCohort { id } }')).toBe('editor')
    expect(needed('mutation { constructor }')).toBe('admin')
  })
})
