import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Collected } from '../../test/vendors/collect.ts'
import { startRestApi } from '../../test/vendors/rest-api.ts'
import { restOptions } from './options.ts'
import connector from './sync.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** Sources of the examples in a page, as the reader of configurations hands them on. */
function sourcesIn(page: string): readonly (readonly [string, Record<string, unknown>])[] {
  return [...page.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, text = '']) => parse(text) as { sources?: Record<string, Record<string, unknown>> })
    .flatMap(({ sources = {} }) => Object.entries(sources))
    .map(([name, options]) => [name, JSON.parse(JSON.stringify({ ...options, connector: undefined }).replaceAll(/\$\$\{|\$\{\w+\}/g, (found) => (found === '$${' ? '${' : 'key_0123456789'))) as Record<string, unknown>])
}

const GUIDE = sourcesIn(read('../../docs/guides/rest-connector.md'))
const PATHS: Readonly<Record<string, string>> = { github: '/link', payments: '/list', desk: '/export' }

describe('the examples of the pages', () => {
  it('are taken as they stand', () => {
    const all = [...GUIDE, ...sourcesIn(read('./README.md'))]
    expect(all.map(([name]) => name)).toEqual(['github', 'payments', 'desk', 'desk'])
    for (const [, options] of all) expect(restOptions.safeParse(options).error?.issues ?? []).toEqual([])
  })

  it.each(GUIDE.map(([name]) => name))('read a tool of the shape of %s to its end, and then only what is new', async (name) => {
    const api = await startRestApi()
    try {
      api.items = Array.from({ length: 35 }, (_, index) => ({ id: index + 1, name: '', updated_at: new Date(NOW - (35 - index) * 86_400_000).toISOString(), created: Math.floor(NOW / 1_000) - (35 - index) * 86_400, amount: 1_999, currency: 'usd', user: { login: 'ada' }, status: 'open' }))
      const options = restOptions.parse({ ...GUIDE.find(([other]) => other === name)?.[1], baseUrl: api.url })
      const stream = options.streams[0]
      if (!stream) throw new Error('No stream.')
      let now = NOW
      const wait = (ms: number): Promise<void> => Promise.resolve(void (now += ms))
      const source = connector.open(name, { ...options, streams: [{ ...stream, path: PATHS[name] ?? '' }] }, { log: { debug() {}, info() {}, warn() {} }, now: () => now, wait })
      const [opened] = await source.streams(new AbortController().signal)
      if (!opened) throw new Error('No stream.')
      const collected = new Collected()
      await collected.sync(opened, { nowUtcMs: NOW })
      expect(collected.rows(stream.name)).toHaveLength(35)
      const before = api.heard.length
      await collected.sync(opened, { nowUtcMs: NOW + 1_000 })
      expect(api.heard.slice(before).map(({ query }) => query.get('since') ?? query.get('created[gte]') ?? query.get('cursor'))[0]).toMatch(/^(2026-11-20T11:50:00Z|\d{10}|[\w-]{20,})$/)
      expect(collected.rows(stream.name)).toHaveLength(35)
    } finally {
      await api.close()
    }
  })
})
