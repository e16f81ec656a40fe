import type { Heard, Reply, VendorServer } from './vendor-server.ts'
import { startVendor } from './vendor-server.ts'

export interface FakeField {
  readonly name: string
  readonly type: string
  readonly formula?: string
}

/** A record of the fake organisation; fields by their API names, instants as `2026-01-01T00:00:00.000+0000`. */
export type FakeRecord = Record<string, unknown> & { Id: string; SystemModstamp: string; IsDeleted: boolean }

export interface FakeSalesforce extends VendorServer {
  readonly objects: Map<string, { readonly fields: FakeField[]; readonly records: Map<string, FakeRecord>; readonly deleted: { id: string; deletedDate: string }[] }>
  /** Tokens that are good. */
  readonly tokens: Set<string>
  /** What the login gives next; null refuses it. */
  nextToken: string | null
  /** Most records in an answer, whatever was asked for. */
  mostRecords: number
  /** Requests of the day, used and allowed. */
  usage: { used: number; limit: number }
  /** So many queries are answered as the one before. */
  repeats: number
  /** How far the log of deletions reaches back, and how far it has come; UTC ms. */
  log: { earliestMs: number; latestMs: number }
  /** Runs before a query is answered. */
  before: ((soql: string) => void) | null
  /** Lengths of the addresses asked. */
  readonly lengths: number[]
}

const SYSTEM: readonly FakeField[] = [{ name: 'Id', type: 'id' }, { name: 'IsDeleted', type: 'boolean' }, { name: 'CreatedDate', type: 'datetime' }, { name: 'SystemModstamp', type: 'datetime' }]
/** https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm */
const MOST_BYTES = 16_384

/** An organisation of Salesforce. @param objects the fields of each, besides the system's. */
export async function startSalesforce(objects: Readonly<Record<string, readonly FakeField[]>>): Promise<FakeSalesforce> {
  let previous: Reply | null = null
  const state = {
    objects: new Map(Object.entries(objects).map(([name, fields]) => [name, { fields: [...SYSTEM.filter(({ name: one }) => one !== 'SystemModstamp' || name !== 'OpportunityFieldHistory'), ...fields], records: new Map<string, FakeRecord>(), deleted: [] as { id: string; deletedDate: string }[] }])),
    tokens: new Set(['session-1']),
    nextToken: null as string | null,
    mostRecords: 2_000,
    usage: { used: 0, limit: 100_000 },
    repeats: 0,
    log: { earliestMs: 0, latestMs: Infinity },
    before: null as ((soql: string) => void) | null,
    lengths: [] as number[],
  }
  const server = await startVendor((heard) => {
    if (heard.path === '/services/oauth2/token') return token()
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
    if (!fake.tokens.has(heard.headers.authorization?.replace('Bearer ', '') ?? '')) return refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
    fake.usage.used++
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
    const headers = { 'sforce-limit-info': `api-usage=${fake.usage.used}/${fake.usage.limit}` }
    if (fake.usage.used > fake.usage.limit) return refusal(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
    const length = heard.path.length + [...heard.query].reduce((sum, [name, value]) => sum + name.length + encodeURIComponent(value).length + 2, 0)
    fake.lengths.push(length)
    if (length + JSON.stringify(heard.headers).length > MOST_BYTES) return { status: 431, body: '' }
    const path = heard.path.replace(/^\/services\/data\/v\d+\.0/, '')
    return { headers, ...answer(path, heard) }
  })
  const fake: FakeSalesforce = Object.assign(state, server)

  /** https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_client_credentials_flow.htm */
  const token = (): Reply => {
    if (fake.nextToken === null) return { status: 400, json: { error: 'invalid_grant', error_description: 'authentication failure' } }
    fake.tokens.add(fake.nextToken)
    return { json: { access_token: fake.nextToken, instance_url: server.url, id: `${server.url}/id/1/2`, token_type: 'Bearer', issued_at: '0', signature: 'x' } }
  }
  const answer = (path: string, heard: Heard): Reply => {
    const [, name = '', what = ''] = /^\/sobjects\/(\w+)\/(describe|deleted)\/?$/.exec(path) ?? []
    if (what !== '') {
      const object = fake.objects.get(name)
      if (!object) return refusal(404, 'NOT_FOUND', 'The requested resource does not exist')
      return what === 'describe' ? described(name, object.fields) : deleted(object.deleted, heard.query)
    }
    if (path !== '/query' && path !== '/queryAll') return refusal(404, 'NOT_FOUND', 'The requested resource does not exist')
    const soql = heard.query.get('q') ?? ''
    fake.before?.(soql)
    if (fake.repeats > 0 && previous) {
      fake.repeats--
      return previous
    }
    previous = query(soql, path === '/queryAll')
    return previous
  }

  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm */
  const described = (name: string, fields: readonly FakeField[]): Reply => ({
    json: { name, replicateable: true, queryable: true, fields: fields.map((field) => ({ name: field.name, label: field.name, type: field.type, calculated: field.formula !== undefined, calculatedFormula: field.formula ?? null, scale: 2 })) },
  })

  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_get_deleted.htm; by whole minutes, more than one, 15 days back. */
  const deleted = (log: readonly { id: string; deletedDate: string }[], params: URLSearchParams): Reply => {
    const [start, end] = ['start', 'end'].map((name) => Math.floor(Date.parse(params.get(name) ?? '') / 60_000) * 60_000) as [number, number]
    if (end - start <= 60_000) return refusal(400, 'INVALID_REPLICATION_DATE', 'endDate must be at least one minute after startDate')
    const within = log.filter(({ deletedDate }) => Date.parse(deletedDate) >= start && Date.parse(deletedDate) < Math.min(end, fake.log.latestMs))
    return { json: { deletedRecords: within, earliestDateAvailable: instant(fake.log.earliestMs), latestDateCovered: instant(Math.min(end, fake.log.latestMs)) } }
  }

  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm: at most 2,000 records an answer, and fewer as it likes. */
  const query = (soql: string, withDeleted: boolean): Reply => {
    const match = /^SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: ORDER BY (\w+) (ASC|DESC), Id (?:ASC|DESC))?(?: LIMIT (\d+))?$/.exec(soql)
    const [, fields = '', name = '', where, by = 'Id', direction = 'ASC', limit = '2000'] = match ?? []
    const object = fake.objects.get(name)
    if (!match || !object) return refusal(400, match ? 'INVALID_TYPE' : 'MALFORMED_QUERY', 'unexpected token')
    const names = fields.split(',')
    const unknown = names.find((field) => !object.fields.some((one) => one.name === field))
    if (unknown !== undefined) return refusal(400, 'INVALID_FIELD', `No such column '${unknown}' on entity '${name}'.`)
    const fits = where === undefined ? () => true : conditionOf(where)
    const sign = direction === 'ASC' ? 1 : -1
    const order = (a: string, b: string): number => (a < b ? -sign : a > b ? sign : 0)
    const found = [...object.records.values()]
      .filter((record) => (withDeleted || !record.IsDeleted) && fits(record))
      .toSorted((a, b) => order(String(a[by]), String(b[by])) || order(a.Id, b.Id))
      .slice(0, Number(limit))
    const page = found.slice(0, fake.mostRecords)
    const records = page.map((record) => ({ attributes: { type: name, url: `/services/data/v65.0/sobjects/${name}/${record.Id}` }, ...Object.fromEntries(names.map((field) => [field, record[field] ?? null])) }))
    return { json: { totalSize: found.length, done: page.length === found.length, ...(page.length === found.length ? {} : { nextRecordsUrl: '/services/data/v65.0/query/01g-2000' }), records } }
  }
  return fake
}

