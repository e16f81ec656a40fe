import { Kind } from 'graphql'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { mayActAs } from '../src/access/role.ts'
import type { Role } from '../src/access/role.ts'

/** The role each mutation needs. Every reading is for viewers, the entities behind a number included: to see who they are is what it is asked for. */
const MUTATION_ROLES: Readonly<Record<string, Role>> = {
  recordCost: 'editor',
  updateCost: 'editor',
  deleteCost: 'editor',
  uploadCosts: 'editor',
  recordRevenue: 'editor',
  updateRevenue: 'editor',
  deleteRevenue: 'editor',
  uploadRevenue: 'editor',
  saveCohort: 'editor',
  uploadCohort: 'editor',
  renameCohort: 'editor',
  deleteCohort: 'editor',
  sync: 'editor',
  // Members leave the company's own systems.
  activateCohort: 'admin',
}

/** @throws TypeError naming mutations that have no role, and roles that have no mutation: such a gateway does not start. */
export function checkMutationRoles(schema: GraphQLSchema): void {
  const mutations = new Set(Object.keys(schema.getMutationType()?.getFields() ?? {}))
  const roles = new Set(Object.keys(MUTATION_ROLES))
  const unmatched = [...[...mutations].filter((name) => !roles.has(name)), ...[...roles].filter((name) => !mutations.has(name))]
  if (unmatched.length > 0) throw new TypeError(`Mutations and their roles do not match: ${unmatched.join(', ')}.`)
}

/** The highest role that an operation needs. A mutation nobody gave a role is for admins. */
export function roleNeeded(operation: OperationDefinitionNode, document: DocumentNode): Role {
  if (operation.operation !== 'mutation') return 'viewer'
  const roles = [...fieldsOf(operation.selectionSet, document)].map((field) => (Object.hasOwn(MUTATION_ROLES, field) ? (MUTATION_ROLES[field] ?? 'admin') : 'admin'))
  return roles.reduce((highest, role) => (mayActAs(highest, role) ? highest : role), 'viewer')
}

/** Fields at the top of the operation, fragments followed, whether or not a directive leaves them out. */
function fieldsOf(top: SelectionSetNode, document: DocumentNode): ReadonlySet<string> {
  const fields = new Set<string>()
  const seen = new Set<string>()
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.add(selection.name.value)
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value)
        for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value) collect(definition.selectionSet)
      }
    }
  }
  collect(top)
  fields.delete('__typename')
  return fields
}
