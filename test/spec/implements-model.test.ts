import { describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import type { LoadResult, ModelFile } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import type { Metric, Model } from '../../src/model/types.ts'

/** A tool of that name with signups and money by the row. */
const tool = (name: string, ...metrics: readonly string[]): ModelFile => ({
  name: `${name}.yml`,
  source: name,
  text: `semantic_models:
  - name: ${name}_accounts
    table: accounts
    agg_time_dimension: made_on
    entities: [{ name: ${name}_account, type: primary, expr: id }]
    dimensions: [{ name: made_on, type: time, public_name: ${name}_made_on }, { name: country, type: categorical, public_name: ${name}_country }, { name: currency, type: categorical, public_name: ${name}_currency }]
metrics:
${metrics.map((metric) => `  - { ${metric} }\n`).join('')}`,
})

const STANDARD: readonly ModelFile[] = [
  {
    name: 'standard.yml',
    text: `semantic_models: [{ name: nowhere, dimensions: [{ name: day, type: time }], agg_time_dimension: day }]
metrics:
  - { name: signups, label: Signed up, description: Who signed up., semantic_model: nowhere, agg: count, direction: higher_is_better, category: ENGAGEMENT, frameworks: { AARRR: [ACQUISITION] }, stage: EARLY, benchmark: { text: Grow. }, deprecated_names: [old_signups], goal: 7, estimate: { expr: 1, assumption: One. }, when_missing: { reason: EVENTS_NOT_TRACKED, remedy: Track them. } }
  - { name: churn, type: ratio, numerator: signups, denominator: signups, unit: percent, rate_period: month }
  - { name: behind, semantic_model: nowhere, agg: count, hidden: true }
`,
  },
]

const SIGNUPS = 'name: abc_signups, label: Accounts (abc), semantic_model: abc_accounts, agg: count, implements: signups, direction: higher_is_better'
const load = (...files: readonly ModelFile[]): LoadResult => loadModel(files, { source: 'company', standard: STANDARD })

function sound(...files: readonly ModelFile[]): Model {
  const loaded = load(...files)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.model
}

function metric(name: string, ...files: readonly ModelFile[]): Metric | undefined {
  return sound(...files).metrics.get(name)
}

const problems = (...files: readonly ModelFile[]): readonly string[] => load(...files).problems.map(({ file, line, message }) => `${file}:${line} ${message}`)

describe('a metric that implements a name nobody defines', () => {
  it('makes a metric of that name, with the standard words and without the standard definition', () => {
    expect(metric('signups', tool('abc', SIGNUPS))).toEqual({
      name: 'signups',
      enumName: 'SIGNUPS',
      label: 'Signed up',
      description: 'Who signed up.',
      unit: 'count',
      currency: null,
      direction: 'higher_is_better',
      formula: null,
      interpretation: null,
      category: 'ENGAGEMENT',
      frameworks: { AARRR: ['ACQUISITION'] },
      stages: ['EARLY'],
      benchmark: { text: 'Grow.', excellent: null, good: null, acceptable: null, source: null },
      goal: null,
      ratePeriod: null,
      recordedEvery: null,
      fillNullsWith: null,
      deprecatedNames: [],
      hidden: false,
      whenMissing: { reason: 'EVENTS_NOT_TRACKED', remedy: 'Track them.' },
      estimate: null,
      implementations: sound(tool('abc', SIGNUPS)).metrics.get('abc_signups')?.implementations,
      implementedBy: ['abc_signups'],
    })
  })

  it('keeps its own name beside', () => {
    const model = sound(tool('abc', SIGNUPS))
    expect([...model.metrics.keys()]).toEqual(['abc_signups', 'signups'])
    expect(model.metrics.get('abc_signups')).toMatchObject({ label: 'Accounts (abc)', implementedBy: [null] })
    expect([...model.semanticModels.keys()]).toEqual(['abc_accounts'])
  })

  it('gives its own words where the name is no standard one, and the remedy of the tool in any case', () => {
    const missing = 'when_missing: { reason: SOURCE_MISSING, remedy: Connect abc. }'
    expect(metric('accounts_made', tool('abc', `name: abc_made, label: Made (abc), description: All of them., semantic_model: abc_accounts, agg: count, implements: accounts_made, ${missing}`))).toMatchObject({ label: 'Accounts made', description: 'All of them.', unit: 'count', whenMissing: { remedy: 'Connect abc.' } })
    expect(metric('signups', tool('abc', `${SIGNUPS}, ${missing}`))).toMatchObject({ label: 'Signed up', whenMissing: { remedy: 'Connect abc.' } })
  })

  it('stays hidden where the standard metric is', () => {
    expect(metric('behind', tool('abc', 'name: abc_behind, semantic_model: abc_accounts, agg: count, implements: behind'))).toMatchObject({ hidden: true })
  })

  it('serves as an input, an event and a filter of others', () => {
    const own = 'name: per_country, type: ratio, numerator: { name: signups, filter: abc_country = \'DE\' }, denominator: signups, unit: percent'
    const active = 'name: weekly, type: active, entity: abc_account, activity: signups, window: 7 days'
    expect([...sound(tool('abc', SIGNUPS, own, active)).metrics.keys()]).toEqual(['abc_signups', 'per_country', 'weekly', 'signups'])
  })
})

describe('a metric that implements one with a definition', () => {
  const own: ModelFile = tool('own', 'name: signups, label: Ours, semantic_model: own_accounts, agg: count, goal: 12, direction: higher_is_better')

  it('comes after that definition, wherever its file stands, and leaves its words alone', () => {
    for (const files of [[own, tool('abc', SIGNUPS)], [tool('abc', SIGNUPS), own]]) {
      const found = metric('signups', ...files)
      expect(found).toMatchObject({ label: 'Ours', goal: 12, description: null, implementedBy: [null, 'abc_signups'] })
      expect(found?.implementations.map((definition) => 'semanticModel' in definition && definition.semanticModel)).toEqual(['own_accounts', 'abc_accounts'])
    }
  })

  it('comes after all of its implementations, with all of its own', () => {
    const twice = tool('own', 'name: signups, implementations: [{ semantic_model: own_accounts, agg: count }, { semantic_model: own_accounts, agg: count_distinct, expr: id }]')
    const thrice = 'name: abc_signups, implements: signups, implementations: [{ semantic_model: abc_accounts, agg: count }, { semantic_model: abc_accounts, agg: count_distinct, expr: id }]'
    expect(metric('signups', twice, tool('abc', thrice))?.implementedBy).toEqual([null, null, 'abc_signups', 'abc_signups'])
  })

  it('must have the unit, direction and base period of it, or both places are named', () => {
    const money = 'name: abc_paid, semantic_model: abc_accounts, agg: sum, expr: paid, unit: currency, implements: signups'
    expect(problems(own, tool('abc', money))).toEqual(['abc.yml:8 "abc_paid" implements "signups" with unit currency; "signups" has unit count, at own.yml:8.'])
    const down = 'name: abc_lost, semantic_model: abc_accounts, agg: count, direction: lower_is_better, implements: signups'
    expect(problems(own, tool('abc', down))).toEqual(['abc.yml:8 "abc_lost" implements "signups" with direction lower_is_better; "signups" has direction higher_is_better, at own.yml:8.'])
    const rate = 'name: abc_rate, type: ratio, numerator: abc_signups, denominator: abc_signups, unit: percent, implements: churn'
    expect(problems(tool('abc', SIGNUPS, rate))).toEqual(['abc.yml:9 "abc_rate" implements "churn" with no rate_period; "churn" has rate_period month, at standard.yml:4.'])
  })

  it('may be of another type', () => {
    expect(metric('signups', own, tool('abc', SIGNUPS.replace('abc_signups', 'abc_all').replace(', implements: signups', ''), 'name: abc_twice, type: derived, expr: abc_all * 2, metrics: [abc_all], implements: signups'))?.implementations.map(({ type }) => type)).toEqual(['simple', 'derived'])
  })

  it('goes first where the definition itself says so', () => {
    const first = tool('own', 'name: paid, unit: currency, implementations: [{ type: derived, expr: abc_paid, metrics: [abc_paid] }, { semantic_model: own_accounts, agg: sum, expr: paid }]')
    const paid = 'name: abc_paid, semantic_model: abc_accounts, agg: sum, expr: paid, unit: currency, currency: { dimension: abc_currency }, implements: paid'
    expect(metric('paid', first, tool('abc', paid))).toMatchObject({ implementations: [{ type: 'derived', inputs: [{ metric: 'abc_paid' }] }, { semanticModel: 'own_accounts' }, { semanticModel: 'abc_accounts' }], implementedBy: [null, null, 'abc_paid'] })
  })

  it('is not made from it', () => {
    expect(problems(own, tool('abc', 'name: abc_twice, type: derived, expr: signups * 2, metrics: [signups], implements: signups'))).toEqual([expect.stringContaining('is made from itself')])
  })
})

describe('metrics of several tools that implement one name', () => {
  const signupsOf = (name: string): string => SIGNUPS.replaceAll('abc', name)

  it('are tried in the order of the files', () => {
    const [abc, xyz] = [tool('abc', signupsOf('abc')), tool('xyz', signupsOf('xyz'))]
    expect(metric('signups', abc, xyz)?.implementedBy).toEqual(['abc_signups', 'xyz_signups'])
    expect(metric('signups', xyz, abc)?.implementedBy).toEqual(['xyz_signups', 'abc_signups'])
  })

  it('are in one unit, that of the first where no standard one says', () => {
    const count = 'name: abc_size, semantic_model: abc_accounts, agg: count, implements: size'
    const money = 'name: xyz_size, semantic_model: xyz_accounts, agg: sum, expr: size, unit: currency, implements: size'
    expect(problems(tool('abc', count), tool('xyz', money))).toEqual(['xyz.yml:8 "xyz_size" implements "size" with unit currency; "size" has unit count, at abc.yml:8.'])
  })

  it('have the currency that all of them state, and none where they differ or rows tell it', () => {
    const money = (name: string, currency: string): string => `name: ${name}_paid, semantic_model: ${name}_accounts, agg: sum, expr: paid, unit: currency, currency: ${currency}, implements: paid`
    const currency = (...currencies: readonly [string, string]): unknown => metric('paid', tool('abc', money('abc', currencies[0])), tool('xyz', money('xyz', currencies[1])))?.currency
    expect(currency('EUR', 'EUR')).toEqual({ code: 'EUR' })
    expect(currency('EUR', 'USD')).toBeNull()
    expect(currency('EUR', '{ dimension: xyz_currency }')).toBeNull()
  })
})

describe('implementing', () => {
  it('goes neither to oneself nor through another', () => {
    expect(problems(tool('abc', 'name: abc_all, semantic_model: abc_accounts, agg: count, implements: abc_all'))).toEqual(['abc.yml:8 The metric "abc_all" says that it implements itself.'])
    expect(problems(tool('abc', SIGNUPS, 'name: abc_all, semantic_model: abc_accounts, agg: count, implements: abc_signups'))).toEqual(['abc.yml:9 "abc_signups" is itself an implementation, of "signups".'])
  })

  it('makes no name that clients could not tell from another, or none at all', () => {
    expect(problems(tool('abc', SIGNUPS.replace('implements: signups', 'implements: Abc_Signups')))).toEqual([expect.stringContaining('are both ABC_SIGNUPS to clients')])
    expect(problems(tool('abc', SIGNUPS.replace('implements: signups', 'implements: 1st')))).toEqual([expect.stringMatching(/^abc\.yml:8 .*1st/)])
  })
})
