import { aggregate, column, compare, integer, isNull, select } from '../../sql/tree.ts'
import type { Expr, From, OutputColumn, Query, Select, WindowExpr } from '../../sql/tree.ts'
import type { FunnelEvents } from './funnel-events.ts'
import type { FunnelMeasure } from '../read.ts'
import { carried, named } from '../carried.ts'
import type { NamedQuery } from '../carried.ts'

/**
 * Events with their `position` in the entity's order: by time, those of one instant by the steps they fit, so that an event serves
 * one step only and steps of one instant count as in order.
 */
export function positionedEvents({ steps }: FunnelMeasure, events: FunnelEvents): Select {
  const rest = restOf(events)
  const firstFit: Expr = { kind: 'case', whens: steps.slice(0, -1).map((_, step) => ({ when: fits('events', step), result: integer(step) })), otherwise: integer(steps.length - 1) }
  // Openings of one instant that differ in nothing but their groups: the first by those.
  const inOrder = [column('events', 'at'), firstFit, column('events', 'steps'), ...keyNames(events).map((as) => column('events', as))]
  const position: WindowExpr = { kind: 'window', fn: 'row_number', arg: null, partitionBy: [column('events', 'entity')], orderBy: inOrder.map((expr) => ({ expr, direction: 'ASC' })), frame: 'partition' }
  return select({ columns: [...carried(['entity', 'at', 'steps', ...rest], 'events'), { expr: position, as: 'position' }], from: named('events') })
}

/**
 * Every attempt of a strict funnel: one for each event that fits the first step, followed through the earliest events that fit the
 * next ones, as long as no other step comes first. Columns `entity`, `position` of the opening event, `at_1`… (null from the step
 * on that was not reached), `reached` (how many steps), and slices and keys of the opening event.
 */
export function strictAttempts(measure: FunnelMeasure, events: FunnelEvents, isOpening: (at: Expr) => Expr): readonly NamedQuery[] {
  const { steps } = measure
  const count = steps.length
  const rest = restOf(events)
  // Of the events behind this one.
  const earliestOf = (when: Expr): WindowExpr => ({
    kind: 'window',
    fn: 'min',
    arg: { kind: 'case', whens: [{ when, result: column('positioned', 'position') }], otherwise: { kind: 'null' } },
    partitionBy: [column('positioned', 'entity')],
    orderBy: [{ expr: column('positioned', 'position'), direction: 'DESC' }],
    frame: 'before',
  })
  const nexts = steps.slice(1).map((_, index): OutputColumn => ({ expr: earliestOf(fits('positioned', index + 1)), as: `next_${index + 2}` }))
  const others = steps.slice(1).map((_, index): OutputColumn => ({ expr: earliestOf({ kind: 'not', of: { kind: 'or', of: [fits('positioned', index), fits('positioned', index + 1)] } }), as: `other_${index + 2}` }))
  const followed = select({
    columns: [...carried(['entity', 'at', 'steps', 'position', ...rest], 'positioned'), ...nexts, ...others],
    from: { kind: 'query', query: positionedEvents(measure, events), as: 'positioned' },
  })

  const limit: Expr = { kind: 'add_units', of: column('step_1', 'at'), ...measure.within }
  // Where another step comes first there is no next one. Not a condition of the join: one side alone in it makes engines try every pair.
  const nextOf = (step: number): readonly OutputColumn[] => {
    if (step + 1 === count) return []
    const as = `next_${step + 2}`
    const [next, other] = [column('followed', as), column('followed', `other_${step + 2}`)]
    const undisturbed: Expr = { kind: 'or', of: [isNull(other), compare(next, '<', other)] }
    return [{ expr: { kind: 'case', whens: [{ when: undisturbed, result: next }], otherwise: { kind: 'null' } }, as }]
  }
  const stepRows = (step: number): From => ({
    kind: 'query',
    as: `step_${step + 1}`,
    query: select({
      columns: [...carried(['entity', 'at', 'position', ...(step === 0 ? rest : [])], 'followed'), ...nextOf(step)],
      from: named('followed'),
      where: step === 0 ? { kind: 'and', of: [fits('followed', 0), isOpening(column('followed', 'at'))] } : fits('followed', step),
    }),
  })
  const joined = steps.slice(1).reduce<From>((left, _, index) => {
    const [before, own] = [`step_${index + 1}`, `step_${index + 2}`]
    const on: Expr = {
      kind: 'and',
      of: [compare(column(own, 'entity'), '=', column(before, 'entity')), compare(column(own, 'position'), '=', column(before, `next_${index + 2}`)), compare(column(own, 'at'), '<', limit)],
    }
    return { kind: 'left_join', left, right: stepRows(index + 1), on }
  }, stepRows(0))
  const moments = steps.map((_, step): OutputColumn => ({ expr: column(`step_${step + 1}`, 'at'), as: `at_${step + 1}` }))
  const attempts = select({ columns: [...carried(['entity', 'position', ...rest], 'step_1'), ...moments, { expr: reachedOf(moments), as: 'reached' }], from: joined })
  return [
    { name: 'followed', query: followed },
    { name: 'attempts', query: attempts },
  ]
}