/** As answers have instants. */
export function instant(utcMs: number): string {
  return new Date(utcMs).toISOString().replace('Z', '+0000')
}

type Condition = (record: FakeRecord) => boolean

/** Conditions of SOQL: comparisons of a field with an instant, an id or a boolean, AND, OR and parentheses. */
function conditionOf(text: string): Condition {
  const tokens: readonly string[] = text.match(/\(|\)|>=|<=|[=<>]|'[^']*'|[\w:.-]+/g) ?? []
  let at = 0
  const any = (): Condition => {
    const parts = [all()]
    for (; tokens[at] === 'OR'; parts.push(all())) at++
    return (record) => parts.some((part) => part(record))
  }
  const all = (): Condition => {
    const parts = [one()]
    for (; tokens[at] === 'AND'; parts.push(one())) at++
    return (record) => parts.every((part) => part(record))
  }
  const one = (): Condition => {
    if (tokens[at] === '(') {
      at++
      const inner = any()
      if (tokens[at++] !== ')') throw new Error(`No parenthesis ends in ${text}`)
      return inner
    }
    if (tokens[at + 1] === 'IN') {
      const field = tokens[at] ?? ''
      const end = tokens.indexOf(')', at)
      const values = new Set(tokens.slice(at + 3, end).map((value) => value.slice(1, -1)))
      at = end + 1
      return (record) => values.has(String(record[field]))
    }
    const [field = '', sign = '', value = ''] = tokens.slice(at, (at += 3))
    const literal = value.startsWith("'") ? value.slice(1, -1) : value === 'true' || value === 'false' ? value === 'true' : Date.parse(value)
    return (record) => {
      const own = record[field]
      const left = typeof literal === 'number' ? Date.parse(String(own)) : (own as string | boolean)
      return sign === '=' ? left === literal : sign === '>' ? left > literal : sign === '<' ? left < literal : sign === '>=' ? left >= literal : left <= literal
    }
  }
  return any()
}

function refusal(status: number, errorCode: string, message: string): Reply {
  return { status, json: [{ message, errorCode }] }
}
