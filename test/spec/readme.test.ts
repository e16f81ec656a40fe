import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { testWorld } from './cli-world.ts'

const ROOT = join(import.meta.dirname, '../..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1]
  if (found === undefined) throw new Error(`The README has no ${language} block.`)
  return found
}

describe('the README', () => {
  const world = testWorld()
  beforeAll(async () => {
    // Customers and subscriptions do not hang on the number of events, and the queries' answers told here hold no event.
    await generateDemo({ ...DEMO_DEFAULTS, events: 1000, out: join(world.cwd, '.kpiql', 'demo') })
  })
  afterAll(() => world.remove())

  it('shows the answer that its query gets, and the statements that it takes, which are no more for more cohorts', async () => {
    expect(await world.run('query', block('graphql'), '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: JSON.parse(block('json')).data, extensions: { kpiql: { scans: 3 } } })
    expect(readme).toContain('It takes three statements, however many cohorts are asked.')

    const more = ['SMB', 'STARTUP', 'NEW_PAYERS', 'GERMAN_ENTERPRISE'].map((cohort) => `${cohort}: slice(cohorts: [${cohort}]) { ...Board }`).join('\n')
    expect(await world.run('query', block('graphql').replace('    referred:', `${more}\n referred:`), '--format', 'json')).toBe(0)
    expect(JSON.parse(world.written.out)).toMatchObject({ data: JSON.parse(block('json')).data, extensions: { kpiql: { slices: 7, scans: 3 } } })
  })

  it('asks a board from a terminal', async () => {
    const asked = /npx kpiql query '([^']+)' --format table/.exec(readme)?.[1] ?? ''
    expect(await world.run('query', asked, '--format', 'table')).toBe(0)
    expect(world.written.out).toMatch(/^name +formatted +reason\n[─ ]+\n(\w+ .*\n){12}/)
  })

  it('links to what is there', () => {
    const targets = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target)
    expect(targets.length).toBeGreaterThan(10)
    expect(targets.filter((target) => !existsSync(join(ROOT, target)))).toEqual([])
  })
})
