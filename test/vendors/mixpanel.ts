import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

export interface FakeEvent {
  readonly event: string
  /** `time` as Mixpanel keeps it: epoch seconds, or ms; of projects made before 2023 those of the wall clock. */
  readonly properties: Readonly<Record<string, unknown>> & { readonly time: number }
}

export interface FakeProfile {
  readonly $distinct_id: string | number
  readonly $properties: Readonly<Record<string, unknown>>
}

/** What the fake project holds; tests change it between syncs. */
export interface FakeMixpanel extends VendorServer {
  events: readonly FakeEvent[]
  profiles: readonly FakeProfile[]
  cohorts: readonly { readonly id: number; readonly name: string; readonly members: readonly (string | number)[] }[]
  /** Pages of profiles that are shown a second time in place of the next, by number. */
  readonly repeats: Set<number>
  /** The last day that may be asked for. */
  today: string
  /** Sessions forgotten, as after an hour. */
  forgetSessions(): void
}

export const MIXPANEL_KEY = { username: 'reader.1a2b3c.mp-service-account', secret: 'mixpanel-secret', projectId: 4711 }
const PAGE_SIZE = 3

/** @param limits requests an hour by the clock of the test; both APIs are counted by themselves. */
export async function startMixpanel(limits: { readonly perHour: number; readonly now: () => number } = { perHour: Infinity, now: () => 0 }): Promise<FakeMixpanel> {
  const asked: Record<string, number[]> = {}
  let sessions = new Map<string, readonly FakeProfile[]>()
  const answer = (heard: Heard): Reply => {
    if (heard.headers['authorization'] !== `Basic ${Buffer.from(`${MIXPANEL_KEY.username}:${MIXPANEL_KEY.secret}`).toString('base64')}`) return { status: 401, json: { error: 'Invalid credentials', status: 'error' } }
    if (heard.query.get('project_id') !== String(MIXPANEL_KEY.projectId)) return { status: 403, json: { error: 'This account has no access to the project', status: 'error' } }
    const api = heard.path.split('/')[2] ?? ''
    const recent = (asked[api] ?? []).filter((at) => at > limits.now() - 3_600_000)
    // https://docs.mixpanel.com/reference/raw-event-export and https://docs.mixpanel.com/reference/rate-limits: 60 queries an hour, 429 beyond.
    if (recent.length >= limits.perHour) return { status: 429, json: { error: 'Query rate limit exceeded', status: 'error' } }
    asked[api] = [...recent, limits.now()]
    if (heard.path === '/api/2.0/export') return exported(heard.query)
    const form = new URLSearchParams(heard.body.toString())
    if (heard.path === '/api/query/engage') return engage(form)
    // https://docs.mixpanel.com/reference/cohorts-list
    if (heard.path === '/api/query/cohorts/list') return { json: fake.cohorts.map(({ id, name, members }) => ({ count: members.length, is_visible: 1, description: '', created: '2019-03-19 23:49:51', project_id: 1, id, name })) }
    return { status: 404, json: { error: 'Not found' } }
  }

  // https://docs.mixpanel.com/reference/raw-event-export: days with both ends included, one JSON object a line, no repetitions dropped.
  const exported = (query: URLSearchParams): Reply => {
    const [from, to] = [query.get('from_date') ?? '', query.get('to_date') ?? '']
    if (!/^\d{4}-\d{2}-\d{2}$/.test(from) || !/^\d{4}-\d{2}-\d{2}$/.test(to)) return { status: 400, body: 'from_date and to_date are required' }
    if (to > fake.today) return { status: 400, body: 'to_date cannot be later than today' }
    const names = JSON.parse(query.get('event') ?? 'null') as readonly string[] | null
    const isMs = query.get('time_in_ms') === 'true'
    const lines = fake.events
      .filter(({ event, properties: { time } }) => {
        const day = new Date(msOf(time)).toISOString().slice(0, 10)
        return day >= from && day <= to && (names?.includes(event) ?? true)
      })
      .slice(0, Number(query.get('limit') ?? Infinity))
      .map(({ event, properties }) => `${JSON.stringify({ event, properties: { ...properties, time: isMs ? msOf(properties.time) : Math.floor(msOf(properties.time) / 1000) } })}\n`)
    return { headers: { 'content-type': 'text/plain' }, body: lines.join('') }
  }

  // https://docs.mixpanel.com/reference/engage-query: pages from 0; those after the first need the session of the first.
  const engage = (form: URLSearchParams): Reply => {
    const page = Number(form.get('page') ?? 0)
    const asked = form.get('session_id')
    if (page > 0 && asked === null) return { status: 400, json: { error: 'session_id is required', status: 'error' } }
    const { id } = JSON.parse(form.get('filter_by_cohort') ?? '{}') as { id?: number }
    const members = fake.cohorts.find((cohort) => cohort.id === id)?.members
    const all = asked === null ? fake.profiles.concat((members ?? []).filter((member) => !fake.profiles.some(({ $distinct_id }) => $distinct_id === member)).map((member) => ({ $distinct_id: member, $properties: {} }))) : sessions.get(asked)
    if (all === undefined) return { status: 400, json: { error: 'request for page in uncached query for params', status: 'error' } }
    const listed = members === undefined || asked !== null ? all : all.filter(({ $distinct_id }) => members.includes($distinct_id))
    const session = asked ?? `${sessions.size + 1}-EXAMPL`
    sessions.set(session, listed)
    const shown = fake.repeats.delete(page) ? page - 1 : page
    return { json: { page: shown, page_size: PAGE_SIZE, session_id: session, status: 'ok', total: listed.length, results: listed.slice(shown * PAGE_SIZE, (shown + 1) * PAGE_SIZE) } }
  }

  const server = await startVendor(answer)
  const fake: FakeMixpanel = Object.assign(server, {
    events: [],
    profiles: [],
    cohorts: [],
    repeats: new Set<number>(),
    today: '9999-12-31',
    forgetSessions: () => {
      sessions = new Map()
    },
  })
  return fake
}

function msOf(time: number): number {
  return time > 100_000_000_000 ? time : time * 1000
}
