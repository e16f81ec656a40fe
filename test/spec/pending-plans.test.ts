import { describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { LookedAt } from '../../src/answer/looked-at.ts'
import type { ConnectedSource, SourceState } from '../../src/answer/looked-at.ts'
import { pendingFor, planQuestions } from '../../src/answer/plan-questions.ts'
import type { Answered, Question } from '../../src/answer/question.ts'
import type { CompileContext } from '../../src/plan/metrics/compile-node.ts'
import { modelOf } from './schema-world.ts'

const model = modelOf(`
semantic_models:
${['near', 'far'].map((name) => `  - { name: ${name}_hits, source: ${name}, table: hits, agg_time_dimension: ${name}_at, dimensions: [{ name: ${name}_at, type: time, expr: at, granularity: day }] }`).join('\n')}
metrics: [{ name: near_count, type: simple, semantic_model: near_hits, agg: count }]
`)
const state: SourceState = { version: '1', lookedAtUtcMs: 0, tables: new Map() }
const connected = new Map<string, ConnectedSource>(['near', 'far'].map((name) => [name, { source: {} as ConnectedSource['source'], connector: 'duckdb', nowUtcMs: null }]))

/** What `near` and `far` are to a request: `near` has answered, `far` has not yet. */
const halfKnown = new LookedAt(model, connected, { states: new Map([['near', state]]), failures: new Map(), pending: new Set(['far']), rollups: [] })
const known = new LookedAt(model, connected, { states: new Map([['near', state], ['far', state]]), failures: new Map(), pending: new Set(), rollups: [] })

/** A question whose plan reads nothing; `looks` is what planning does on its way there. */
function readsNothing(looks: (context: CompileContext) => void): Question<Answered> {
  return {
    key: '',
    slice: { predicate: { kind: 'all', of: [] } as never, period: {} as never },
    plan: (context) => {
      looks(context)
      return { reads: [], finish: (_resultOf, provenance) => ({ provenance }) }
    },
  }
}

function waitsFor(sources: LookedAt, ...looks: readonly ((context: CompileContext) => void)[]): readonly (readonly string[])[] {
  const context = { model, facts: sources.facts, coverage: sources.coverage, missing: sources.missing.bind(sources) } as unknown as CompileContext
  const planned = planQuestions(looks.map(readsNothing), context, sources)
  return planned.planned.map((one) => pendingFor(one, planned))
}

describe('a plan made while a source has not answered', () => {
  it('waits for the source it asked about, also where it reads nothing', () => {
    const asked: Readonly<Record<string, (context: CompileContext, of: string) => void>> = {
      rows: ({ facts }, of) => void facts.rows(of),
      distinct: ({ facts }, of) => void facts.distinct(of, 'at'),
      'type of a column': ({ facts }, of) => void facts.columnType(of, 'at'),
      'collation of a column': ({ facts }, of) => void facts.exactCollation(of, 'at'),
      range: ({ facts }, of) => void facts.range(of, 'at'),
      first: ({ coverage }, of) => void coverage.first(of, `${of.split('_')[0]}_at`),
      watermark: ({ coverage }, of) => void coverage.watermarkUtcMs(of),
      missing: ({ missing }, of) => void missing(of),
    }
    for (const [what, look] of Object.entries(asked)) {
      expect([what, waitsFor(halfKnown, (context) => look(context, 'far_hits'))]).toEqual([what, [['far']]])
      expect([what, waitsFor(halfKnown, (context) => look(context, 'near_hits'))]).toEqual([what, [[]]])
      expect([what, waitsFor(known, (context) => look(context, 'far_hits'))]).toEqual([what, [[]]])
    }
  })

  it('is watched by itself: what another question of the tick asked about does not hold it', () => {
    expect(waitsFor(halfKnown, ({ facts }) => void facts.rows('far_hits'), () => undefined, ({ facts }) => void facts.rows('near_hits'))).toEqual([['far'], [], []])
  })

  it('waits for every source that has not answered where planning failed, since the fault may come of what is not known', () => {
    const fails = (): void => {
      throw new KpiqlError('METRIC_UNKNOWN', { message: 'No such metric.' })
    }
    expect(waitsFor(halfKnown, fails)).toEqual([['far']])
    expect(waitsFor(known, fails)).toEqual([[]])
  })
})
