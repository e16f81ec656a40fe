import { describe, expect, it } from 'vitest'
import { roster } from '../../connectors/roster.ts'
import { parseConfig } from '../../src/cli/config/parse-config.ts'

const read = (sources: string, env: Record<string, string> = {}) => parseConfig({ name: 'kpiql.config.yml', text: `model: saas\n${sources}`, folder: '/data' }, env, roster)

describe('the guard of a source', () => {
  it('is read beside the options of its connector, which knows nothing of it, and has defaults for what is left out', async () => {
    const { config, problems } = await read('sources: { main: { connector: duckdb, folder: ., guard: { failures: 2, maxQueued: 0 } }, plain: { connector: duckdb, folder: . } }')
    expect(problems).toEqual([])
    expect(config.sources?.get('main')?.guard).toEqual({ failures: 2, openMs: 5_000, maxOpenMs: 60_000, retries: 2, maxQueued: 0 })
    expect(config.sources?.get('main')?.options).toEqual({ folder: '/data' })
    expect(config.sources?.get('plain')?.guard).toBeNull()
  })

  it('takes its numbers from the environment', async () => {
    const { config, problems } = await read('sources: { main: { connector: duckdb, folder: ., guard: { failures: "${FAILURES}" } } }', { FAILURES: '7' })
    expect({ problems, failures: config.sources?.get('main')?.guard?.failures }).toEqual({ problems: [], failures: 7 })
  })

  it('is refused with the place and the nearest name where a setting is unknown, and with the bound where a number is out of range', async () => {
    const unknown = await read('sources: { main: { connector: duckdb, folder: ., guard: { failure: 2 } } }')
    expect(unknown.problems).toEqual([expect.objectContaining({ line: 2, message: 'There is no setting "failure" here.', hint: expect.stringContaining('failures') })])
    const many = await read('sources: { main: { connector: duckdb, folder: ., guard: { retries: 9 } } }')
    expect(many.problems).toEqual([expect.objectContaining({ message: 'retries must be at most 2, not 9.' })])
  })
})
