import type { Heard, Reply, VendorServer } from './vendor-server.ts'
import { startVendor } from './vendor-server.ts'

/** A record of the fake account. */
export interface FakeRecord {
  readonly id: string
  /** As HubSpot keeps them: text. */
  properties: Record<string, string | null>
  createdMs: number
  modifiedMs: number
  archived?: boolean
  /** The record this one was merged into. */
  mergedInto?: string
  /** Newest first. */
  history?: readonly { readonly value: string; readonly timestamp: string; readonly sourceType: string }[]
  /** What searches know of it: its own state if absent, `unknown` for what the index has not seen yet. */
  index?: 'unknown' | { readonly modifiedMs: number }
}

export interface FakeLink {
  readonly from: string
  readonly to: string
  readonly typeId: number
  readonly label: string | null
}

type ObjectName = 'contacts' | 'companies' | 'deals' | 'tickets'

export interface FakeHubspot extends VendorServer {
  readonly records: Readonly<Record<ObjectName, Map<string, FakeRecord>>>
  readonly links: Map<string, FakeLink[]>
  readonly properties: Record<ObjectName, { name: string; label: string; type: string; showCurrencySymbol?: boolean; archived?: boolean }[]>
  pipelines: Record<string, unknown[]>
  owners: { id: string; email: string; firstName: string; lastName: string; archived: boolean }[]
  /** Objects without a scope. */
  readonly forbidden: Set<string>
  token: string
  /** Hands out each token of a list so often before the walk goes on. */
  repeats: number
  /** Highest number of requests in any 10 s, and of searches in any second, by the clock given. */
  readonly most: { burst: number; search: number }
}

const PORTAL_CURRENCY = 'EUR'
const RESULTS = 10_000
const MODIFIED: Record<ObjectName, string> = { contacts: 'lastmodifieddate', companies: 'hs_lastmodifieddate', deals: 'hs_lastmodifieddate', tickets: 'hs_lastmodifieddate' }

/**
 * An account of HubSpot. Paths are those of https://developers.hubspot.com/docs/api-reference/2026-03 and of `@hubspot/api-client`
 * 14 (v3). @param now the clock by which limits count, UTC ms.
 */
