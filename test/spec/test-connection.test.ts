import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../../connectors/contract.ts'
import type { QueryConnector, QuerySource, Verdict } from '../../connectors/contract.ts'
import { roster } from '../../connectors/roster.ts'
import { secret, secretsOf } from '../../connectors/sql-kit/options.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { runProgram } from '../../src/cli/program.ts'
import { testWorld } from './cli-world.ts'

const open: { remove(): void }[] = []
afterEach(() => open.splice(0).forEach((world) => world.remove()))

const CONFIG = `sources:
  shop: { connector: fake, host: db.example.com, port: 5432, database: shop, user: reader, password: '\${DB_PASSWORD}' }
  lake: { connector: fake, url: 'https://reader:hunter2@lake.example.com:8443/?token=hunter2' }
`

/** A command line with a connector that gives this verdict, or throws it. */
function worldWith(verdict: Verdict | Error) {
  const closed: string[] = []
  const told: (readonly string[] | undefined)[] = []
  const options = z.strictObject({ host: z.string().optional(), port: z.number().optional(), database: z.string().optional(), user: z.string().optional(), password: secret(z.string()).optional(), url: secret(z.string()).optional() })
  const fake = defineConnector({
    name: 'fake',
    kind: 'query',
    options,
    paths: [],
    secrets: secretsOf(options),
    open: (name, _, { tables }) => {
      told.push(tables)
      return {
        name,
        async test() {
          if (verdict instanceof Error) throw verdict
          return verdict
        },
        async close() {
          closed.push(name)
        },
      } as QuerySource
    },
  })
  const world = testWorld({ DB_PASSWORD: 'hunter2' })
  open.push(world)
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), CONFIG)
  const run = async (...args: readonly string[]) => {
    Object.assign(world.written, { out: '', err: '' })
    const code = await runProgram(['test-connection', ...args], { ...world, roster: { ...roster, fake: { load: async () => fake as QueryConnector<unknown> } } })
    return { code, ...world.written }
  }
  return { run, closed, told, folder: world.cwd }
}

describe('kpiql test-connection', () => {
  it('tells where it went and what it found, without any secret, and ends with 0', async () => {
    const { run, closed } = worldWith({ ok: true, message: 'PostgreSQL 18 answers; 12 tables can be read.' })
    const { code, out, err } = await run('shop')
    expect([code, err, closed]).toEqual([0, '', ['shop']])
    expect(out).toMatch(/^Source {3}shop\nTried {4}fake, host db\.example\.com, port 5432, database shop, user reader\nVerdict {2}ok, after \d+ ms\n {9}PostgreSQL 18 answers; 12 tables can be read\.\n$/)
    expect(out).not.toContain('hunter2')
  })

  it('ends with 1 where the source cannot be used', async () => {
    const { run } = worldWith({ ok: false, message: 'The server refused user "reader". Check user and password.' })
    const { code, out } = await run('shop')
    expect([code, out]).toEqual([1, expect.stringMatching(/Verdict {2}FAIL, after \d+ ms\n {9}The server refused user "reader"\. Check user and password\./)])
  })

  it('takes an error of ours for a verdict, and closes all the same', async () => {
    const { run, closed } = worldWith(new KpiqlError('SOURCE_UNAVAILABLE', { message: 'No such host.', hint: 'Check the name.' }))
    const { code, out } = await run('shop')
    expect([code, out, closed]).toEqual([1, expect.stringContaining('No such host. Check the name.'), ['shop']])
  })

  it('shows of an address no more than its host', async () => {
    const { run } = worldWith({ ok: true, message: 'It answers.' })
    const { code, out } = await run('lake', '--json')
    expect([code, JSON.parse(out)]).toEqual([0, { source: 'lake', connector: 'fake', place: { host: 'lake.example.com:8443' }, ok: true, message: 'It answers.', elapsedMs: expect.any(Number) }])
    expect(out).not.toContain('hunter2')
  })

  it('has the tables tried that the model reads, each once, and goes without a model that has faults', async () => {
    const { run, told, folder } = worldWith({ ok: true, message: 'It answers.' })
    const semanticModel = (name: string, source: string, table: string): string => `  - { name: ${name}, description: Rows., source: ${source}, table: ${table}, entities: [{ name: ${name}, type: primary, expr: id }] }\n`
    const model = (table: string): string => `semantic_models:\n${semanticModel('a', 'shop', 'orders')}${semanticModel('b', 'shop', table)}${semanticModel('c', 'lake', 'fish')}${semanticModel('d', 'shop', 'orders')}`
    writeFileSync(join(folder, 'kpiql.config.yml'), `${CONFIG}model: [model.yml]\n`)
    writeFileSync(join(folder, 'model.yml'), model('invoices'))
    expect([(await run('shop')).code, told.at(-1)]).toEqual([0, ['invoices', 'orders']])
    writeFileSync(join(folder, 'model.yml'), model('{'))
    expect([(await run('shop')).code, told.at(-1)]).toEqual([0, []])
  })

  it('lets no secret pass that a message of the source holds', async () => {
    const { run } = worldWith({ ok: false, message: 'The driver says: reader:hunter2@db refused.' })
    for (const name of ['shop', 'lake']) {
      const { code, out } = await run(name)
      expect([code, out]).toEqual([1, expect.stringContaining('The driver says: reader:***@db refused.')])
    }
  })

  it('names the sources there are when it is asked for another', async () => {
    const { run } = worldWith({ ok: true, message: '' })
    const { code, out, err } = await run('shopp')
    expect([code, out, err]).toEqual([2, '', 'There is no source "shopp" in the configuration. Configured: shop, lake.\n'])
  })

  it('quotes nothing of a configuration that cannot be read', async () => {
    const world = testWorld()
    open.push(world)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), "sources:\n  shop: { connector: duckdb, folder: . } 'hunter2' { password: 'hunter2' }\n")
    expect([await world.run('test-connection', 'shop'), world.written.err]).toEqual([1, expect.stringMatching(/^kpiql\.config\.yml:2:\d+ This is not valid YAML: /)])
    expect(world.written.err).not.toContain('hunter2')
  })

  it('works with the engine of files, for a configuration without a model', async () => {
    const world = testWorld()
    open.push(world)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), 'sources: { files: { connector: duckdb, folder: . }, gone: { connector: duckdb, folder: ./gone } }\n')
    writeFileSync(join(world.cwd, 'a.csv'), 'x\n1\n2\n')
    expect([await world.run('test-connection', 'files'), world.written.out]).toEqual([0, expect.stringContaining('1 table with 2 rows')])
    expect([await world.run('test-connection', 'gone'), world.written.out]).toEqual([1, expect.stringContaining('FAIL')])
  })
})
