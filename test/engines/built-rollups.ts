import type { KnownRollup } from '../../src/answer/known-rollups.ts'
import { ScanBudget } from '../../src/answer/scan-budget.ts'
import { SourceSet } from '../../src/answer/source-set.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import type { Model, Rollup } from '../../src/model/types.ts'
import { rollupColumns, rollupQuery } from '../../src/plan/rollups/rollup-query.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import type { TestSource } from './open-test-source.ts'

/** Builds each as a table beside the data. It counts as one row large, so that it is read wherever it answers. */
export async function builtRollups(source: TestSource, name: string, model: Model, declared: readonly Rollup[], nowUtcMs: number): Promise<readonly KnownRollup[]> {
  const connected = new Map([[name, { source, connector: 'duckdb', nowUtcMs: null }]])
  const { facts } = await new SourceSet(model, connected, noTelemetry, new ScanBudget(null)).look(false)
  const context = { model, facts, calendar: model.calendar, nowUtcMs, memberships: new Map() }
  const known: KnownRollup[] = []
  for (const rollup of declared) {
    const { shape, measures } = shapeOfRollup(context, rollup)
    if (shape === null) throw new Error(`The rollup ${rollup.name} serves none of its metrics.`)
    const { text, params } = source.dialect.print(rollupQuery(context, shape, measures, null))
    await source.keep?.(`rollup_${rollup.name}`, { text, params, columns: [] }, rollupColumns(shape))
    known.push({ rollup: { shape, measures, table: `rollup_${rollup.name}`, rows: 1 }, tables: [], dataVersion: '1' })
  }
  return known
}
