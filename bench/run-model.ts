import { loadModel } from '../src/model/load-model.ts'
import type { Model } from '../src/model/types.ts'
import { ms, verdict } from './report.ts'
import type { Section } from './report.ts'
import { timingOf } from './turns.ts'

const METRICS = 100
const DIMENSIONS = 100
const RUNS = 20
const MAX_MS = 1_000

/** A large model from its text to a schema that answers: the budget of a reload. */
export async function benchModel(): Promise<Section> {
  const { buildSchema } = (await import(new URL('../dist/schema/build-schema.js', import.meta.url).href)) as { buildSchema: (model: Model) => object }
  const text = modelText()
  const once = (): number => {
    const fromMs = performance.now()
    const { model, problems } = loadModel([{ name: 'large.yml', text }])
    if (model === null || problems.length > 0) throw new Error(`The large model has faults: ${JSON.stringify(problems)}`)
    buildSchema(model)
    return performance.now() - fromMs
  }
  const first = once()
  const { medianMs, minMs, p95Ms } = timingOf(Array.from({ length: RUNS }, once))
  return {
    title: '(model) A model of 100 metrics × 100 dimensions',
    about: [
      `Milliseconds to load, validate and build the schema of one YAML text with ${METRICS} metrics over ${DIMENSIONS} dimensions, the first time in a process (the libraries loaded) and ${RUNS} times after. The first is judged.`,
      'Fair, because it is what a start or a reload does: text in, a GraphQL schema out.',
    ],
    tables: [{ columns: ['First ms', 'median ms', 'min ms', 'p95 ms', 'Wanted', 'Verdict'], rows: [[ms(first), ms(medianMs), ms(minMs), ms(p95Ms), `< ${MAX_MS} ms`, verdict(first < MAX_MS)]] }],
  }
}

/** Ten tables of ten dimensions, all linked to one customer; half of the metrics simple, half derived from them. */
function modelText(): string {
  const models = Array.from({ length: 10 }, (_, table) => {
    const dimensions = Array.from({ length: DIMENSIONS / 10 - 1 }, (_unused, index) => `      - { name: attribute_${table}_${index}, type: categorical }`)
    return [
      `  - name: table_${table}`,
      '    source: bench',
      `    table: table_${table}`,
      `    agg_time_dimension: moment_${table}`,
      '    entities:',
      `      - { name: row_${table}, type: primary, expr: id }`,
      ...(table === 0 ? [] : ['      - { name: row_0, type: foreign, expr: parent_id }']),
      '    dimensions:',
      `      - { name: moment_${table}, type: time, granularity: day }`,
      ...dimensions,
    ].join('\n')
  })
  const metrics = Array.from({ length: METRICS }, (_, index) =>
    index % 2 === 0
      ? `  - { name: metric_${index}, description: "The ${index}th", type: simple, semantic_model: table_${index % 10}, agg: sum, expr: value_${index}, unit: count, filter: "attribute_${index % 10}_0 = 'a'" }`
      : `  - { name: metric_${index}, description: "The ${index}th", type: derived, expr: metric_${index - 1} / 2, metrics: [metric_${index - 1}], unit: ratio }`,
  )
  return ['semantic_models:', ...models, 'metrics:', ...metrics, ''].join('\n')
}
