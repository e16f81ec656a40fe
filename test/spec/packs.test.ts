import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { printMetrics } from '../../scripts/print-metrics.ts'
import { DEMO_PACKS } from '../../src/cli/data-folder.ts'
import { loadModel } from '../../src/model/load-model.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'
import { judge } from '../../src/model/verdict.ts'
import type { Framework, MetricCategory, Model } from '../../src/model/types.ts'

/** The standard metrics. Clients rely on these names. */
const STANDARD = {
  FINANCIAL: [
    'revenue', 'mrr', 'arr', 'arpu', 'cltv', 'cac', 'cltv_cac_ratio', 'cac_payback_months', 'cogs', 'gross_margin', 'burn_rate', 'net_margin', 'sales_efficiency',
    'new_mrr', 'expansion_mrr', 'contraction_mrr', 'churned_mrr', 'reactivation_mrr', 'net_new_mrr', 'quick_ratio', 'failed_payment_rate', 'new_customers', 'active_customers',
  ],
  LOYALTY: ['retention_rate', 'churn_rate', 'revenue_churn_rate', 'nrr', 'grr'],
  ENGAGEMENT: ['conversion_rate', 'trial_conversion_rate', 'traffic', 'dau', 'wau', 'mau', 'stickiness', 'session_duration', 'bounce_rate'],
  PRODUCT: ['sessions_per_user', 'actions_per_session', 'feature_adoption_rate'],
  SATISFACTION: ['nps', 'egr', 'csat', 'osat', 'ces'],
  DELIVERY: ['activation_rate', 'time_to_value', 'defect_escape_rate', 'velocity'],
} as const satisfies Record<MetricCategory, readonly string[]>

const BOARDS: Record<Framework, Readonly<Record<string, readonly string[]>>> = {
  AARRR: {
    ACQUISITION: ['cac', 'traffic', 'conversion_rate'],
    ACTIVATION: ['activation_rate', 'ces'],
    RETENTION: ['retention_rate', 'churn_rate'],
    REVENUE: ['arpu', 'mrr', 'cltv'],
    REFERRAL: ['nps', 'egr'],
  },
  HEART: {
    HAPPINESS: ['nps', 'csat', 'osat'],
    ENGAGEMENT: ['dau', 'mau', 'stickiness'],
    ADOPTION: ['conversion_rate', 'activation_rate'],
    RETENTION: ['retention_rate', 'churn_rate'],
    TASK_SUCCESS: ['ces', 'feature_adoption_rate'],
  },
}

const STAGES = {
  EARLY: ['cac', 'cltv', 'burn_rate', 'gross_margin', 'cac_payback_months', 'cltv_cac_ratio'],
  MID: ['retention_rate', 'arpu', 'sales_efficiency', 'nrr', 'churn_rate', 'expansion_mrr'],
  LATE: [],
} as const

async function load(...packs: readonly string[]): Promise<Model> {
  const loaded = loadModel(await readModelFiles(packs.map((pack) => fileURLToPath(new URL(`../../models/${pack}.yml`, import.meta.url))), 'company'))
  if (!loaded.ok) throw new Error(loaded.problems.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'))
  return loaded.model
}

const company = await load(...DEMO_PACKS)
const daily = await load('product-daily')
const standard = Object.entries(STANDARD).flatMap(([category, names]) => names.map((name) => ({ category, name })))

describe('the standard metrics', () => {
  it.each(standard)('$name tells people what it is, how it is computed and what others reach', ({ category, name }) => {
    const metric = company.metrics.get(name)
    expect(metric).toMatchObject({
      enumName: name.toUpperCase(),
      category,
      hidden: false,
      label: expect.stringMatching(/^[A-Z]/) as string,
      description: expect.stringMatching(/\.$/) as string,
      formula: expect.stringMatching(/\.$/) as string,
      interpretation: expect.stringMatching(/\.$/) as string,
      direction: expect.stringMatching(/_is_better$/) as string,
      benchmark: { text: expect.stringMatching(/\.$/) as string, source: expect.stringMatching(/^rule of thumb|\b(19|20)\d\d\b/) as string },
    })
  })

  it('are those of each board, and no others are', () => {
    for (const model of [company, daily]) {
      for (const [framework, parts] of Object.entries(BOARDS) as [Framework, (typeof BOARDS)[Framework]][]) {
        for (const metric of model.metrics.values()) {
          const expected = Object.keys(parts).filter((part) => parts[part]?.includes(metric.name))
          expect([metric.name, framework, metric.frameworks[framework] ?? []]).toEqual([metric.name, framework, expected])
        }
      }
    }
    for (const metric of company.metrics.values()) {
      expect([metric.name, metric.stages]).toEqual([metric.name, (Object.keys(STAGES) as (keyof typeof STAGES)[]).filter((stage) => (STAGES[stage] as readonly string[]).includes(metric.name))])
    }
  })

  it('say with their bounds what their words say: of a month, 5.0 % of customers lost is acceptable, 2.9 % excellent, 7.1 % poor', () => {
    const churn = company.metrics.get('churn_rate')
    if (churn?.benchmark == null) throw new Error('No benchmark.')
    const verdict = (value: number) => churn.benchmark && judge(value, churn.benchmark, churn.direction)
    expect(verdict(5)).toEqual({ verdict: 'ACCEPTABLE', from: 5, to: 7 })
    expect([2.9, 3, 4.9, 7, 7.1].map((value) => verdict(value)?.verdict)).toEqual(['EXCELLENT', 'GOOD', 'GOOD', 'ACCEPTABLE', 'POOR'])
  })

  it('stand in for missing costs on request only, by what the model says', () => {
    expect(company.metrics.get('cac')).toMatchObject({ estimate: { formula: { kind: 'number', text: '100' }, inputs: [] }, whenMissing: { reason: 'COSTS_NOT_RECORDED', remedy: expect.stringContaining('recordCost') as string } })
    expect(company.metrics.get('cogs')).toMatchObject({ estimate: { assumption: expect.stringContaining('20 %') as string }, whenMissing: { reason: 'COSTS_NOT_RECORDED' } })
    const estimated = [...company.metrics.values()].filter(({ estimate }) => estimate !== null).map(({ name }) => name)
    expect(estimated).toEqual(['cogs', 'cac'])
  })
})

describe('docs/metrics.md', () => {
  it('is printed from the packs: run scripts/print-metrics.ts when this fails', async () => {
    expect(await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')).toBe(await printMetrics())
  })

  it('has every standard metric under its category, with formula, inputs, unit, direction and benchmark', async () => {
    const text = await printMetrics()
    for (const { category, name } of standard) {
      const section = text.split(`\n## ${category}\n`)[1]?.split('\n## ')[0] ?? ''
      const entry = section.split(`\n### ${name}\n`)[1]?.split('\n### ')[0] ?? ''
      for (const fact of ['Formula', 'Inputs', 'Unit', 'Direction', 'Benchmark']) expect(entry, `${name} in ${category}`).toContain(`\n- ${fact}: `)
    }
  })
})
