import { describe, expect, it } from 'vitest'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import type { SyncRecord, SyncTable } from '../../connectors/sync-contract.ts'
import { silentLog } from '../../src/base/log.ts'
import { pagesOf, streamOf, syncsOf, toolOf } from './sync-world.ts'

const USERS: SyncTable = { name: 'users', description: 'Users.', key: ['id'], columns: [{ name: 'id', kind: 'text' }, { name: 'n', kind: 'integer' }, { name: 'seen', kind: 'timestamp' }] }
const NOON = Date.UTC(2026, 0, 1, 12)

describe('a live event that does not fit', () => {
  it('takes along the row of its key, unless that row may be newer', async () => {
    const cases: readonly (readonly [string, SyncRecord, readonly unknown[]])[] = [
      ['newer', { id: 'ann', n: 'x', seen: NOON + 1 }, []],
      ['older', { id: 'ann', n: 'x', seen: NOON - 1 }, ['1']],
      ['whenever', { id: 'ann', n: 'x' }, ['1']],
      ['at no moment', { id: 'ann', n: 2, seen: 'noon' }, ['1']],
      ['of nobody', { id: ['ann'], n: 'x', seen: NOON + 1 }, ['1']],
    ]
    for (const [what, record, left] of cases) {
      const { landing, source } = openLanding('landed', { memoryLimit: '128MB', threads: 1 }, { log: silentLog, stateFolder: '' })
      let sent: SyncRecord = { id: 'ann', n: 1, seen: NOON }
      const receiver = { receive: () => [{ kind: 'upsert' as const, table: 'users', records: [sent], latestBy: 'seen' }] }
      const syncs = syncsOf(toolOf([streamOf('users', [USERS], pagesOf([]))], { receiver }), landing)
      const receive = () => syncs.receive('tool', { headers: {}, body: new Uint8Array() })
      await receive()
      sent = record
      await receive()
      const { columns: [numbers = []] } = await source.query({ text: 'SELECT n FROM tool_users', params: [], columns: ['text'] })
      expect([what, numbers]).toEqual([what, left])
      await syncs.close()
      await source.close()
    }
  })
})
