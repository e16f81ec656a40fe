import { stableText } from '../../base/stable-hash.ts'
import type { Predicate } from '../../model/predicate.ts'
import { groupKeyId } from '../group-keys.ts'
import type { Read } from '../read.ts'
import { Relation } from '../relation.ts'
import type { PlanContext } from '../rows.ts'

/** Names what makes questions alike for a form: what they measure and test, and about how much of it, but no values. */
export function formShape(context: PlanContext, reads: readonly Read[]): string {
  const tests = new Set<string>()
  const visit = (node: Predicate): void => {
    if (node.kind === 'atom') tests.add(`${node.dimension} ${node.test.op}`)
    else if (node.kind === 'not') visit(node.of)
    else if (node.kind === 'and' || node.kind === 'or') node.of.forEach(visit)
  }
  for (const { predicate } of reads) visit(predicate)
  const { semanticModel } = reads[0]?.measure ?? { semanticModel: '' }
  return stableText([
    semanticModel,
    new Relation(context, semanticModel).rollup?.name ?? null,
    [...new Set(reads.map(({ measure }) => `${measure.agg} ${measure.expr ?? ''}`))].toSorted(),
    [...tests].toSorted(),
    [...new Set(reads.flatMap(({ by }) => by.map(groupKeyId)))].toSorted(),
    doublings(Math.max(...reads.map(({ buckets }) => buckets.length))),
    doublings(reads.length),
    doublings(context.facts.rows(semanticModel) ?? 0),
  ])
}

function doublings(count: number): number {
  return Math.ceil(Math.log2(count + 1))
}
