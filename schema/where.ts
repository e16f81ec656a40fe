import { Decimal } from 'decimal.js'
import { KpiqlError } from '../src/base/errors.ts'
import { formatLocalDate, resolvePeriod } from '../src/base/period.ts'
import type { Period, PeriodAsk } from '../src/base/period.ts'
import { and, not, or } from '../src/model/predicate.ts'
import type { Bound, Predicate, Scalar, Test } from '../src/model/predicate.ts'
import { predicateSize } from '../src/model/predicate-size.ts'
import type { Dimension, DimensionKind } from '../src/model/types.ts'
import { toPeriodAsk } from './ask-period.ts'
import { composeCohort } from './cohort-input.ts'
import type { ComposedCohort } from './cohort-input.ts'
import type { CohortInput } from './types/cohort-inputs.ts'
import type { WhereContext } from './where-context.ts'
import type { BooleanFilter, CohortFilter, DateFilter, NumberFilter, StringFilter } from './types/filters.ts'

/** A `Where` as GraphQL has coerced it: its shape is checked, its nulls and dates are not. */
type WhereInput = Readonly<Record<string, unknown>>

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000
const END_OF_TIME = '9999-12-31T23:59:59.999'

const MOST_NESTING = 50
const MOST_TESTS = 2000
const MOST_VALUES = 10_000
const MOST_COHORT_LEVELS = 200
const MOST_COHORT_NESTING = 20
const MOST_COHORT_VALUES = 20_000
const MOST_COHORT_KEYS = 1_000_000
/** Fields that hold cohorts. */
const COMPOSING = new Set(['anyOf', 'allOf', 'difference', 'is'])
const MOST_WHOLE_DIGITS = 29
const MOST_FRACTION_DIGITS = 9
const LEAST_INTEGER = -(2n ** 63n)
const MOST_INTEGER = 2n ** 63n - 1n

/**
 * Turns `where` into a predicate. Everything in one object must hold; logic is two-valued, so that `ne`, `notIn` and `not` are exact
 * complements and keep rows without a value. `{}` keeps all rows, `in: []` and `or: []` none. Dates are read in the time zone of the
 * context and become UTC instants, or local dates for dimensions of dates.
 *
 * @param where Null or undefined keeps all rows.
 * @throws KpiqlError `FILTER_INVALID` for any null inside, for what is no date, for clock times on dimensions of dates, for numbers no
 *   column of the dimension's kind could hold exactly, and for more than 50 levels of `and`, `or` and `not`, 2,000 tests or 10,000
 *   values in a list.
 */
export function toPredicate(where: unknown, context: WhereContext): Predicate {
  if (where === null || where === undefined) return and([])
  checkSize(where as WhereInput)
  refuseNulls(where as WhereInput, 'where')
  return predicateOf(where as WhereInput, context, 'where')
}

/** Members of all of these cohorts; null or none named keeps all rows. */
export function inAllCohorts(cohorts: readonly string[] | null | undefined): Predicate {
  return and((cohorts ?? []).map((cohort) => ({ kind: 'cohort', cohort })))
}

/** Walks with a list of its own: recursion is what the limit on nesting protects. Nulls are refused elsewhere. */
function checkSize(where: WhereInput): void {
  let tests = 0
  const waiting = [{ part: where, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, depth } = next
    if (depth > MOST_NESTING) throw tooLarge(`where nests more than ${MOST_NESTING} levels of \`and\`, \`or\` and \`not\`.`, MOST_NESTING)
    for (const [key, value] of Object.entries(part ?? {})) {
      if (key === 'not') waiting.push({ part: value as WhereInput, depth: depth + 1 })
      else if (key === 'and' || key === 'or') for (const inner of (value ?? []) as readonly WhereInput[]) waiting.push({ part: inner, depth: depth + 1 })
      else {
        if (key === 'cohort') checkCohortSize((value as CohortFilter | null)?.is, 'where.cohort.is')
        tests += countTests(key, (value ?? {}) as WhereInput)
      }
    }
    if (tests > MOST_TESTS) throw tooLarge(`where has more than ${MOST_TESTS} tests.`, MOST_TESTS)
  }
}

