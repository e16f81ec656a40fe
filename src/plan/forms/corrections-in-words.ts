import type { Predicate } from '../../model/predicate.ts'
import type { Read } from '../read.ts'
import type { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'

/** Statistics are estimates themselves. */
const WORTH_TELLING = 1.5

/** For `explain`: of which dimensions, tested or grouped by, more or fewer values were seen than the statistics say. Empty where they were right. */
export function correctionsInWords({ facts }: PlanContext, relation: Relation, reads: readonly Read[]): string {
  if (facts.stated === undefined) return ''
  const dimensions = new Set<string>()
  const visit = (node: Predicate): void => {
    if (node.kind === 'atom') dimensions.add(node.dimension)
    else if (node.kind === 'not') visit(node.of)
    else if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit)
  }
  for (const { predicate, by } of reads) {
    visit(predicate)
    for (const key of by) if (key.kind === 'dimension') dimensions.add(key.dimension)
  }
  return [...dimensions]
    .map((name) => {
      const { home, dimension } = relation.dimension(name)
      const [said, seen] = [facts.stated?.(home, dimension.expr) ?? null, facts.distinct(home, dimension.expr)]
      return said === null || seen === null || Math.max(seen, said) < Math.min(seen, said) * WORTH_TELLING ? '' : `; of ${name} the statistics say ${said} values, and ${seen} were seen`
    })
    .join('')
}
