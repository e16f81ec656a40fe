import { describe, expect, it } from 'vitest'
import type { SyncTable, WebhookReceiver } from '../../connectors/sync-contract.ts'
import { KpiqlError } from '../../src/base/errors.ts'
import { MapLanding, streamOf, syncsOf, toolOf } from './sync-world.ts'

const ITEMS: SyncTable = { name: 'items', description: 'Items.', key: ['id'], columns: [{ name: 'id', kind: 'text' }] }
const ITEM_STREAM = streamOf('items', [ITEMS], async function* () {})
const request = (signature: string) => ({ headers: { signature }, body: new Uint8Array() })
const receiver: WebhookReceiver = {
  receive: ({ headers }) => {
    if (headers['signature'] !== 'right') throw new KpiqlError('WEBHOOK_REFUSED', { message: 'The signature does not fit.' })
    return [{ kind: 'upsert', table: 'items', records: [{ id: 'a' }] }]
  },
}

describe('a live event', () => {
  it('makes the gateway ask the tool only where the source receives, and once its signature fits', async () => {
    let asked = 0
    const streams = () => {
      asked++
      return Promise.resolve([ITEM_STREAM])
    }
    const deaf = syncsOf(toolOf([], { streams }), new MapLanding())
    await expect(deaf.receive('tool', request('right'))).rejects.toMatchObject({ code: 'SYNC_UNKNOWN' })
    const landing = new MapLanding()
    const syncs = syncsOf(toolOf([], { streams, receiver }), landing)
    for (let times = 0; times < 5; times++) await expect(syncs.receive('tool', request('wrong'))).rejects.toMatchObject({ code: 'WEBHOOK_REFUSED' })
    expect(asked).toBe(0)
    await syncs.receive('tool', request('right'))
    await syncs.receive('tool', request('right'))
    expect([asked, landing.rows('tool_items')]).toEqual([1, [{ id: 'a' }]])
  })

  it('stops asking the tool when the syncs are cancelled, and asks anew for the next event', async () => {
    const signals: AbortSignal[] = []
    const streams = (signal: AbortSignal) => {
      signals.push(signal)
      return signals.length > 1 ? Promise.resolve([ITEM_STREAM]) : new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
    }
    const syncs = syncsOf(toolOf([], { streams, receiver }), new MapLanding())
    const outcome = Promise.allSettled([syncs.receive('tool', request('right'))])
    await syncs.cancel('tool')
    expect(await outcome).toMatchObject([{ status: 'rejected' }])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    await expect(syncs.receive('tool', request('right'))).resolves.toMatchObject({ written: 1 })
  })
})
