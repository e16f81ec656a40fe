import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { testWorld } from './cli-world.ts'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1]
  if (found === undefined) throw new Error(`The README has no ${language} block.`)
  return found
}

describe('the README', () => {
  const world = testWorld()
  beforeAll(async () => {
    // Customers and subscriptions do not hang on the number of events, and the query asks for no event.
    await generateDemo({ ...DEMO_DEFAULTS, events: 1000, out: join(world.cwd, '.kpiql', 'demo') })
  })
  afterAll(() => world.remove())

  it('shows the answer that its query gets', async () => {
    expect(await world.run('query', block('graphql'), '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: JSON.parse(block('json')).data })
  })
})
