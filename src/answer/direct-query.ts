import type { ColumnKind, QueryResult } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { dimensionsOf } from '../model/predicate.ts'
import type { Predicate } from '../model/predicate.ts'
import type { SemanticModel } from '../model/types.ts'
import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import { modelsBehind, unreachable } from '../plan/membership/membership-reach.ts'
import { sliceName } from '../plan/metrics/require-dimensions.ts'
import type { Query } from '../sql/tree.ts'
import { countedQuery } from './counted-query.ts'
import { rowsRead } from './scan-budget.ts'
import type { SourceAccess } from './source-access.ts'

/** Runs a statement that is not fused with others (lists of members, values), counted like the rest. */
export async function directQuery(access: SourceAccess, semanticModel: SemanticModel, query: Query, columns: readonly ColumnKind[]): Promise<QueryResult> {
  const failure = access.sources.failures.get(semanticModel.source)
  if (failure) throw failure
  const connected = access.set.connected(semanticModel.source)
  if (connected === undefined) {
    throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Source "${semanticModel.source}" is not connected.`, hint: 'Add it to the configuration.' })
  }
  const state = access.sources.states.get(semanticModel.source)
  const tooCostly = access.set.budget.charge(access.signal, rowsRead(query, access.set.model, state))
  if (tooCostly !== null) throw tooCostly
  const { text, params } = connected.source.dialect.print(query)
  return countedQuery(access.set, semanticModel.source, connected, { text, params, columns }, { signal: access.signal, dataVersion: state?.version, caller: access.caller }, access.stats)
}

/** @throws KpiqlError `DIMENSION_UNKNOWN` naming what cannot be reached, `JOIN_AMBIGUOUS`, `SOURCE_UNAVAILABLE`. */
export function requireReachable(context: CompileContext, semanticModel: SemanticModel, predicate: Predicate): void {
  const missing = context.missing(semanticModel.name)
  if (missing) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: missing.remedy, hint: missing.remedy })
  for (const dimension of dimensionsOf(predicate)) {
    const fault = unreachable(context, semanticModel.name, dimension)
    if (fault?.kind === 'none') {
      throw new KpiqlError('FILTER_INVALID', { message: `"${semanticModel.name}" cannot be filtered by ${sliceName(context, dimension)}: ${fault.reason}`, hint: 'Filter by a dimension it reaches.' })
    }
    if (fault !== null) throw new KpiqlError('JOIN_AMBIGUOUS', { message: fault.reason, hint: 'Give one of the dimensions a public_name.' })
    const missingBehind = modelsBehind(context, semanticModel.name, dimension).map((name) => context.missing(name)).find((one) => one !== null)
    if (missingBehind) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: missingBehind.remedy, hint: missingBehind.remedy })
  }
}
