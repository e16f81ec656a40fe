import type { Amount } from '../plan/amount.ts'
import type { Calculator, Rule } from './calculator.ts'
import { numberGiven, worth } from './given.ts'
import type { Given } from './given.ts'
import { impossible } from './impossible.ts'

/** @throws KpiqlError `CALCULATION_INVALID` for the first rule between inputs that does not hold. */
export function checkRules({ rules }: Calculator, given: Given): void {
  for (const rule of rules) check(rule, given)
}

function check(rule: Rule, given: Given): void {
  const isGiven = (name: string): boolean => numberGiven(given, name).value !== null
  if (rule.kind === 'within') return checkWithin(rule, given)
  const [first, second] = rule.fields
  const [hasFirst, hasSecond] = [isGiven(first), isGiven(second)]
  if (rule.kind === 'together') {
    if (hasFirst !== hasSecond) throw impossible(hasFirst ? second : first, `It is missing beside ${hasFirst ? first : second}: ${rule.why}.`, 'Give both, or neither.')
    return
  }
  if (hasFirst === hasSecond) throw impossible(second, `Give exactly one of ${first} and ${second}: ${rule.why}.`, hasFirst ? `Leave out ${first} or ${second}.` : `Give ${first} or ${second}.`)
}

function checkWithin({ field, value, least, most, why }: Rule & { kind: 'within' }, given: Given): void {
  const has = worth(value, given)
  const name = value === field ? 'It' : value
  const beyond = (bound: string | null, side: 1 | -1): Amount | null => {
    const limit = bound === null ? null : worth(bound, given)
    if (limit === null || limit.value === null || has.value === null) return null
    return has.value.comparedTo(limit.value) === side ? limit : null
  }
  const above = beyond(most, 1)
  if (above) throw impossible(field, `${name} is ${shown(has)}, more than ${named(most, above)}: ${why}.`, 'Check both numbers.')
  const below = beyond(least, -1)
  if (below) throw impossible(field, `${name} is ${shown(has)}, less than ${named(least, below)}: ${why}.`, 'Check both numbers.')
}

function named(bound: string | null, { value }: Amount): string {
  const text = value?.toFixed() ?? ''
  return bound === text ? text : `${bound} (${text})`
}

function shown({ value }: Amount): string {
  return value?.toFixed() ?? ''
}
