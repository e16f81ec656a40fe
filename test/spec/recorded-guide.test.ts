import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/recording.md'), 'utf8')
const blocks = (language: string): readonly string[] => [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\``, 'gms'))].map(([, text = '']) => text)

let world: TestWorld
beforeAll(async () => {
  world = testWorld()
  expect(await world.run('demo', '--out', 'company', '--customers', '300', '--events', '3000', '--format', 'csv')).toBe(0)
})
afterAll(() => world.remove())

async function answer(query: string, variables: object = {}): Promise<Record<string, unknown>> {
  await world.run('query', query, '--data', 'company', '--format', 'json', '--variables', JSON.stringify(variables))
  const { data, errors } = JSON.parse(world.written.out) as { data: Record<string, unknown>; errors?: unknown }
  expect(errors).toBe(undefined)
  return data
}

describe('the guide to recording', () => {
  it('shows requests that are answered as it says', async () => {
    const [record = '', update = '', list = '', cohort = ''] = blocks('graphql')
    const { recordCost } = (await answer(record)) as { recordCost: { id: string; amount: string; currency: string } }
    expect(recordCost).toMatchObject({ amount: '1249.90', currency: 'USD' })
    expect(await answer(record)).toEqual({ recordCost })
    expect(await answer(update, { id: recordCost.id })).toMatchObject({ updateCost: { id: recordCost.id, amount: '1200' } })
    expect(await answer(list)).toMatchObject({ recordedCosts: { totalCount: 1, totals: [{ currency: 'USD', amount: '1200', count: 1 }], records: [{ id: recordCost.id }] } })
    expect(await answer(cohort)).toMatchObject({ uploadCohort: { cohort: { listSize: 2 }, unknownCount: 0, unknown: [] } })
  })

  it('shows a CSV text whose third line is the bad one', async () => {
    const [csv = ''] = blocks('csv')
    const { uploadCosts } = (await answer('mutation ($csv: String!) { uploadCosts(csv: $csv, dryRun: true) { accepted recorded rejected { line column reason } } }', { csv })) as { uploadCosts: object }
    expect(uploadCosts).toMatchObject({ accepted: 1, recorded: 0, rejected: [{ line: 3, column: 'amount' }] })
  })
})
