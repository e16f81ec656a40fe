import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadModel } from '../../src/model/load-model.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { readModelFiles } from '../../src/model/read-model-files.ts'

const TOOLS = ['mixpanel', 'amplitude', 'segment']
const path = (pack: string): string => fileURLToPath(new URL(`../../models/${pack}.yml`, import.meta.url))

describe('packs of tools that record the use of a product', () => {
  const SETS = [...TOOLS.map((tool) => [tool]), TOOLS, [...TOOLS, 'saas', 'product', 'satisfaction', 'delivery']]
  it.each(SETS.map((packs) => ({ packs, title: packs.join(' with ') })))('load: $title', async ({ packs }) => {
    const { problems, model } = loadModel(await readModelFiles(packs.map(path)), { source: 'company' })
    expect(problems.map(formatProblem)).toEqual([])
    for (const metric of model?.metrics.values() ?? []) {
      expect(metric, metric.name).toMatchObject({ description: expect.any(String) as string, formula: expect.any(String) as string, category: expect.any(String) as string })
    }
  })
})