export async function startHubspot(now: () => number): Promise<FakeHubspot> {
  const asked: number[] = []
  const searched: number[] = []
  const repeated = new Map<string, number>()
  const state = {
    records: { contacts: new Map<string, FakeRecord>(), companies: new Map<string, FakeRecord>(), deals: new Map<string, FakeRecord>(), tickets: new Map<string, FakeRecord>() },
    links: new Map<string, FakeLink[]>(),
    properties: { contacts: [], companies: [], deals: [], tickets: [] } as FakeHubspot['properties'],
    pipelines: {} as Record<string, unknown[]>,
    owners: [] as FakeHubspot['owners'],
    forbidden: new Set<string>(),
    token: 'pat-eu1-secret',
    repeats: 0,
    most: { burst: 0, search: 0 },
  }
  const server = await startVendor((heard) => {
    if (heard.headers.authorization !== `Bearer ${fake.token}`) return failure(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.')
    const limited = limit(heard)
    if (limited) return limited
    // Versions by date put the kind before the version: https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/batch/get-objects
    const path = heard.path.replace(/^\/crm\/(v[34])\/(objects|properties|pipelines|owners|associations)/, '/crm/$2').replace(/^\/crm\/(\w+)\/20\d\d-\d\d/, '/crm/$1')
    // https://developers.hubspot.com/docs/api-reference/latest/account/account-information/get-account-details
    if (/^\/account-info\/[\w-]+\/details$/.test(path)) return { json: { portalId: 123456, accountType: 'STANDARD', timeZone: 'US/Eastern', companyCurrency: PORTAL_CURRENCY, additionalCurrencies: [], utcOffset: '-05:00', utcOffsetMilliseconds: -18_000_000 } }
    const [, kind = '', object = '', second = '', third = ''] = /^\/crm\/(\w+)(?:\/(\w+))?(?:\/(\w+))?(?:\/(\w+))?/.exec(path) ?? []
    if (fake.forbidden.has(object)) return failure(403, 'MISSING_SCOPES', "This app hasn't been granted all required scopes to make this call.")
    const json = heard.body.length === 0 ? {} : (JSON.parse(heard.body.toString()) as Body)
    if (kind === 'properties') return { json: { results: fake.properties[object as ObjectName] } }
    if (kind === 'pipelines') return { json: { results: fake.pipelines[object] ?? [] } }
    if (kind === 'owners') return owners(heard)
    if (kind === 'associations') return associations(`${object}/${second}`, json)
    if (!(object in fake.records)) return failure(404, 'OBJECT_NOT_FOUND', 'No such object.')
    if (second === 'search') return search(object as ObjectName, json)
    if (second === 'batch' && third === 'read') return batch(object as ObjectName, json)
    return list(object as ObjectName, heard)
  })
  const fake: FakeHubspot = Object.assign(state, server)

  /** https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines: 190 requests in 10 s of a private app, and searches by the second. */
  const limit = ({ path }: Heard): Reply | null => {
    const at = now()
    asked.push(at)
    const burst = asked.filter((one) => one > at - 10_000).length
    fake.most.burst = Math.max(fake.most.burst, burst)
    if (path.endsWith('/search')) {
      searched.push(at)
      const inSecond = searched.filter((one) => one > at - 1_000).length
      fake.most.search = Math.max(fake.most.search, inSecond)
      if (inSecond > 4) return busy('SECONDLY')
    }
    return burst > 190 ? busy('TEN_SECONDLY_ROLLING') : null
  }

  /** https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm: at most 200 a page, no result beyond the 10,000th, nothing archived. */
  const search = (object: ObjectName, { filterGroups = [], sorts = [], limit: size = 10, after = '0' }: Body): Reply => {
    if (size > 200) return failure(400, 'VALIDATION_ERROR', 'limit must be at most 200')
    if (Number(after) + size > RESULTS) return failure(400, 'VALIDATION_ERROR', 'There was a problem with the request.')
    const known = [...fake.records[object].values()].filter(({ archived, mergedInto, index }) => index === undefined ? archived !== true && mergedInto === undefined : index !== 'unknown')
    const modified = (record: FakeRecord): number => (typeof record.index === 'object' ? record.index.modifiedMs : record.modifiedMs)
    const fits = (record: FakeRecord, { propertyName, operator, value }: BodyFilter): boolean => {
      const left = propertyName === 'hs_object_id' ? Number(record.id) : propertyName === MODIFIED[object] ? modified(record) : Number.NaN
      const right = Number(value)
      return operator === 'GT' ? left > right : operator === 'LT' ? left < right : operator === 'GTE' ? left >= right : left <= right
    }
    const found = known.filter((record) => filterGroups.length === 0 || filterGroups.some(({ filters }) => filters.every((filter) => fits(record, filter))))
    const sign = sorts[0]?.direction === 'DESCENDING' ? -1 : 1
    const page = found.toSorted((a, b) => sign * (Number(a.id) - Number(b.id))).slice(Number(after), Number(after) + size)
    const next = Number(after) + size
    return { json: { total: found.length, results: page.map((record) => shown(object, record, ['hs_object_id'])), ...(next < found.length ? { paging: { next: { after: String(next) } } } : {}) } }
  }

  /** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/batch/get-objects; 50 with histories: https://github.com/PipedreamHQ/pipedream/issues/8462 */
  const batch = (object: ObjectName, { inputs = [], properties = [], propertiesWithHistory = [] }: Body): Reply => {
    if (inputs.length > (propertiesWithHistory.length > 0 ? 50 : 100)) return failure(400, 'VALIDATION_ERROR', 'Too many inputs.')
    const records = fake.records[object]
    // A merged id brings the record it became: https://developers.hubspot.com/changelog/announcement-deals-now-support-merging
    const found = inputs.map(({ id }) => records.get(records.get(id)?.mergedInto ?? id)).filter((record) => record !== undefined && record.archived !== true) as FakeRecord[]
    const results = found.map((record) => ({
      ...shown(object, record, properties),
      ...(propertiesWithHistory.length === 0 ? {} : { propertiesWithHistory: Object.fromEntries(propertiesWithHistory.map((name) => [name, record.history ?? []])) }),
    }))
    const missing = inputs.length - found.length
    return missing === 0
      ? { json: { status: 'COMPLETE', results } }
      : { status: 207, json: { status: 'COMPLETE', results, numErrors: 1, errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', message: 'Could not get some objects, they may be deleted or not exist. Check that ids are valid.', context: { ids: [] } }] } }
  }

  /** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/get-objects: at most 100 a page. */
  const list = (object: ObjectName, { query }: Heard): Reply => {
    const archived = query.get('archived') === 'true'
    const size = Number(query.get('limit') ?? 10)
    if (size > 100) return failure(400, 'VALIDATION_ERROR', 'limit must be at most 100')
    const all = [...fake.records[object].values()].filter((record) => (record.archived ?? false) === archived && record.mergedInto === undefined)
    return { json: paged(all.map((record) => shown(object, record, (query.get('properties') ?? '').split(','))), Number(query.get('after') ?? 0), size, heardKey(object, query)) }
  }

  /** https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/batch/get-associations */
  const associations = (way: string, { inputs = [] }: Body): Reply => {
    const results = inputs.flatMap(({ id, after = '0' }) => {
      const all = (fake.links.get(way) ?? []).filter(({ from }) => from === id)
      const page = all.slice(Number(after), Number(after) + 100)
      const next = Number(after) + 100
      return page.length === 0 ? [] : [{
        from: { id }, to: page.map(({ to, typeId, label }) => ({ toObjectId: Number(to), associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId, label }] })),
        ...(next < all.length ? { paging: { next: { after: String(next), link: '?' } } } : {}),
      }]
    })
    return results.length === inputs.length
      ? { json: { status: 'COMPLETE', results } }
      : { status: 207, json: { status: 'COMPLETE', results, numErrors: 1, errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', message: 'No associations found.' }] } }
  }

  /** https://developers.hubspot.com/docs/api-reference/crm-crm-owners-v3/guide */
  const owners = ({ query }: Heard): Reply => {
    const archived = query.get('archived') === 'true'
    const all = fake.owners.filter((owner) => owner.archived === archived).map((owner) => ({ ...owner, type: 'PERSON', userId: Number(owner.id) + 1, createdAt: '2024-01-01T00:00:00.000Z', updatedAt: '2024-01-01T00:00:00.000Z', teams: [] }))
    return { json: paged(all, Number(query.get('after') ?? 0), Number(query.get('limit') ?? 100), heardKey('owners', query)) }
  }

  const paged = (all: readonly unknown[], from: number, size: number, key: string): unknown => {
    const again = repeated.get(key) ?? 0
    const isStuck = from > 0 && again < fake.repeats
    if (isStuck) repeated.set(key, again + 1)
    const next = isStuck ? from : from + size
    return { results: all.slice(from, from + size), ...(next < all.length || isStuck ? { paging: { next: { after: String(next), link: '?' } } } : {}) }
  }
  const shown = (object: ObjectName, { id, properties, createdMs, modifiedMs, archived = false }: FakeRecord, names: readonly string[]): object => ({
    id,
    properties: Object.fromEntries([
      ...names.map((name) => [name, properties[name] ?? null] as const),
      ['hs_object_id', id], ['createdate', new Date(createdMs).toISOString()], [MODIFIED[object], new Date(modifiedMs).toISOString()],
    ]),
    createdAt: new Date(createdMs).toISOString(), updatedAt: new Date(modifiedMs).toISOString(), archived,
  })
  return fake
}

interface BodyFilter {
  readonly propertyName: string
  readonly operator: string
  readonly value: string
}

interface Body {
  readonly filterGroups?: readonly { readonly filters: readonly BodyFilter[] }[]
  readonly sorts?: readonly { readonly propertyName: string; readonly direction: string }[]
  readonly limit?: number
  readonly after?: string
  readonly inputs?: readonly { readonly id: string; readonly after?: string }[]
  readonly properties?: readonly string[]
  readonly propertiesWithHistory?: readonly string[]
}

function heardKey(what: string, query: URLSearchParams): string {
  return `${what}?${query.toString()}`
}

/** https://developers.hubspot.com/docs/api-reference/error-handling */
function failure(status: number, category: string, message: string): Reply {
  return { status, json: { status: 'error', message, correlationId: 'aeb5f871-7f07-4993-9211-075dc63e7cbf', category } }
}

function busy(policyName: string): Reply {
  return {
    status: 429,
    headers: { 'x-hubspot-ratelimit-interval-milliseconds': '10000', 'x-hubspot-ratelimit-max': '190', 'x-hubspot-ratelimit-remaining': '0' },
    json: { status: 'error', message: `You have reached your ${policyName.toLowerCase()} limit.`, errorType: 'RATE_LIMIT', correlationId: 'c033cdaa-2c40-4a64-ae48-b4cec88dad24', policyName },
  }
}
