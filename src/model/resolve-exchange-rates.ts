import type { ExchangeRatesData, ModelFileData } from './model-file.ts'
import { suggest } from './problem.ts'
import { expressionOf, timeDimension } from './resolve-semantic-models.ts'
import type { Section } from './section.ts'
import type { ExchangeRates, SemanticModel } from './types.ts'

/** The exchange rates of the whole model: they are said in one file. Faults go to the sections. */
export function resolveExchangeRates(roots: readonly Section<ModelFileData>[], semanticModels: ReadonlyMap<string, SemanticModel>, brokenSemanticModels: ReadonlySet<string>): ExchangeRates | null {
  const [first, ...others] = roots.filter(({ data }) => data.exchange_rates !== undefined)
  for (const other of others) other.blame(['exchange_rates'], `There are two exchange_rates; the other is in ${first?.source.name ?? ''}.`, 'Say it in one file.')
  return first?.data.exchange_rates === undefined ? null : readRates(first.part(first.data.exchange_rates), semanticModels, brokenSemanticModels)
}

function readRates(section: Section<ExchangeRatesData>, semanticModels: ReadonlyMap<string, SemanticModel>, broken: ReadonlySet<string>): ExchangeRates | null {
  const { data } = section
  const model = semanticModels.get(data.semantic_model)
  if (!model) {
    if (!broken.has(data.semantic_model)) section.blame(['semantic_model'], `There is no semantic model "${data.semantic_model}".`, suggest(data.semantic_model, semanticModels.keys()))
    return null
  }
  const named = (name: string) => model.dimensions.find((dimension) => dimension.name === name) ?? model.dimensions.find((dimension) => dimension.publicName === name)
  const currency = named(data.currency)
  if (!currency) section.blame(['currency'], `"${model.name}" has no dimension "${data.currency}".`, suggest(data.currency, model.dimensions.map(({ name }) => name)))
  else if (currency.kind !== 'text') section.blame(['currency'], `A currency is a text like EUR; "${data.currency}" holds ${currency.kind}.`)
  const date = timeDimension(section, ['date'], data.date, model.dimensions)
  const granularity = date === null ? null : (named(date)?.granularity ?? null)
  if (granularity !== null && granularity !== 'day') section.blame(['date'], `Rates hold from a day on; "${data.date}" has the granularity ${granularity}.`, 'Write granularity: day on it.')
  const rate = expressionOf(section, data.rate, '', 'rate')
  return currency && date !== null ? { semanticModel: model.name, currency: currency.publicName, date, rate, to: data.to } : null
}
