import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import { and } from '../model/predicate.ts'
import type { Metric, Model } from '../model/types.ts'
import { Decimal, ZERO, amountOfText, combine } from '../plan/amount.ts'
import type { Amount } from '../plan/amount.ts'
import type { MetricAsk } from '../plan/ask.ts'
import { compileAsk } from './compile-ask.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { drillTermsOf } from './drill-terms.ts'
import type { DrillTerm } from './drill-terms.ts'
import { joinProvenance, versionOf } from './join-provenance.ts'
import { metricQuestion, plannedAnswer } from './metric-question.ts'
import type { Answered, Asking, Question } from './question.ts'
import { cellOf, compareValues } from './to-cell.ts'
import type { Cell, DrillAnswer, DrillAsk, MetricAnswer } from './types.ts'

/**
 * The entities behind a value, the largest amounts first. Those whose amount is 0 are left out; the others add up to the value,
 * estimates apart: they stand for no entity. Rows of no entity are told under a null key.
 */
export async function drillOf(session: Asking, model: Model, { ask: asked, component, first, after }: DrillAsk): Promise<DrillAnswer> {
  const question = stableHash(['drill', asked, component])
  const ask = { ...asked, metric: await servingMetric(session, model, asked) }
  const cursor = after === null ? null : decodeCursor(after, question)
  const offset = cursor?.offset ?? 0
  const { entity, terms } = drillTermsOf(model, ask.metric, component)
  const whole: MetricAsk = { ...ask, grain: null, by: [], allowEstimates: false, cumulative: false }
  const [value, ...told] = await Promise.all([
    component === null ? session.ask(metricQuestion(whole)) : session.ask(termQuestion({ metric: terms[0]?.metric ?? null, ask: whole })),
    ...terms.map((term) => session.ask(termQuestion({ metric: term.metric, ask: { ...whole, metric: term.metric.name, by: [{ kind: 'entity', entity }], predicate: and([whole.predicate, term.filter]) } }))),
  ])
  const provenance = joinProvenance([value, ...told].map((answer) => answer.provenance), value.provenance.asOfUtcMs)
  const version = versionOf(provenance)
  const cursorOutdated = cursor !== null && cursor.version !== version
  const cell = value.groups[0]?.cells[0]
  // A term whose source is missing adds nothing where the value stands without it (`sum` of what is known).
  const untold = told.find((answer) => answer.unavailable?.reason === 'DIMENSION_NOT_AVAILABLE')?.unavailable
  const unavailable = untold ?? value.unavailable ?? (cell === undefined || cell.reason === null ? null : { reason: cell.reason, remedy: cell.remedy ?? '' })
  if (unavailable !== null) return { entity, rows: [], totalCount: 0, hasNextPage: false, endCursor: null, cursorOutdated, unavailable, provenance }

  const rows = added(terms, told).filter(({ amount }) => amount.value !== null && !amount.value.isZero())
  requireWhole(ask.metric, rows, cell)
  const sorted = rows.toSorted((a, b) => (b.amount.value ?? NOTHING).abs().cmp((a.amount.value ?? NOTHING).abs()) || compareValues(a.id, b.id))
  const shown = sorted.slice(offset, offset + first)
  return {
    entity,
    rows: shown.map(({ id, amount, partial }) => ({ id, cell: cellOf(amount, partial) })),
    totalCount: sorted.length,
    hasNextPage: sorted.length > offset + shown.length,
    endCursor: shown.length === 0 ? null : encodeCursor({ version, question, offset: offset + shown.length }),
    cursorOutdated,
    unavailable: null,
    provenance,
  }
}

/** The metric whose definition serves a value: one that implements the metric asked, which has entities of its own, or that itself. */
async function servingMetric(session: Asking, model: Model, ask: MetricAsk): Promise<string> {
  const { implementedBy = [] } = model.metrics.get(ask.metric) ?? {}
  if (implementedBy.every((name) => name === null)) return ask.metric
  const { key, slice } = metricQuestion(ask)
  const question: Question<Answered & { readonly name: string }> = {
    key: `serving|${key}`,
    slice,
    plan: (context) => {
      const compiled = compileAsk(context, ask)
      const name = (compiled.kind === 'computed' ? implementedBy[compiled.implementation] : null) ?? ask.metric
      return { reads: [], finish: (_, provenance) => ({ name, provenance }) }
    },
  }
  return (await session.ask(question)).name
}

const NOTHING = new Decimal(0)

/** Where one implementation serves the value and only another its entities, the two may differ: then nothing is told. */
function requireWhole(metric: string, rows: readonly DrilledRow[], cell: Cell | undefined): void {
  if (cell?.exact == null || rows.some(({ amount }) => !amount.exact)) return
  const sum = rows.reduce((total, { amount }) => total.plus(amount.value ?? NOTHING), NOTHING)
  if (sum.eq(cell.exact)) return
  throw new KpiqlError('NOT_SUPPORTED', {
    message: `The entities behind "${metric}" add up to ${sum.toFixed()}, its value is ${cell.exact}: they come from different implementations.`,
    hint: 'Ask another slice, or give the metric one implementation that reaches both.',
  })
}

interface DrilledRow {
  readonly id: string | null
  readonly amount: Amount
  readonly partial: boolean
}

/** What each entity adds to the value: all its terms together; a term without rows of the entity adds nothing. */
function added(terms: readonly DrillTerm[], answers: readonly MetricAnswer[]): readonly DrilledRow[] {
  const rows = new Map<string | null, DrilledRow>()
  answers.forEach((answer, index) => {
    const factor = amountOfText((terms[index]?.factor ?? NOTHING).toFixed())
    for (const { values, cells } of answer.groups) {
      const [cell] = cells
      if (cell === undefined || cell.value === null) continue
      const id = values[0] == null ? null : String(values[0])
      const amount = combine(amountOf(cell), factor, '*')
      const known = rows.get(id)
      rows.set(id, { id, amount: known === undefined ? amount : combine(known.amount, amount, '+'), partial: cell.partial || (known?.partial ?? false) })
    }
  })
  return [...rows.values()]
}

function amountOf({ value, exact, currency, assumptions, quality }: Cell): Amount {
  const number = value === null ? ZERO : amountOfText(exact ?? String(value))
  return { ...number, exact: exact !== null, currency, assumptions, estimated: quality === 'ESTIMATED' }
}

/** A metric as it is seen here, which may be another component than that of its name in the model. */
function termQuestion({ metric, ask }: { metric: Metric | null; ask: MetricAsk }): Question<MetricAnswer> {
  const asked = metricQuestion(ask)
  if (metric === null) return asked
  return {
    ...asked,
    key: `drill|${stableHash([metric.implementations])}|${asked.key}`,
    plan: (context) => plannedAnswer(compileAsk({ ...context, model: seenAs(context.model, metric) }, ask), ask.by.length > 0),
  }
}

function seenAs(model: Model, metric: Metric): Model {
  return model.metrics.get(metric.name) === metric ? model : { ...model, metrics: new Map(model.metrics).set(metric.name, metric) }
}
