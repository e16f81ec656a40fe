import { expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { Collected } from '../../test/vendors/collect.ts'
import { startRestApi } from '../../test/vendors/rest-api.ts'
import { FullReadNeeded } from '../sync-contract.ts'
import { restOptions } from './options.ts'
import connector from './sync.ts'

const NOW = Date.parse('2026-11-01T00:00:00Z')
const HOUR = 3_600_000
const CASES = 240

/** Ways to read, and whether rows that are gone are seen by them. */
const WAYS: readonly (readonly [Record<string, unknown>, boolean])[] = [
  [{ path: '/page', records: '$.data.rows', paging: { kind: 'page', parameter: 'page' } }, true],
  [{ path: '/offset', records: '$.rows', paging: { kind: 'offset', parameter: 'offset', total: '$.total' } }, true],
  [{ path: '/cursor', records: '$.members', paging: { kind: 'cursor', parameter: 'cursor', next: '$.response_metadata.next_cursor' } }, true],
  [{ path: '/scroll', records: '$.data', paging: { kind: 'scroll', parameter: 'scroll_param', next: '$.scroll_param' } }, true],
  [{ path: '/link', query: { since: '${since}' }, paging: { kind: 'link' }, incremental: { kind: 'time', field: '$.updated_at' } }, false],
  [{ path: '/link', query: { since: '${since}' }, paging: { kind: 'link' }, incremental: { kind: 'time', field: '$.updated_at' }, deletes: { kind: 'sweep', every: '1 hour' } }, true],
  [{ path: '/export', records: '$.tickets', query: { start_time: '${since}' }, paging: { kind: 'cursor', parameter: 'cursor', next: '$.after_cursor', ended: '$.end_of_stream' }, incremental: { kind: 'cursor', format: 'epoch-seconds', begins: '2020-01-01' } }, false],
  [{ path: '/window', query: { from: '${since}', to: '${until}' }, incremental: { kind: 'time', field: '$.updated_at', format: 'date', begins: '2026-10-20', window: '2 days', lookback: '1 hour', endsInclusive: true } }, false],
]

function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

it('ends with what the tool has, whatever changes, fails or is killed on the way', async () => {
  const api = await startRestApi()
  try {
    for (let seed = 1; seed <= CASES; seed++) {
      const random = numbers(seed * 7_919)
      const place = seed % WAYS.length
      const [way, seesGone] = WAYS[place] ?? [{}, false]
      let now = NOW
      let id = 0
      const stamp = (): string => new Date(now).toISOString()
      const add = (): void => void api.items.push({ id: ++id, name: `n${random(1_000)}`, updated_at: stamp() })
      api.items = []
      api.pageSize = 2 + random(6)
      for (let count = random(40); count > 0; count--) {
        now = NOW - random(240) * HOUR
        add()
      }
      now = NOW
      const deps = { log: { debug() {}, info() {}, warn() {} }, now: () => now, wait: () => Promise.resolve() }
      const open = async (): Promise<Parameters<Collected['sync']>[0]> => {
        const options = restOptions.parse({ baseUrl: api.url, limits: { requestsPerSecond: 1_000 }, streams: [{ name: 'items', key: ['id'], columns: { id: 'integer' }, ...way }] })
        const [stream] = await connector.open('acme', options, deps).streams(new AbortController().signal)
        if (!stream) throw new Error('No stream.')
        return stream
      }
      const collected = new Collected()
      for (let step = 2 + random(4); step > 0; step--) {
        now += 1 + random(3 * HOUR)
        const what = random(6)
        if (what < 2) add()
        else if (what < 4) api.items = api.items.map((item) => (random(5) === 0 ? { ...item, name: `n${random(1_000)}`, updated_at: stamp() } : item))
        else if (seesGone) api.items = api.items.filter(() => random(6) > 0)
        now += 1_000
        if (random(3) === 0) api.fail({ times: 1 + random(2), what: (['truncated', 'hang up', { status: 503 }, { status: 429 }] as const)[random(4)] ?? 'hang up' })
        try {
          if (random(2) === 0) await collected.read(await open(), { nowUtcMs: now }, 1 + random(4))
          else await collected.sync(await open(), { nowUtcMs: now })
        } catch (error) {
          if (error instanceof FullReadNeeded) collected.cursor = null
          else if (!(error instanceof KpiqlError)) throw error
        }
      }
      // One sync ends what was cut off, and the next one is whole.
      for (let last = 0; last < 2; last++) {
        now += 2 * HOUR
        await collected.sync(await open(), { nowUtcMs: now })
      }
      const plain = (rows: readonly { readonly [field: string]: unknown }[]): unknown => rows.map(({ id, name }) => [id, name]).toSorted(([a], [b]) => Number(a) - Number(b))
      expect({ seed, place, rows: plain(collected.rows('items')) }).toEqual({ seed, place, rows: plain(api.items) })
    }
  } finally {
    await api.close()
  }
})
