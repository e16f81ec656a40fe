import type { Statement, QuerySource } from '../../../connectors/contract.ts'
import type { KeptRollup, RollupBuild } from '../../../connectors/rollup-contract.ts'
import { stableHash } from '../../base/stable-hash.ts'
import type { Rollup } from '../../model/types.ts'
import { countingRows } from '../../plan/rollups/counting-rows.ts'
import { BUCKET } from '../../plan/rollups/rollup.ts'
import type { RollupShape } from '../../plan/rollups/rollup.ts'
import { rollupColumns, rollupQuery } from '../../plan/rollups/rollup-query.ts'
import type { RollupSpan } from '../../plan/rollups/rollup-query.ts'
import { shapeOfRollup } from '../../plan/rollups/shape-of-rollup.ts'
import type { Measure } from '../../plan/read.ts'
import type { PlanContext } from '../../plan/rows.ts'
import { tablesNamed } from '../../plan/tables-named.ts'
import { changedSpans } from './changed-spans.ts'

/** What a declared rollup is, beside the data as it is now. */
export interface PlannedRollup {
  readonly shape: RollupShape
  readonly measures: readonly Measure[]
  readonly tables: readonly string[]
  /** Equal where the rows mean the same. */
  readonly definition: string
  readonly unserved: readonly string[]
  /** All of it, or what of it has changed since a data version. */
  build(kept: KeptRollup | null, dataVersion: string): Promise<RollupBuild>
}

/** Null where none of its metrics can be kept. */
export function planRollup(context: PlanContext, source: QuerySource, rollup: Rollup): PlannedRollup | { readonly unserved: readonly string[] } {
  const { shape: plain, measures, unserved } = shapeOfRollup(context, rollup)
  const told = unserved.map(({ metric, why }) => `${metric}: ${why}`)
  if (plain === null) return { unserved: told }
  // What follows inserts by itself is looked at by its rows.
  const shape = source.rollups?.maker === undefined ? plain : countingRows(plain)
  const statementOf = (within: PlanContext, spans: readonly RollupSpan[] | null): Statement => ({ ...source.dialect.print(rollupQuery(within, shape, measures, spans)), columns: [] })
  const tables = [...new Set(tablesNamed(rollupQuery(context, shape, measures, null), context.model))].sort()
  // As it would be whatever times the data has: those move with every sync.
  const { text, params } = statementOf({ ...context, facts: { ...context.facts, range: () => null } }, null)
  const definition = JSON.stringify({ shape, rows: stableHash([text, params]) })
  return {
    shape,
    measures,
    tables,
    definition,
    unserved: told,
    async build(kept, dataVersion) {
      const changes = kept === null || kept.definition !== definition ? null : ((await source.changes?.(tables, kept.dataVersion, dataVersion)) ?? null)
      const spans = changes === null ? null : changedSpans(context.model, context.facts, shape, changes)
      const keeps = kept === null || spans === null ? null : { table: kept.table, column: BUCKET, outside: spans.map((span) => boundsOf(shape, span)) }
      return { name: rollup.name, definition, tables, dataVersion, statement: statementOf(context, spans), columnNames: rollupColumns(shape), keeps }
    },
  }
}

function boundsOf({ grain }: RollupShape, { startLocalMs, endLocalMs }: RollupSpan): { readonly from: string; readonly until: string } {
  const text = (ms: number): string => (grain === 'day' ? new Date(ms).toISOString().slice(0, 10) : new Date(ms).toISOString().slice(0, 19).replace('T', ' '))
  return { from: text(startLocalMs), until: text(endLocalMs) }
}
