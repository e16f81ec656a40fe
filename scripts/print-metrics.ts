import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DEMO_PACKS } from '../src/cli/data-folder.ts'
import { loadModel } from '../src/model/load-model.ts'
import { inputsOf, modelsReadBy } from '../src/model/metric-inputs.ts'
import { readModelFiles } from '../src/model/read-model-files.ts'
import { shownMetrics } from '../src/model/shown-metrics.ts'
import { CATEGORIES, FRAMEWORKS, STAGES } from '../src/model/types.ts'
import type { Activity, Benchmark, Framework, Metric, MetricDefinition, Model } from '../src/model/types.ts'

const ROOT = join(import.meta.dirname, '..')
const TARGET = join(ROOT, 'docs', 'metrics.md')
const DAILY_PACK = 'product-daily'
const TOOL_PACKS = ['stripe', 'hubspot', 'salesforce', 'intercom', 'mixpanel', 'amplitude', 'segment', 'google-analytics'] as const
/** The parts of each board in the order of its name. */
const PARTS = {
  AARRR: ['ACQUISITION', 'ACTIVATION', 'RETENTION', 'REVENUE', 'REFERRAL'],
  HEART: ['HAPPINESS', 'ENGAGEMENT', 'ADOPTION', 'RETENTION', 'TASK_SUCCESS'],
} as const satisfies Record<Framework, readonly string[]>
const UNIT_WORDS = { currency: 'money', percent: 'per cent, 0 to 100', count: 'count', ratio: 'ratio', duration: 'seconds', score: 'score' } as const

/** `docs/metrics.md` as text: every metric that the packs show to clients, by category. @throws Error naming the first fault of a pack. */
export async function printMetrics(): Promise<string> {
  const company = await load(DEMO_PACKS)
  const daily = await load([DAILY_PACK])
  const tools = await toolsOf()
  return [
    '# Metrics',
    '',
    'Printed from the packs in [models](../models) by `node scripts/print-metrics.ts`. The names are those of the API in lower case:',
    '`mrr` is `metric(name: MRR)`. Packs are loaded together or one by one; where a table or an input is missing, the value is null',
    'with a reason and a remedy. Frameworks and stages are boards: `metrics(framework: AARRR)`, `metrics(stage: EARLY)`.',
    'Where a tool tells a metric, its pack has it under a name of its own too, and is enough: see [several ways](guides/model.md#several-ways).',
    '',
    ...boards(company),
    ...CATEGORIES.flatMap((category) => section(company, category, tools)),
    '## From daily figures',
    '',
    `The pack \`${DAILY_PACK}\` reads roll-ups of a day (users, feedback, features) in place of events. It is not loaded beside \`product\`.`,
    '',
    '| metric | what it is | formula |',
    '| --- | --- | --- |',
    ...shownMetrics(daily).map(({ name, description, formula }) => `| \`${name}\` | ${description ?? ''} | ${formula ?? ''} |`),
    '',
  ].join('\n')
}

