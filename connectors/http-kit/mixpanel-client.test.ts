import mixpanel from 'mixpanel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startVendor } from '../../test/vendors/vendor-server.ts'
import type { VendorServer } from '../../test/vendors/vendor-server.ts'
import { wordedByMixpanel } from './mixpanel-client.ts'

const UNSEEN = { $ip: '0', $ignore_time: true }

describe('what Mixpanel’s client words', () => {
  it('is one object a call of people and an event each of a batch, in order, however many', async () => {
    expect(
      await wordedByMixpanel('t', 2, ({ people }) => {
        people.union('u1', { lists: ['vips'] }, UNSEEN)
        people.remove('u2', { lists: 'vips' }, UNSEEN)
      }),
    ).toEqual([
      { $token: 't', $distinct_id: 'u1', $ip: '0', $ignore_time: true, $union: { lists: ['vips'] } },
      { $token: 't', $distinct_id: 'u2', $ip: '0', $ignore_time: true, $remove: { lists: 'vips' } },
    ])
    const events = Array.from({ length: 120 }, (_, count) => ({ event: 'Asked', properties: { time: 5, count } }))
    expect(await wordedByMixpanel('t', 120, (client) => client.track_batch(events))).toEqual(Array.from({ length: 120 }, (_, count) => ({ event: 'Asked', properties: { time: 5, count, token: 't' } })))
  })

  it('comes where the environment names a proxy, which stays named', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1')
    vi.stubEnv('HTTP_PROXY', undefined)
    expect(await wordedByMixpanel('t', 1, ({ people }) => people.union('u1', { lists: ['vips'] }))).toHaveLength(1)
    expect([process.env['HTTPS_PROXY'], 'HTTP_PROXY' in process.env]).toEqual(['http://127.0.0.1:1', false])
    vi.unstubAllEnvs()
  })

  it('fails where the client drops a call without a word', async () => {
    // No list takes an object.
    const drops = wordedByMixpanel('t', 2, ({ people }) => {
      people.union('u1', { lists: ['vips'] })
      people.union('u2', JSON.parse('{ "lists": {} }') as Record<string, string>)
    })
    await expect(drops).rejects.toMatchObject({ code: 'INTERNAL', message: 'Mixpanel’s client worded 1 of 2 updates.' })
  })
})

/** Where one of these fails with a new version of the client, docs/decisions/0021-clients-word-we-carry.md is to be thought over. */
describe('what Mixpanel’s client would send by itself', () => {
  let server: VendorServer
  let client: mixpanel.Mixpanel
  beforeEach(async () => {
    server = await startVendor(() => ({ body: '1' }))
    client = mixpanel.init('t', { host: `127.0.0.1:${server.port}`, protocol: 'http', keepAlive: false })
  })
  afterEach(() => server.close())

  it('is no form that reads back where the text has signs such as ~ and >', async () => {
    const sent = [{ event: 'Asked', properties: { time: 5, role: 'ops~~~ >>> ops~~' } }]
    await new Promise((resolve) => client.track_batch(structuredClone(sent), resolve))
    const [heard] = server.heard
    expect(heard?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    const body = heard?.body.toString() ?? ''
    const parsed = (data: string): unknown => JSON.parse(Buffer.from(data, 'base64').toString())
    expect(parsed(body.slice('data='.length))).toMatchObject(sent)
    // https://url.spec.whatwg.org/#urlencoded-parsing: a plus sign is a space.
    const asForm = new URLSearchParams(body).get('data') ?? ''
    expect(asForm).toContain(' ')
    expect(() => parsed(asForm)).toThrow(SyntaxError)
  })

  it('is a request for each profile, with its data in the address', async () => {
    for (const member of ['ann@example.com', 'ben@example.com']) await new Promise((resolve) => client.people.union(member, { lists: ['vips'] }, UNSEEN, resolve))
    expect(server.heard.map(({ method, query }) => [method, Buffer.from(query.get('data') ?? '', 'base64').toString()])).toEqual([
      ['GET', expect.stringContaining('ann@example.com')],
      ['GET', expect.stringContaining('ben@example.com')],
    ])
  })

  it('is never heard of again where the answer is cut', async () => {
    server.fail({ times: 1, what: 'truncated' })
    const told: string[] = []
    client.people.union('u1', { lists: ['vips'] }, UNSEEN, () => told.push('cut'))
    await expect.poll(() => server.heard.length).toBe(1)
    for (const name of ['second', 'third']) await new Promise<void>((resolve) => client.people.union('u2', { lists: ['vips'] }, UNSEEN, () => resolve(void told.push(name))))
    expect(told).toEqual(['second', 'third'])
  })
})
