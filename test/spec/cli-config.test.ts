import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { roster } from '../../connectors/roster.ts'
import { parseByteSize } from '../../src/cli/config/byte-size.ts'
import { parseConfig } from '../../src/cli/config/parse-config.ts'
import type { RosterEntry } from '../../src/cli/roster.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { rosterText } from '../../scripts/make-roster.ts'

/** What a connector offers, whatever it does. */
async function doorsOf({ load, loadSync, loadActivation }: RosterEntry): Promise<readonly { readonly name: string; readonly options: unknown; readonly paths: readonly string[]; readonly secrets: readonly string[] }[]> {
  return (await Promise.all([load?.(), loadSync?.(), loadActivation?.()])).filter((door) => door !== undefined)
}

async function read(text: string, env: Record<string, string> = {}) {
  const { config, problems } = await parseConfig({ name: 'kpiql.config.yml', text, folder: '/company' }, env, roster)
  return { config, faults: problems.map(formatProblem) }
}

describe('a configuration', () => {
  it('is whole when it is empty', async () => {
    const { config, faults } = await read('')
    expect(faults).toEqual([])
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 4000, deadlineMs: 30_000, graceMs: 10_000, bodyLimit: 12_000_000, cors: [], explorer: true })
    expect(config.cache.maxBytes).toBe(200_000_000)
    expect([config.model, config.sources]).toEqual([null, null])
  })

  it('tells every fault at once, each with its place and the nearest name', async () => {
    const { faults } = await read(
      [
        'model: [saas]',
        'sources:',
        '  main: { connector: duckdp, folder: data }',
        '  files: { connector: duckdb, foldr: data, threads: many }',
        '  none: { folder: data }',
        'server:',
        '  prot: 4000',
        '  port: 70000',
        '  deadlineMs: soon',
        '  cors: [app.example.com]',
        'cache: { maxBytes: plenty }',
        'calendar: { weekStart: mondya }',
        'log: { level: loud }',
      ].join('\n'),
    )
    expect(faults).toEqual([
      'kpiql.config.yml:3:22 There is no connector "duckdp". (Did you mean "duckdb"?)',
      'kpiql.config.yml:4:31 There is no setting "foldr" here. (Did you mean "folder"?)',
      'kpiql.config.yml:4:53 threads must be a number, not this text.',
      'kpiql.config.yml:5:9 The setting "connector" is missing.',
      'kpiql.config.yml:7:3 There is no setting "prot" here. (Did you mean "port"?)',
      'kpiql.config.yml:8:9 port must be at most 65535, not 70000.',
      'kpiql.config.yml:9:15 deadlineMs must be a number, not this text.',
      'kpiql.config.yml:10:10 cors: must be an origin such as https://app.example.com, without a path.',
      'kpiql.config.yml:11:20 maxBytes: must be a size such as 200MB or 1GiB.',
      'kpiql.config.yml:12:24 weekStart cannot be this text. (Did you mean "monday"?)',
      'kpiql.config.yml:13:15 level cannot be this text. (Known here: debug, info, warn, error, silent.)',
    ])
  })

  it('says where its YAML breaks', async () => {
    const { faults } = await read('server: { port: 4000\nlog: {}')
    expect(faults.length).toBeGreaterThan(0)
    expect(faults[0]).toMatch(/^kpiql\.config\.yml:\d+:\d+ This is not valid YAML/)
  })

  it('takes secrets from the environment, as text, number or flag, and names a variable that is missing', async () => {
    const text = ['server: { port: "${P}", explorer: "${E}" }', 'sources: { a: { connector: duckdb, folder: "${HOME_OF_DATA}/x", threads: "${T}" } }', 'model: "${M:-saas}"'].join('\n')
    const { config, faults } = await read(text, { P: '4100', E: 'false', HOME_OF_DATA: '/data', T: '2' })
    expect(faults).toEqual([])
    expect([config.server.port, config.server.explorer, config.model]).toEqual([4100, false, [{ use: 'saas', source: null }]])
    expect(config.sources?.get('a')?.options).toEqual({ folder: '/data/x', threads: 2 })
    expect((await read('server: { host: "${NOWHERE}" }')).faults[0]).toBe('kpiql.config.yml:1:17 The environment variable NOWHERE is not set. (Set it, or write ${NOWHERE:-default}.)')
  })

  it('never expands what a variable holds, and never quotes a text, which may be a secret', async () => {
    const { config } = await read('server: { host: "${A}" }', { A: '${B}', B: 'b' })
    expect(config.server.host).toBe('${B}')
    const { faults } = await read('server: { deadlineMs: "${SECRET}" }', { SECRET: 'hunter2' })
    expect(faults.join()).not.toContain('hunter2')
  })

  it("has paths that start from the file's own folder", async () => {
    const { config } = await read('sources: { a: { connector: duckdb, folder: ./data } }')
    expect(config.sources?.get('a')?.options['folder']).toBe('/company/data')
  })

  it("starts paths of every connector's options there, and leaves absolute ones as they are", async () => {
    const { config, faults } = await read(
      [
        'sources:',
        '  a: { connector: postgres, host: db, database: d, user: u, tls: verify-full, caFile: certs/ca.pem }',
        '  b: { connector: mysql, host: db, database: d, user: u, tls: require, certFile: ./me.pem, keyFile: ../me.key }',
        '  c: { connector: clickhouse, url: "https://db:8443", caFile: /etc/ca.pem }',
        '  d: { connector: mongodb, host: db, database: d, tls: verify-full, caFile: ca.pem }',
        '  e: { connector: bigquery, projectId: p, dataset: d, keyFilename: key.json }',
        '  f: { connector: mysql, socketPath: run/db.sock, database: d, user: u }',
        '  g: { connector: duckdb, database: own.duckdb }',
      ].join('\n'),
    )
    expect(faults).toEqual([])
    const options = (name: string, ...paths: readonly string[]) => paths.map((path) => config.sources?.get(name)?.options[path])
    expect([options('a', 'caFile', 'host', 'database'), options('b', 'certFile', 'keyFile'), options('c', 'caFile', 'url'), options('d', 'caFile'), options('e', 'keyFilename'), options('f', 'socketPath'), options('g', 'database')]).toEqual([
      ['/company/certs/ca.pem', 'db', 'd'],
      ['/company/me.pem', '/me.key'],
      ['/etc/ca.pem', 'https://db:8443'],
      ['/company/ca.pem'],
      ['/company/key.json'],
      ['/company/run/db.sock'],
      ['/company/own.duckdb'],
    ])
  })

  it('shows nothing of a secret, also where it is no text', async () => {
    const { faults } = await read('sources: { a: { connector: postgres, host: db, database: d, user: u, password: 20251967, port: 99999 } }')
    expect(faults).toEqual(['kpiql.config.yml:1:80 password must be a text, not this.', 'kpiql.config.yml:1:96 port must be at most 65535, not 99999.'])
  })

  it('binds a pack to a source by name', async () => {
    const { config } = await read('model: [saas, { use: ./own.yml, source: warehouse }]\nsources: { warehouse: { connector: duckdb, folder: x, now: 2026-07-01 } }')
    expect(config.model).toEqual([{ use: 'saas', source: null }, { use: './own.yml', source: 'warehouse' }])
    expect(config.sources?.get('warehouse')?.now).toBe('2026-07-01')
  })
})