async function load(packs: readonly string[]): Promise<Model> {
  const loaded = loadModel(await readModelFiles(packs.map((pack) => join(ROOT, 'models', `${pack}.yml`)), 'company'))
  if (!loaded.ok) throw new Error(loaded.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'))
  return loaded.model
}

/** By standard metric, the tools that tell it and what it is called in their packs. */
async function toolsOf(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const pack of TOOL_PACKS) {
    for (const { name, implementedBy } of (await load([pack])).metrics.values()) {
      const by = new Set(implementedBy.filter((one) => one !== null))
      if (by.size > 0) found.set(name, [...(found.get(name) ?? []), `${pack} (${[...by].map((one) => `\`${one}\``).join(', ')})`])
    }
  }
  return found
}

function boards(model: Model): readonly string[] {
  const link = ({ name }: Metric): string => `[${name}](#${name})`
  const lines = FRAMEWORKS.flatMap((framework) =>
    PARTS[framework].map((part) => `| ${framework} | ${part} | ${shownMetrics(model).filter(({ frameworks }) => frameworks[framework]?.includes(part)).map(link).join(', ')} |`),
  )
  const stages = STAGES.flatMap((stage) => {
    const metrics = shownMetrics(model).filter((metric) => metric.stages.includes(stage))
    return metrics.length === 0 ? [] : [`| stage | ${stage} | ${metrics.map(link).join(', ')} |`]
  })
  return ['| board | part | metrics |', '| --- | --- | --- |', ...lines, ...stages, '']
}

function section(model: Model, category: Metric['category'], tools: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const metrics = shownMetrics(model).filter((metric) => metric.category === category)
  return [`## ${category}`, '', ...metrics.flatMap((metric) => entry(model, metric, tools.get(metric.name) ?? []))]
}

function entry(model: Model, metric: Metric, tools: readonly string[]): readonly string[] {
  const { name, label, description, formula, interpretation, unit, direction, frameworks, stages, ratePeriod, benchmark, whenMissing, estimate } = metric
  const tags = [...FRAMEWORKS.flatMap((framework) => (frameworks[framework] ? [`${framework} (${frameworks[framework].join(', ')})`] : [])), ...stages.map((stage) => `stage ${stage}`)]
  const facts: readonly (readonly [string, string | null])[] = [
    ['Formula', formula],
    ['Inputs', inputs(model, metric)],
    ['From tools', tools.length === 0 ? null : tools.join(', ')],
    ['Unit', `${UNIT_WORDS[unit]}${ratePeriod === null ? '' : `, for each ${ratePeriod}`}`],
    ['Direction', direction === null ? null : direction === 'higher_is_better' ? 'higher is better' : 'lower is better'],
    ['Interpretation', interpretation],
    ['Benchmark', benchmark === null ? null : judged(benchmark, direction)],
    ['Boards', tags.length === 0 ? null : tags.join(', ')],
    ['Without data', whenMissing === null ? null : `\`${whenMissing.reason}\`. ${whenMissing.remedy}`],
    ['Estimate on request', estimate?.assumption ?? null],
  ]
  return [`### ${name}`, '', `**${label}.** ${description ?? ''}`, '', ...facts.flatMap(([title, text]) => (text === null ? [] : [`- ${title}: ${text}`])), '']
}

function judged({ text, excellent, good, acceptable, source }: Benchmark, direction: Metric['direction']): string {
  const side = direction === 'lower_is_better' ? '<' : '≥'
  const bounds = [
    excellent === null ? [] : [`excellent ${side} ${excellent}`],
    good === null ? [] : [`good ${side} ${good}`],
    acceptable === null ? [] : [`acceptable ${direction === 'lower_is_better' ? '≤' : '≥'} ${acceptable}`],
  ].flat()
  return `${text}${bounds.length === 0 ? '' : ` Bounds: ${bounds.join(', ')}.`}${source === null ? '' : ` Source: ${source}.`}`
}

/** What a metric is made from, down to tables; inputs that no client sees are opened up. */
function inputs(model: Model, metric: Metric): string {
  return [...new Set(metric.implementations.flatMap((definition) => parts(model, definition)))].join('; ')
}

function parts(model: Model, definition: MetricDefinition): readonly string[] {
  const others = inputsOf(definition).flatMap(({ metric }) => {
    const input = model.metrics.get(metric)
    return input?.hidden ? input.implementations.flatMap((inner) => parts(model, inner)) : [`[${metric}](#${metric})`]
  })
  return others.length > 0 ? others : [reading(model, definition)]
}

function reading(model: Model, definition: MetricDefinition): string {
  const tables = modelsReadBy(definition).map((name) => tableOf(model, name))
  switch (definition.type) {
    case 'simple':
      return `${definition.agg} of ${definition.expr === null ? 'rows' : `\`${definition.expr}\``} of ${tables.join()}${definition.asOf === null ? '' : ' as of the end of the period'}`
    case 'movement':
      return `${definition.component.replaceAll('_', ' ')}${definition.of === 'entities' ? `, in ${definition.entity}s,` : ''} of \`${definition.expr}\` of ${tables.join()}, followed by ${definition.entity} and day`
    case 'active':
      return `${activity(definition.activity)} by ${definition.entity} in ${definition.window.count} ${definition.window.unit}${definition.window.count === 1 ? '' : 's'}`
    case 'conversion':
      return `${activity(definition.base)} that ${activity(definition.conversion)} followed, by ${definition.entity}`
    case 'retention':
      return `${activity(definition.start)} and ${activity(definition.activity)} by ${definition.entity}`
    case 'funnel':
      return `${definition.steps.map(activity).join(', ')} by ${definition.entity}`
    case 'ratio':
    case 'derived':
    case 'cumulative':
      return tables.join()
  }
}

const activity = ({ metric }: Activity): string => `\`${metric}\``

function tableOf(model: Model, name: string): string {
  const relation = model.semanticModels.get(name)?.relation
  if (relation === undefined) return name
  return 'table' in relation ? `\`${relation.table}\`` : relation.tables.map((table) => `\`${table}\``).join(' and ')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = await printMetrics()
  if (!process.argv.includes('--check')) writeFileSync(TARGET, text)
  else if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('docs/metrics.md is stale. Run: node scripts/print-metrics.ts')
    process.exitCode = 1
  }
}