function countTests(field: string, filter: WhereInput): number {
  const operators = Object.entries(filter).filter(([operator]) => operator !== 'caseInsensitive')
  for (const [operator, value] of operators) {
    if (Array.isArray(value) && value.length > MOST_VALUES) throw tooLarge(`"${field}": ${operator} lists ${value.length} values; ${MOST_VALUES} are the most.`, MOST_VALUES)
  }
  return operators.length
}

function tooLarge(message: string, limit: number): KpiqlError {
  return new KpiqlError('FILTER_INVALID', { message, hint: 'List the values of one dimension with `in`, define a cohort in the model, or ask several slices.', data: { limit } })
}

// A client whose variable is unset would otherwise read every row and take them for some.
function refuseNulls(value: unknown, path: string): void {
  if (value === null || value === undefined) {
    throw new KpiqlError('FILTER_INVALID', {
      message: `${path} is null.`,
      hint: /\.(and|or|not)$|\]$/.test(path) ? 'Leave it out to keep all rows.' : 'Ask {isNull: true} for rows without a value, or leave the test out to keep all rows.',
    })
  }
  if (Array.isArray(value)) value.forEach((item, index) => refuseNulls(item, `${path}[${index}]`))
  else if (typeof value === 'object') for (const [key, inner] of Object.entries(value)) refuseNulls(inner, `${path}.${key}`)
}

function predicateOf(where: WhereInput, context: WhereContext, path: string): Predicate {
  return and(
    Object.entries(where).map(([key, value]) => {
      const place = `${path}.${key}`
      const several = (): Predicate[] => (value as readonly WhereInput[]).map((inner, index) => predicateOf(inner, context, `${place}[${index}]`))
      switch (key) {
        case 'and':
          return and(several())
        case 'or':
          return or(several())
        case 'not':
          return not(predicateOf(value as WhereInput, context, place))
        case 'cohort':
          return cohortPredicate(value as CohortFilter, context, place)
        default:
          return dimensionPredicate(key, value, context, place)
      }
    }),
  )
}

function cohortPredicate(filter: CohortFilter, context: WhereContext, path: string): Predicate {
  const anyOf = (cohorts: readonly string[]): Predicate => or(cohorts.map((cohort) => ({ kind: 'cohort', cohort })))
  return and([
    ...(filter.in ? [anyOf(filter.in)] : []),
    ...(filter.notIn ? [not(anyOf(filter.notIn))] : []),
    ...(filter.is ? [composed(filter.is, context, `${path}.is`).predicate] : []),
  ])
}

/** @throws KpiqlError as `composeCohort`, also for cohorts too large to read. */
export function toCohort(input: CohortInput, context: WhereContext, path: string): ComposedCohort {
  checkCohortSize(input, path)
  return composed(input, context, path)
}

/** Saved cohorts inside count with all they hold, each time they are named. */
function composed(input: CohortInput, context: WhereContext, path: string): ComposedCohort {
  const cohort = composeCohort(input, context, path, innerWhere)
  const { depth, parts, keys } = predicateSize(cohort.predicate)
  if (depth > MOST_COHORT_NESTING) throw cohortTooLarge(`${path} nests cohorts ${depth} levels deep, with the saved ones in it; ${MOST_COHORT_NESTING} are the most.`, MOST_COHORT_NESTING)
  if (parts > MOST_COHORT_VALUES) throw cohortTooLarge(`${path} holds more than ${MOST_COHORT_VALUES} values, with those of the saved cohorts in it.`, MOST_COHORT_VALUES)
  if (keys > MOST_COHORT_KEYS) throw cohortTooLarge(`${path} names lists that hold more than ${MOST_COHORT_KEYS} ids, counted each time they are named.`, MOST_COHORT_KEYS)
  return cohort
}

function cohortTooLarge(message: string, limit: number): KpiqlError {
  return new KpiqlError('COHORT_INVALID', { message, hint: 'Write `anyOf`, `allOf` and `difference` flat, since they take lists, name each saved cohort once, or upload the members as a list.', data: { limit } })
}

