import { expect, it } from 'vitest'
import type { SyncTable } from '../../connectors/sync-contract.ts'
import { followSync } from '../../src/cli/follow-sync.ts'
import { MapLanding, streamOf, syncsOf, toolOf } from './sync-world.ts'

const ITEMS: SyncTable = { name: 'items', description: 'Items.', key: ['id'], columns: [{ name: 'id', kind: 'integer' }] }
const ORDER = { sources: ['tool'], full: false, since: null, streams: null }

it('lets all who wait for a sync that runs have their own after it, one after the other; who left begins none', async () => {
  const release: (() => void)[] = []
  const stream = streamOf('items', [ITEMS], async function* () {
    await new Promise<void>((resolve) => release.push(resolve))
    yield { writes: [{ kind: 'upsert', table: 'items', records: [{ id: release.length }] }], cursor: release.length, done: 1 }
  })
  const landing = new MapLanding()
  const syncs = syncsOf(toolOf([stream]), landing)
  await syncs.start({ source: 'tool', full: false, streams: null })
  const gone = new AbortController()
  const waiting = [1, 2, 3].map(() => followSync(syncs, ORDER, () => {}, new AbortController().signal))
  const left = followSync(syncs, ORDER, () => {}, gone.signal)
  gone.abort()
  await left
  const all = Promise.all(waiting)
  for (let run = 0; run < 4; run++) {
    await expect.poll(() => release.length, { timeout: 20_000 }).toBeGreaterThan(run)
    release[run]?.()
  }
  expect((await all).map(([status]) => status?.streams[0]?.error)).toEqual([null, null, null])
  expect(landing.rows('tool_items').map(({ id }) => Number(id))).toEqual([1, 2, 3, 4])
  expect(release).toHaveLength(4)
})
