import { GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString, isInputType, isObjectType } from 'graphql'
import type { GraphQLFieldConfig, GraphQLFieldConfigMap, GraphQLInputFieldConfig, GraphQLInputType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { calculate } from '../src/calculate/calculate.ts'
import type { Calculation } from '../src/calculate/calculate.ts'
import type { Beside, Calculator, CalculatorInput, InputKind } from '../src/calculate/calculator.ts'
import { CALCULATORS } from '../src/calculate/calculators.ts'
import type { CalculationInput } from '../src/calculate/read-inputs.ts'
import { standardMetrics } from '../src/calculate/standard-metrics.ts'
import { benchmarkOf } from './benchmark-node.ts'
import { formatValue } from './format-value.ts'
import { Calculators } from './placeholders.ts'
import type { CalculationType } from './types/calculation.ts'

const KIND_TEXTS = {
  money: 'Money, not negative.',
  count: 'A whole number, not negative.',
  number: 'Not negative.',
  percent: '0 to 100.',
  seconds: 'Seconds, not negative.',
} as const satisfies Record<InputKind, string>

const CURRENCY = 'currency'

type CurrencyInput = CalculationInput & { readonly currency?: string | null }

/** The type `Calculators`, with a field and an input for each calculator of the table. */
export function calculatorsOf(base: GraphQLSchema): GraphQLObjectType {
  const calculation = base.getType('Calculation')
  const numberType = base.getType('Number')
  if (!isObjectType(calculation) || !isInputType(numberType)) throw new TypeError('The schema has no Calculation or no Number.')
  return new GraphQLObjectType({
    name: Calculators.name,
    description: 'Standard metrics from explicit inputs. Numbers that cannot be are refused with the code CALCULATION_INVALID and the name of the input in `field`; the other calculators of the request are served.',
    fields: Object.fromEntries(CALCULATORS.map((calculator) => [calculator.name, fieldOf(calculator, calculation, numberType)])),
  })
}

function fieldOf(calculator: Calculator, calculation: GraphQLObjectType, numberType: GraphQLInputType): GraphQLFieldConfig<unknown, unknown> {
  return {
    type: answerType(calculator, calculation),
    description: calculator.description,
    args: { input: { type: new GraphQLNonNull(inputType(calculator, numberType)) } },
    async resolve(_, { input }: { readonly input?: CurrencyInput }) {
      const { currency = null, ...numbers } = input ?? {}
      return nodeOf(calculate(await standardMetrics(), calculator, numbers, currency))
    },
  }
}

function typeName({ name }: Calculator): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function inputType(calculator: Calculator, numberType: GraphQLInputType): GraphQLInputObjectType {
  const hasMoney = calculator.inputs.some(({ kind }) => kind === 'money')
  const currency: GraphQLInputFieldConfig = { type: GraphQLString, description: 'ISO 4217 of all money here, like USD; it is shown, nothing is converted.' }
  return new GraphQLInputObjectType({
    name: `${typeName(calculator)}Input`,
    description: `What the calculator ${calculator.name} works with.`,
    fields: { ...Object.fromEntries(calculator.inputs.map((input) => [input.name, inputField(input, numberType)])), ...(hasMoney ? { [CURRENCY]: currency } : {}) },
  })
}

function inputField({ kind, description, byDefault, optional, moreThanZero, list }: CalculatorInput, numberType: GraphQLInputType): GraphQLInputFieldConfig {
  const type = list ? new GraphQLList(new GraphQLNonNull(numberType)) : numberType
  const bounds = kind === 'percent' && moreThanZero ? 'More than 0, to 100.' : moreThanZero ? KIND_TEXTS[kind].replace('not negative', 'more than zero') : KIND_TEXTS[kind]
  return {
    type: byDefault !== null || optional ? type : new GraphQLNonNull(type),
    description: `${description} ${bounds}`,
    ...(byDefault === null ? {} : { defaultValue: Number(byDefault) }),
  }
}

/** `Calculation`, or for answers with more in them a type of their own. */
function answerType(calculator: Calculator, calculation: GraphQLObjectType): GraphQLOutputType {
  if (calculator.besides.length === 0) return calculation
  const { fields, ...rest } = calculation.toConfig()
  const number = fields['value']?.type
  if (number === undefined) throw new TypeError('A Calculation has no value.')
  const typeOf = (beside: Beside): GraphQLOutputType => (beside.kind === 'input' ? number : calculation)
  const besides: GraphQLFieldConfigMap<unknown, unknown> = Object.fromEntries(calculator.besides.map((beside) => [beside.name, { type: typeOf(beside), description: beside.description }]))
  return new GraphQLObjectType({ ...rest, name: `${typeName(calculator)}Calculation`, fields: { ...fields, ...besides } })
}

function nodeOf({ metric, value, exact, currency, formula, besides }: Calculation): CalculationType & Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries([...besides].map(([name, beside]) => [name, beside !== null && typeof beside === 'object' ? nodeOf(beside) : beside])),
    label: metric.label,
    value,
    exact,
    unit: metric.unit,
    currency,
    formatted: formatValue(value, metric.unit, currency),
    formula,
    interpretation: metric.interpretation,
    benchmark: benchmarkOf(metric, value),
  }
}
