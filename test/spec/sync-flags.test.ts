import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/world.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

let world: TestWorld
beforeEach(() => {
  world = testWorld()
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'sources:\n  billing: { connector: stripe, apiKey: rk_test_1, baseUrl: "http://127.0.0.1:9" }\n')
})
afterEach(() => world.remove())

describe('kpiql sync', () => {
  it('refuses --full together with --since before anything is asked of the tool', async () => {
    expect(await world.run('sync', 'billing', '--full', '--since', '2025-01-01')).toBe(EXIT.usage)
    expect(world.written.err).toContain('--full and --since exclude each other.')
  })
})
