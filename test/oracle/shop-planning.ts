import { compileAsk } from '../../src/answer/compile-ask.ts'
import type { Model } from '../../src/model/types.ts'
import type { Facts } from '../../src/plan/facts.ts'
import type { CompileContext } from '../../src/plan/metrics/compile-metric.ts'
import type { AnyRead } from '../../src/plan/read.ts'
import type { RollupTable } from '../../src/plan/rollups/rollup.ts'
import { asked } from './compare-answers.ts'
import type { OracleAsk } from './oracle.ts'
import { SHOP_COLUMNS, shopModel } from './shop.ts'

const TYPES = { VARCHAR: 'text', BIGINT: 'integer', 'DECIMAL(12,2)': 'decimal', DOUBLE: 'float', BOOLEAN: 'boolean', DATE: 'date', TIMESTAMP: 'clock', TIMESTAMPTZ: 'instant' } as const
const COLUMNS: Readonly<Record<string, Readonly<Record<string, keyof typeof TYPES>>>> = SHOP_COLUMNS

/** Planning over the shop without any data: what is known of its tables is said. */
export interface ShopPlanning {
  readonly model: Model
  context(rollups?: readonly RollupTable[]): CompileContext
  reads(context: CompileContext, ask: OracleAsk): readonly AnyRead[]
}

/** @param known rows of every table, values of every column, and the times they lie in. */
export function shopPlanning(nowUtcMs: number, known: { readonly rows: number; readonly distinct: number; readonly range: ReturnType<Facts['range']> }): ShopPlanning {
  const model = shopModel()
  const facts: Facts = {
    rows: () => known.rows,
    distinct: () => known.distinct,
    columnType(semanticModel, expr) {
      const relation = model.semanticModels.get(semanticModel)?.relation
      const type = relation !== undefined && 'table' in relation ? COLUMNS[relation.table]?.[expr] : undefined
      return type === undefined ? null : TYPES[type]
    },
    exactCollation: () => null,
    byRow: () => false,
    range: () => known.range,
  }
  return {
    model,
    context: (rollups = []) => ({ model, facts, calendar: model.calendar, nowUtcMs, memberships: new Map(), rollups, coverage: { first: () => null, wantedFromUtcMs: () => null, watermarkUtcMs: () => null, backfill: () => null }, missing: () => null }),
    reads(context, ask) {
      const compiled = compileAsk(context, asked(ask, model.calendar, nowUtcMs))
      return compiled.kind === 'computed' ? compiled.reads : []
    },
  }
}