function innerWhere(where: unknown, context: WhereContext, path: string): Predicate {
  if (where === null || where === undefined) return and([])
  refuseNulls(where, path)
  return predicateOf(where as WhereInput, context, path)
}

/** Everything inside a composed cohort counts: its own nesting, and that of each `where`. The levels protect what calls itself for each. */
function checkCohortSize(cohort: unknown, path: string): void {
  let values = 0
  const waiting: { part: unknown; level: number; cohorts: number }[] = [{ part: cohort, level: 0, cohorts: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, level, cohorts } = next
    if (cohorts > MOST_COHORT_NESTING) throw cohortTooLarge(`${path} nests cohorts more than ${MOST_COHORT_NESTING} levels deep.`, MOST_COHORT_NESTING)
    if (level > MOST_COHORT_LEVELS) throw cohortTooLarge(`${path} nests more than ${MOST_COHORT_LEVELS} levels.`, MOST_COHORT_LEVELS)
    if (typeof part === 'object' && part !== null) {
      for (const [key, inner] of Object.entries(part)) waiting.push({ part: inner, level: level + 1, cohorts: cohorts + (COMPOSING.has(key) && !Array.isArray(part) ? 1 : 0) })
    } else values += 1
    if (values > MOST_COHORT_VALUES) throw cohortTooLarge(`${path} holds more than ${MOST_COHORT_VALUES} values.`, MOST_COHORT_VALUES)
  }
}

function dimensionPredicate(field: string, value: unknown, context: WhereContext, path: string): Predicate {
  const dimension = context.model.dimensions.get(field)
  if (!dimension) throw new KpiqlError('DIMENSION_UNKNOWN', { message: `${path}: the model has no dimension "${field}".` })
  const test: TestOf = (given) => ({ kind: 'atom', dimension: field, test: given })
  switch (dimension.kind) {
    case 'text':
      return and(textTests(value as StringFilter, test))
    case 'integer':
    case 'decimal':
    case 'float':
      return and(numberTests(value as NumberFilter, dimension.kind, test, path))
    case 'boolean':
      return and(booleanTests(value as BooleanFilter, test))
    case 'date':
    case 'timestamp':
      return and(dateTests(value as DateFilter, dimension, test, context, path))
  }
}

type TestOf = (test: Test) => Predicate

function given<T>(value: T | null | undefined, make: (value: T) => Predicate): Predicate[] {
  return value === null || value === undefined ? [] : [make(value)]
}

function isNullTest(isNull: boolean | null | undefined, test: TestOf): Predicate[] {
  return given(isNull, (wanted) => (wanted ? test({ op: 'isNull' }) : not(test({ op: 'isNull' }))))
}

function equalityTests<T>(filter: { readonly eq?: T | null; readonly ne?: T | null; readonly in?: readonly T[] | null; readonly notIn?: readonly T[] | null }, anyOf: (values: readonly T[]) => Predicate): Predicate[] {
  return [
    ...given(filter.eq, (value) => anyOf([value])),
    ...given(filter.ne, (value) => not(anyOf([value]))),
    ...given(filter.in, anyOf),
    ...given(filter.notIn, (values) => not(anyOf(values))),
  ]
}

function oneOf(values: readonly Scalar[], test: TestOf, caseInsensitive = false): Predicate {
  return values.length === 0 ? or([]) : test({ op: 'in', values: [...new Set(values)], caseInsensitive })
}

function textTests(filter: StringFilter, test: TestOf): Predicate[] {
  const caseInsensitive = filter.caseInsensitive ?? false
  const part = (op: 'contains' | 'startsWith' | 'endsWith') => given(filter[op], (text) => test({ op, text, caseInsensitive }))
  return [...equalityTests(filter, (values) => oneOf(values, test, caseInsensitive)), ...part('contains'), ...part('startsWith'), ...part('endsWith'), ...isNullTest(filter.isNull, test)]
}

function booleanTests(filter: BooleanFilter, test: TestOf): Predicate[] {
  return [...equalityTests(filter, (values) => oneOf(values, test)), ...isNullTest(filter.isNull, test)]
}

