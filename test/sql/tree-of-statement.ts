import type { Statement } from '../../connectors/contract.ts'
import type { Dialect } from '../../src/sql/dialect.ts'
import type { Query } from '../../src/sql/tree.ts'

// A statement keeps the very list of parameters that its printing made.
const trees = new WeakMap<Statement['params'], Query>()

/** The same dialect; of what it prints, `treeOf` knows the tree, so that other dialects can print it too. */
export function rememberingTrees(dialect: Dialect): Dialect {
  return {
    name: dialect.name,
    print(query) {
      const printed = dialect.print(query)
      trees.set(printed.params, query)
      return printed
    },
  }
}

export function treeOf({ params }: Statement): Query {
  const tree = trees.get(params)
  if (tree === undefined) throw new Error('The statement was not printed by a dialect that remembers trees.')
  return tree
}
