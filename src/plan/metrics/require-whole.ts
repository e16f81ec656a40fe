import { findEntityPath, findJoinPath } from '../../model/join-path.ts'
import type { AskKey } from '../ask.ts'
import { NotAvailable } from './compile-node.ts'
import type { CompileContext } from './compile-node.ts'
import { modelsBehind } from '../membership/membership-reach.ts'
import { isMembership } from '../membership/membership.ts'
import type { Reason } from '../reason.ts'

type Known = Pick<CompileContext, 'model' | 'memberships' | 'coverage'>

/** What to do about a table whose first reading goes on. */
export function backfilling(semanticModel: string): { readonly reason: Reason; readonly remedy: string } {
  return { reason: 'BACKFILLING', remedy: `The first reading of "${semanticModel}" has not come to its end. Wait for it: { syncStatus { streams { name state done } } } shows how far it is.` }
}

/** Why rows of these tables decide nothing yet; null where all have been read to their end. */
export function notWhole({ coverage }: Pick<CompileContext, 'coverage'>, semanticModels: readonly string[]): { readonly reason: Reason; readonly remedy: string } | null {
  const open = semanticModels.find((name) => coverage.backfill(name) !== null)
  return open === undefined ? null : backfilling(open)
}

/** Semantic models that tell the values of dimensions and memberships, besides the rows themselves. */
export function modelsTelling(context: Known, semanticModel: string, dimensions: Iterable<string>, by: readonly AskKey[] = []): readonly string[] {
  const steps = [
    ...[...dimensions].flatMap((name) => (isMembership(name) ? [] : [findJoinPath(context.model, semanticModel, name)])),
    ...by.flatMap((key) => (key.kind === 'entity' ? [findEntityPath(context.model, semanticModel, key.entity)] : [])),
  ]
  return [...new Set([...steps.flatMap((found) => (found.kind === 'path' ? found.path.steps.map(({ to }) => to) : [])), ...[...dimensions].flatMap((name) => modelsBehind(context, semanticModel, name))])]
}

/** @throws NotAvailable `BACKFILLING` for what rows outside a period decide, too. */
export function requireWhole(context: Pick<CompileContext, 'coverage'>, semanticModels: readonly string[]): void {
  const open = notWhole(context, semanticModels)
  if (open !== null) throw new NotAvailable(open.reason, open.remedy)
}