function numberTests(filter: NumberFilter, kind: DimensionKind, test: TestOf, path: string): Predicate[] {
  const read = (value: number | string): Scalar => scalarOf(value, kind, path)
  const bound = (value: number | string | null | undefined, inclusive: boolean): Bound | null => (value === null || value === undefined ? null : { value: read(value), inclusive })
  return [
    ...equalityTests(filter, (values) => oneOf(values.map(read), test)),
    ...ranges([bound(filter.gt, false), bound(filter.gte, true)], [bound(filter.lt, false), bound(filter.lte, true)], test),
    ...given(filter.between, ({ from, to }) => test({ op: 'range', from: { value: read(from), inclusive: true }, to: { value: read(to), inclusive: true } })),
    ...isNullTest(filter.isNull, test),
  ]
}

/**
 * One form for one number: a double where it has all digits, else `bigint` for whole numbers of integers and plain text for decimals.
 * What the dimension's type cannot hold is refused: bound to a statement it would fail or be rounded.
 */
function scalarOf(value: number | string, kind: DimensionKind, path: string): Scalar {
  if (kind === 'float') return floatOf(value, path)
  const decimal = new Decimal(value)
  const plain = decimal.toFixed()
  if (decimal.decimalPlaces() > MOST_FRACTION_DIGITS) {
    throw new KpiqlError('FILTER_INVALID', { message: `${path} compares with a number of more than ${MOST_FRACTION_DIGITS} digits after the point.`, hint: `Write at most ${MOST_FRACTION_DIGITS}, as text where they come from a calculation: "0.3" instead of 0.30000000000000004.` })
  }
  if (kind === 'integer') {
    const whole = BigInt(decimal.trunc().toFixed())
    if (whole < LEAST_INTEGER || whole > MOST_INTEGER) throw outOfRange(path, 'an integer of 64 bits')
    if (decimal.isInteger() && !Number.isSafeInteger(decimal.toNumber())) return whole
  } else if (decimal.abs().gte(`1e${MOST_WHOLE_DIGITS}`)) throw outOfRange(path, `a decimal of ${MOST_WHOLE_DIGITS} digits before the point`)
  // Adding 0 makes -0 the 0 it equals.
  return Number(plain) === 0 || String(decimal.toNumber()) === plain ? decimal.toNumber() + 0 : plain
}

function floatOf(value: number | string, path: string): number {
  const number = Number(value)
  if (!Number.isFinite(number)) throw outOfRange(path, 'a double')
  return number
}

function outOfRange(path: string, type: string): KpiqlError {
  return new KpiqlError('FILTER_INVALID', { message: `${path} compares with a number beyond ${type}.`, hint: 'No row holds such a number: leave the bound out, or write one that rows can reach.' })
}

/** One range where there is at most one bound a side, which is how planners like it; otherwise one test a bound. */
function ranges(from: readonly (Bound | null)[], to: readonly (Bound | null)[], test: TestOf): Predicate[] {
  const [lower, ...lowers] = from.filter((bound) => bound !== null)
  const [upper, ...uppers] = to.filter((bound) => bound !== null)
  return [
    ...(lower || upper ? [test({ op: 'range', from: lower ?? null, to: upper ?? null })] : []),
    ...lowers.map((bound) => test({ op: 'range', from: bound, to: null })),
    ...uppers.map((bound) => test({ op: 'range', from: null, to: bound })),
  ]
}

/** What a date or datetime stands for: one value, or all from `start` up to but not `end`. */
type Moment = { readonly at: Scalar } | { readonly start: Scalar; readonly end: Scalar }

