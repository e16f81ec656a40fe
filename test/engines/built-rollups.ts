import type { KnownRollup } from '../../src/answer/known-rollups.ts'
import { ScanBudget } from '../../src/answer/scan-budget.ts'
import { SourceSet } from '../../src/answer/source-set.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { noTelemetry } from '../../src/base/telemetry.ts'
import { madeRollup } from '../../src/jobs/rollups/made-rollup.ts'
import { planRollup } from '../../src/jobs/rollups/plan-build.ts'
import type { Model, Rollup } from '../../src/model/types.ts'
import type { PlanContext } from '../../src/plan/rows.ts'
import { rollupColumns, rollupQuery } from '../../src/plan/rollups/rollup-query.ts'
import { shapeOfRollup } from '../../src/plan/rollups/shape-of-rollup.ts'
import type { TestSource } from './open-test-source.ts'

/** Builds each as a table beside the data, or has it made where the engine keeps rollups up by itself. It counts as one row large, so that it is read wherever it answers. */
export async function builtRollups(source: TestSource, name: string, model: Model, declared: readonly Rollup[], nowUtcMs: number): Promise<readonly KnownRollup[]> {
  const connected = new Map([[name, { source, connector: 'duckdb', nowUtcMs: null }]])
  const { facts } = await new SourceSet(model, connected, noTelemetry, new ScanBudget(null)).look(false)
  const context = { model, facts, calendar: model.calendar, nowUtcMs, memberships: new Map() }
  const known: KnownRollup[] = []
  for (const rollup of declared) {
    if (source.rollups?.maker !== undefined) {
      known.push(await made(source, context, rollup))
      continue
    }
    const { shape, measures } = shapeOfRollup(context, rollup)
    if (shape === null) throw new Error(`The rollup ${rollup.name} serves none of its metrics.`)
    const { text, params } = source.dialect.print(rollupQuery(context, shape, measures, null))
    await source.keep?.(`rollup_${rollup.name}`, { text, params, columns: [] }, rollupColumns(shape))
    known.push({ rollup: { shape, measures, table: `rollup_${rollup.name}`, rows: 1 }, tables: [], dataVersion: '1' })
  }
  return known
}

/** By hours where the days of a zone make a view that cannot be, as its refusal says. */
async function made(source: TestSource, context: PlanContext, declared: Rollup): Promise<KnownRollup> {
  try {
    return await madeAsDeclared(source, context, declared)
  } catch (error) {
    if (!(error instanceof KpiqlError && error.code === 'ROLLUP_UNFIT' && error.hint?.includes('granularity: hour') === true)) throw error
    return madeAsDeclared(source, context, { ...declared, grain: 'hour', zone: 'UTC' })
  }
}

/** Without joined dimensions: they are joined when they are asked, by the keys of entities. */
async function madeAsDeclared(source: TestSource, context: PlanContext, declared: Rollup): Promise<KnownRollup> {
  const own = context.model.semanticModels.get(declared.semanticModel)?.dimensions.map(({ publicName }) => publicName) ?? []
  const rollup = { ...declared, dimensions: declared.dimensions.filter((name) => own.includes(name)) }
  const planned = planRollup(context, source, rollup)
  if (!('shape' in planned)) throw new Error(`The rollup ${rollup.name} serves none of its metrics.`)
  const { shape, measures, tables } = planned
  const kept = await source.rollups?.maker?.make(madeRollup(context, source, rollup), null, new AbortController().signal)
  return { rollup: { shape, measures, table: kept?.table ?? '', rows: 1 }, tables, dataVersion: '1' }
}