describe('the example', () => {
  it('is a configuration without faults, also with every commented line in place', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../kpiql.config.example.yml'), 'utf8')
    expect((await read(text)).faults).toEqual([])
    const all = text
      .split('\n')
      .filter((line) => !/^# [A-Z$]/.test(line))
      .map((line) => line.replace(/^(\s*)# /, '$1'))
      .join('\n')
    expect((await read(all)).faults).toEqual([])
  })
})

describe('the roster', () => {
  it('declares as paths and as secrets what their names say', async () => {
    for (const entry of Object.values<RosterEntry>(roster)) {
      for (const { name, options, paths, secrets } of await doorsOf(entry)) {
        const names = Object.keys((options as unknown as z.ZodObject).shape)
        expect([name, names.filter((one) => /(file|filename|folder|socketPath)$/i.test(one) && !paths.includes(one))]).toEqual([name, []])
        expect([name, names.filter((one) => /password|passphrase|token|credentials|secret|privateKey|connectionString/i.test(one) && !secrets.includes(one))]).toEqual([name, []])
        expect([...paths, ...secrets].filter((one) => !names.includes(one))).toEqual([])
      }
    }
  })

  it('lists the folders of connectors as they are', () => {
    const folder = join(import.meta.dirname, '../../connectors')
    expect(readFileSync(join(folder, 'roster.ts'), 'utf8')).toBe(rosterText(folder))
  })
})

describe('a size', () => {
  it('is a number of bytes, in powers of 1000 or of 1024', () => {
    expect(['200MB', '1.5 GiB', '512', 4096, '2kb'].map(parseByteSize)).toEqual([200_000_000, 1_610_612_736, 512, 4096, 2000])
    expect(['', 'MB', '-1MB', '1 PB', '1,5GB'].map(parseByteSize)).toEqual([null, null, null, null, null])
  })
})
