import { plainNumber } from '../src/base/scalar.ts'
import type { Scalar } from '../src/base/scalar.ts'
import type { Interval } from '../src/model/interval.ts'
import { predicateText } from '../src/model/predicate.ts'
import type { Atom, Bound, Predicate } from '../src/model/predicate.ts'
import type { Activity, Membership, MembershipWindow, Model } from '../src/model/types.ts'

const LISTED = 10

/** Who meets a predicate, for people, as conditions of the model are written: `country in ('DE', 'FR') and age >= 18`. Of lists the first ten values are told. */
export function predicateWords(model: Model, predicate: Predicate): string {
  const part = (one: Predicate): string => (one.kind === 'and' || one.kind === 'or' ? `(${predicateWords(model, one)})` : predicateWords(model, one))
  switch (predicate.kind) {
    case 'all':
      return 'everyone'
    case 'none':
      return 'nobody'
    case 'and':
    case 'or':
      return predicate.of.map(part).join(` ${predicate.kind} `)
    case 'not':
      return `not (${predicateWords(model, predicate.of)})`
    case 'cohort':
      return model.cohorts.get(predicate.cohort)?.label ?? predicate.cohort
    case 'member':
      return membershipWords(model, predicate.of)
    case 'atom':
      return atomWords(model, predicate)
  }
}

function membershipWords(model: Model, of: Membership): string {
  const activity = (one: Activity): string => activityWords(model, one)
  switch (of.kind) {
    case 'behavior': {
      const { atLeast, atMost } = of
      if (atMost === 0) return `no ${activity(of.activity)} ${windowWords(of.window)}`
      const bounds = [...(atLeast === null ? [] : [`at least ${timesWords(atLeast)}`]), ...(atMost === null ? [] : [`at most ${timesWords(atMost)}`])]
      return `${activity(of.activity)} ${bounds.join(' and ')} ${windowWords(of.window)}`
    }
    case 'sequence':
      return `${of.steps.map(activity).join(', then ')}${of.within === null ? '' : `, all within ${intervalWords(of.within)},`} ${windowWords(of.window)}`
    case 'acquired':
      return `first ${activity(of.activity)} ${windowWords(of.window)}`
    case 'lifecycle':
      return `${of.state} by ${activity(of.activity)}, ${intervalWords(of.window)}`
    case 'list':
      return of.version === '' ? `key in ${listWords(of.ids.map(quoted))}` : 'on an uploaded list'
    case 'members': {
      const where = predicateWords(model, of.where)
      return of.of === of.entity ? where : `${of.match} ${of.of} with (${where})`
    }
  }
}

/** The metric, and what narrows it further than the model does. */
function activityWords(model: Model, { metric, semanticModel, filter }: Activity): string {
  const own = (model.metrics.get(metric)?.implementations ?? []).filter((way) => way.type === 'simple').find((way) => way.semanticModel === semanticModel)
  const known = new Set(own ? partsOf(own.filter).map(predicateText) : [])
  const narrowed = partsOf(filter).filter((part) => !known.has(predicateText(part)))
  const [first, ...more] = narrowed
  if (first === undefined) return metric
  return `${metric} where ${predicateWords(model, more.length === 0 ? first : { kind: 'and', of: narrowed })}`
}

function partsOf(predicate: Predicate): readonly Predicate[] {
  return predicate.kind === 'and' ? predicate.of : predicate.kind === 'all' ? [] : [predicate]
}

function atomWords(model: Model, { dimension, test }: Atom): string {
  const kind = model.dimensions.get(dimension)?.kind ?? 'text'
  const told = (value: Scalar): string => (kind === 'text' || kind === 'date' || kind === 'timestamp' ? quoted(String(value)) : plainNumber(value))
  const bound = (sign: '<' | '>', { value, inclusive }: Bound): string => `${dimension} ${sign}${inclusive ? '=' : ''} ${told(value)}`
  switch (test.op) {
    case 'isNull':
      return `${dimension} is null`
    case 'in': {
      const [only, ...others] = test.values
      const cased = test.caseInsensitive ? ' in any case' : ''
      return only !== undefined && others.length === 0 ? `${dimension} = ${told(only)}${cased}` : `${dimension} in ${listWords(test.values.map(told))}${cased}`
    }
    case 'range':
      return [...(test.from === null ? [] : [bound('>', test.from)]), ...(test.to === null ? [] : [bound('<', test.to)])].join(' and ')
    case 'contains':
    case 'startsWith':
    case 'endsWith': {
      const word = { contains: 'contains', startsWith: 'starts with', endsWith: 'ends with' }[test.op]
      return `${dimension} ${word} ${quoted(test.text)}${test.caseInsensitive ? ' in any case' : ''}`
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function listWords(values: readonly string[]): string {
  const more = values.length - LISTED
  return `(${values.slice(0, LISTED).join(', ')}${more > 0 ? `, and ${more} more` : ''})`
}

function windowWords(window: MembershipWindow): string {
  if (window.kind === 'ever') return 'ever'
  return window.kind === 'trailing' ? `in the last ${intervalWords(window.interval)}` : `from ${window.start} to ${window.end}`
}

function timesWords(count: number): string {
  return `${count} time${count === 1 ? '' : 's'}`
}

function intervalWords({ count, unit }: Interval): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