/**
 * Every attempt of an unordered funnel for one slice and period: one for each event that the window may begin with, through the
 * earliest event of each step in the window. `at_1` is an opening event in it, wherever in the window it lies: the earliest, and for
 * each later bucket the first of that. An event that fits several steps serves them all. Columns as of ordered attempts, with the
 * window's begin as `position`.
 *
 * @param isOpening Whether an event of `events` may be the first step.
 * @param bucket From `at_1` of `placed`; null where all is one bucket.
 * @param windows Name for the windows, once more read where there are buckets.
 */
export function unorderedAttempts(measure: FunnelMeasure, isOpening: Expr, bucket: Expr | null, windows: string): { readonly tables: readonly NamedQuery[]; readonly query: Query } {
  const { steps } = measure
  const entity = column('events', 'entity')
  const at = column('events', 'at')
  const opens: Expr = { kind: 'and', of: [{ kind: 'bit_test', of: column('events', 'steps'), bit: 0 }, isOpening] }
  const earliest = steps.map((_, step): OutputColumn => {
    const when: Expr = step === 0 ? opens : { kind: 'bit_test', of: column('events', 'steps'), bit: step }
    const arg: Expr = { kind: 'case', whens: [{ when, result: at }], otherwise: { kind: 'null' } }
    return { expr: { kind: 'window', fn: 'min', arg, partitionBy: [entity], orderBy: [{ expr: at, direction: 'DESC' }], frame: 'peers' }, as: `next_${step + 1}` }
  })
  const each: NamedQuery = { name: windows, query: select({ columns: [...carried(['entity', 'at'], 'events'), ...earliest], from: named('events') }) }
  const limit: Expr = { kind: 'add_units', of: column(windows, 'at'), ...measure.within }
  const attempts = (opening: Expr, from: From, also: readonly Expr[]): Select => {
    const next = (step: number): Expr => (step === 0 ? opening : column(windows, `next_${step + 1}`))
    const moments = steps.map((_, step): OutputColumn => {
      const all: Expr = { kind: 'and', of: steps.slice(0, step + 1).map((_unused, index) => compare(next(index), '<', limit)) }
      return { expr: { kind: 'case', whens: [{ when: all, result: next(step) }], otherwise: { kind: 'null' } }, as: `at_${step + 1}` }
    })
    return select({
      columns: [{ expr: column(windows, 'entity'), as: 'entity' }, { expr: column(windows, 'at'), as: 'position' }, ...moments, { expr: reachedOf(moments), as: 'reached' }],
      from,
      where: { kind: 'and', of: [compare(opening, '<', limit), ...also] },
    })
  }
  const nearest = attempts(column(windows, 'next_1'), named(windows), [])
  if (bucket === null) return { tables: [each], query: nearest }
  const placed = select({ columns: [...carried(['entity'], 'events'), { expr: at, as: 'at_1' }], from: named('events'), where: opens })
  const bucketed = select({ columns: [...carried(['entity', 'at_1'], 'placed'), { expr: bucket, as: 'bucket' }], from: { kind: 'query', query: placed, as: 'placed' } })
  const firsts = select({
    columns: [...carried(['entity'], 'placed'), { expr: aggregate({ name: 'min' }, column('placed', 'at_1')), as: 'at' }],
    from: { kind: 'query', query: bucketed, as: 'placed' },
    groupBy: [column('placed', 'entity'), column('placed', 'bucket')],
  })
  const first = column('firsts', 'at')
  const joined: From = { kind: 'inner_join', left: named(windows), right: { kind: 'query', query: firsts, as: 'firsts' }, on: compare(column(windows, 'entity'), '=', column('firsts', 'entity')) }
  return { tables: [each], query: { kind: 'union_all', parts: [nearest, attempts(first, joined, [compare(first, '>', column(windows, 'at'))])] } }
}

function reachedOf(moments: readonly OutputColumn[]): Expr {
  return { kind: 'sum_of', of: moments.map(({ expr }): Expr => ({ kind: 'case', whens: [{ when: isNull(expr), result: integer(0) }], otherwise: integer(1) })) }
}

/** Whether an event fits a step. */
export function fits(table: string, step: number): Expr {
  return { kind: 'bit_test', of: column(table, 'steps'), bit: step }
}

/** Columns of an event beyond who, when and what. */
export function restOf(events: FunnelEvents): readonly string[] {
  return [...Array.from({ length: events.sliceWords }, (_, word) => `slices_${word + 1}`), ...keyNames(events)]
}

export function keyNames({ keys }: Pick<FunnelEvents, 'keys'>): readonly string[] {
  return keys.map((_, index) => `key_${index + 1}`)
}
