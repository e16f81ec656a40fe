import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import amplitude from '../../connectors/amplitude/sync.ts'
import { eventRecord as amplitudeRecord } from '../../connectors/amplitude/event-record.ts'
import { eventRecord as mixpanelRecord } from '../../connectors/mixpanel/event-record.ts'
import mixpanel from '../../connectors/mixpanel/sync.ts'
import segment from '../../connectors/segment/sync.ts'
import type { SyncRecord, SyncSource, SyncTable, TableWrite } from '../../connectors/sync-contract.ts'
import { propertyColumns } from '../../connectors/sync-kit/property-columns.ts'
import { TableShape } from '../../src/jobs/sync/table-shape.ts'

const KEY = 'k'.repeat(32)
const ADDRESS = 'ann@example.com'
const written = [{ property: 'email', personal: true }, 'plan']
const columns = propertyColumns([]).parse(written)
const deps = { log: { debug: () => undefined, info: () => undefined, warn: () => undefined }, now: () => 0, wait: () => Promise.resolve() }

async function tableOf(source: SyncSource, name: string): Promise<SyncTable> {
  const table = (await source.streams(new AbortController().signal)).flatMap(({ tables }) => tables).find((one) => one.name === name)
  if (table === undefined) throw new Error(`There is no table ${name}.`)
  return table
}

/** What landed of a record, by columns, without those that are empty. */
function landed(table: SyncTable, record: SyncRecord, personal: 'keep' | 'hash' | 'drop'): unknown {
  const shape = new TableShape('tool', table, { sinceUtcMs: null, streams: null, personal, hashKey: KEY }, null)
  const row = shape.rowOf(record)
  if ('reason' in row) return row
  return Object.fromEntries(shape.landing.columns.map(({ name }, index) => [name, row[index] ?? null] as const).filter(([, cell]) => cell !== null))
}

const isEvent = (line: string) => JSON.stringify({ uuid: 'x', event_type: 'Sign up', event_time: '2025-03-19 10:00:00', server_upload_time: '2025-03-19 10:00:00', amplitude_id: 1, ...(JSON.parse(line) as object) })
const properties = { email: ADDRESS, plan: 'pro', seats: 3 }
const seg = segment.open('seg', segment.options.parse({ webhookSecret: 'shh', columns: written }), deps)

function live(message: object): readonly TableWrite[] {
  const body = Buffer.from(JSON.stringify(message))
  return seg.receiver?.receive({ headers: { 'x-signature': createHmac('sha1', 'shh').update(body).digest('hex') }, body, nowUtcMs: 0 }) ?? []
}

function recordsOf(writes: readonly TableWrite[], table: string): SyncRecord {
  const write = writes.find((one) => one.table === table)
  return write === undefined || write.kind === 'delete' ? {} : (write.records[0] ?? {})
}

const TOOLS = [
  ['Mixpanel', () => tableOf(mixpanel.open('mp', mixpanel.options.parse({ projectId: 1, username: 'u', secret: 's', columns: written }), deps), 'events'), () => mixpanelRecord(JSON.stringify({ event: 'Sign up', properties: { time: 1_742_468_400, distinct_id: 'u1', $insert_id: 'x', ...properties } }), { wallClockZone: null, columns }, 'read'), 'properties'],
  ['Amplitude, of events', () => tableOf(amplitude.open('amp', amplitude.options.parse({ apiKey: 'a', secretKey: 's', columns: written }), deps), 'events'), () => amplitudeRecord(isEvent(JSON.stringify({ event_properties: properties })), columns, []), 'properties'],
  ['Amplitude, of users', () => tableOf(amplitude.open('amp', amplitude.options.parse({ apiKey: 'a', secretKey: 's', userColumns: written }), deps), 'events'), () => amplitudeRecord(isEvent(JSON.stringify({ user_properties: properties })), [], columns), 'user_properties'],
  ['Segment', () => tableOf(seg, 'tracks'), () => recordsOf(live({ type: 'track', messageId: 'm', userId: 'u1', event: 'Sign up', properties, timestamp: '2025-03-19T10:00:00Z' }), 'tracks'), 'properties'],
] as const

describe.each(TOOLS)('a property that is personal (%s)', (_, table, record, json) => {
  it('lands in its column alone: hashed, dropped or as it is', async () => {
    const of = await table()
    const hash = createHmac('sha256', KEY).update(ADDRESS).digest('hex')
    expect(landed(of, record(), 'hash')).toMatchObject({ email: hash, plan: 'pro' })
    expect(landed(of, record(), 'drop')).not.toHaveProperty('email')
    expect(landed(of, record(), 'keep')).toMatchObject({ email: ADDRESS, [json]: JSON.stringify({ plan: 'pro', seats: 3 }) })
    for (const personal of ['hash', 'drop'] as const) expect(JSON.stringify(landed(of, record(), personal), (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(ADDRESS)
  })
})

describe('a record that does not fit', () => {
  it('shows the quarantine no more of a personal property than would have landed', async () => {
    const [, mixpanelTable] = TOOLS[0]
    const [, amplitudeTable] = TOOLS[1]
    const broken = `{"event":"Sign up","properties":{"email":"${ADDRESS}"`
    const strange: readonly (readonly [SyncTable, SyncRecord])[] = [
      [await mixpanelTable(), mixpanelRecord(broken, { wallClockZone: null, columns }, 'read')],
      [await mixpanelTable(), mixpanelRecord(JSON.stringify({ event: 'Sign up', properties: { time: 'soon', ...properties } }), { wallClockZone: null, columns }, 'read')],
      [await amplitudeTable(), amplitudeRecord(broken, columns, [])],
      [await amplitudeTable(), amplitudeRecord(isEvent(JSON.stringify({ event_time: 'soon', event_properties: properties })), columns, [])],
    ]
    for (const [table, record] of strange) {
      const told = landed(table, record, 'drop')
      expect(told).toHaveProperty('reason')
      expect(JSON.stringify(told)).not.toContain(ADDRESS)
    }
  })
})

describe('a page that was seen', () => {
  it('does not tell what is personal in tracks', () => {
    expect(recordsOf(live({ type: 'page', messageId: 'p', userId: 'u1', name: 'Home', properties: { ...properties, path: '/' } }), 'pages')).toMatchObject({ name: 'Home', path: '/', properties: { plan: 'pro', seats: 3, path: '/' } })
  })
})