function dateTests(filter: DateFilter, dimension: Dimension, test: TestOf, context: WhereContext, path: string): Predicate[] {
  const read = (op: string) => (text: string): Moment => momentOf(text, dimension, context, `${path}.${op}`)
  const anyOf = (op: string) => (texts: readonly string[]): Predicate => {
    const moments = texts.map(read(op))
    const values = moments.flatMap((moment) => ('at' in moment ? [moment.at] : []))
    const days = moments.flatMap((moment) => ('at' in moment ? [] : [span(moment.start, moment.end, test)]))
    return or([oneOf(values, test), ...days])
  }
  const bound = (op: 'gt' | 'gte' | 'lt' | 'lte'): Bound | null => {
    const text = filter[op]
    return text === null || text === undefined ? null : boundOf(read(op)(text), op)
  }
  const during = (ask: PeriodAsk): Predicate => duringPeriod(ask, dimension, test, context, path)
  return [
    ...given(filter.eq, (text) => anyOf('eq')([text])),
    ...given(filter.ne, (text) => not(anyOf('ne')([text]))),
    ...given(filter.in, anyOf('in')),
    ...given(filter.notIn, (texts) => not(anyOf('notIn')(texts))),
    ...ranges([bound('gt'), bound('gte')], [bound('lt'), bound('lte')], test),
    ...given(filter.between, (between) => during({ between })),
    ...given(filter.last, (last) => during(toPeriodAsk({ last }))),
    ...given(filter.preset, (preset) => during({ preset })),
    ...isNullTest(filter.isNull, test),
  ]
}

function boundOf(moment: Moment, op: 'gt' | 'gte' | 'lt' | 'lte'): Bound {
  if ('at' in moment) return { value: moment.at, inclusive: op === 'gte' || op === 'lte' }
  if (op === 'gt') return { value: moment.end, inclusive: true }
  if (op === 'lte') return { value: moment.end, inclusive: false }
  return { value: moment.start, inclusive: op === 'gte' }
}

function span(start: Scalar, end: Scalar, test: TestOf): Predicate {
  return test({ op: 'range', from: { value: start, inclusive: true }, to: { value: end, inclusive: false } })
}

function momentOf(text: string, { kind, label }: Dimension, context: WhereContext, path: string): Moment {
  const isDate = DATE_ONLY.test(text)
  if (kind === 'date' && !isDate && /^\d{4}-\d{2}-\d{2}[T ]/.test(text)) throw clockOnDates(path, label)
  const end = isDate ? formatLocalDate(Date.parse(`${text}T00:00:00Z`) + DAY_MS || 0) : END_OF_TIME
  const period = readPeriod({ between: { start: text, end: isDate && text < '9999-12-31' ? end : END_OF_TIME } }, context, (message) => message.replace('period.between.start', path))
  if (kind === 'date') return { at: text }
  return isDate ? { start: isoOf(period.startUtcMs), end: isoOf(period.endUtcMs) } : { at: isoOf(period.startUtcMs) }
}

function duringPeriod(ask: PeriodAsk, { kind, label }: Dimension, test: TestOf, context: WhereContext, path: string): Predicate {
  if (kind === 'date') {
    if ('between' in ask && !(DATE_ONLY.test(ask.between.start) && DATE_ONLY.test(ask.between.end)) && /[T ]\d/.test(ask.between.start + ask.between.end)) throw clockOnDates(`${path}.between`, label)
    if ('last' in ask && (ask.last.unit === 'hour' || ask.last.unit === 'minute')) throw clockOnDates(`${path}.last`, label)
  }
  const period = readPeriod(ask, context, (message) => message.replace(/^period\b/, path))
  if (kind === 'timestamp') return span(isoOf(period.startUtcMs), isoOf(period.endUtcMs), test)
  // "To date" ends within today, and today's date belongs to it.
  return span(formatLocalDate(period.startLocalMs), formatLocalDate(Math.ceil(period.endLocalMs / DAY_MS) * DAY_MS), test)
}

function readPeriod(ask: PeriodAsk, context: WhereContext, rename: (message: string) => string): Period {
  try {
    return resolvePeriod(ask, context)
  } catch (error) {
    if (!(error instanceof KpiqlError) || error.code !== 'INVALID_PERIOD') throw error
    throw new KpiqlError('FILTER_INVALID', { message: rename(error.message), hint: error.hint, cause: error })
  }
}

function clockOnDates(path: string, label: string): KpiqlError {
  return new KpiqlError('FILTER_INVALID', { message: `${path} has a time of day, but "${label}" holds dates.`, hint: 'Write dates only: "2026-03-01".' })
}

function isoOf(utcMs: number): string {
  return new Date(utcMs).toISOString()
}
