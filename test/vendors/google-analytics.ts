import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

/** A session as Analytics would have worked it out; `day` is by the property's zone. */
export interface GaSession {
  readonly day: string
  readonly user: string
  readonly channel: string
  readonly source: string
  readonly medium: string
  readonly page: string
  readonly engaged: boolean
  readonly keyEvents: number
  readonly revenue: number
}

export interface GaProperty {
  readonly property: string
  readonly zone: string
  readonly currency: string
  /** By the property's zone. */
  today: string
  sessions: GaSession[]
  metadata: Readonly<Record<string, unknown>>
  /** A page that is answered again in place of the next one, so many times. */
  repeatedPages: number
  /** Life of the tokens given out, in requests; null for ever. */
  requestsPerToken: number | null
}

export interface GaVendor extends VendorServer {
  /** Text of a key file whose `token_uri` is this server. */
  readonly keyFile: string
}

const DAY_MS = 86_400_000
const compact = (day: string): string => day.replaceAll('-', '')

/** ISO 8601, by its Thursday. */
function isoWeek(day: string): string {
  const date = new Date(day)
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS)
  const week = Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / (7 * DAY_MS)) + 1
  return `${thursday.getUTCFullYear()}${String(week).padStart(2, '0')}`
}

// https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#dimensions
const DIMENSIONS: Readonly<Record<string, (session: GaSession) => string>> = {
  date: ({ day }) => compact(day),
  isoYearIsoWeek: ({ day }) => isoWeek(day),
  yearMonth: ({ day }) => compact(day).slice(0, 6),
  sessionDefaultChannelGroup: ({ channel }) => channel,
  sessionSource: ({ source }) => source,
  sessionMedium: ({ medium }) => medium,
  landingPage: ({ page }) => page,
  eventName: ({ keyEvents }) => (keyEvents > 0 ? 'purchase' : 'page_view'),
  'customEvent:plan': () => 'pro',
}

const usersOf = (sessions: readonly GaSession[]): number => new Set(sessions.map(({ user }) => user)).size

// https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#metrics
const METRICS: Readonly<Record<string, { type: string; of: (sessions: readonly GaSession[], all: readonly GaSession[]) => string }>> = {
  sessions: { type: 'TYPE_INTEGER', of: (rows) => String(rows.length) },
  engagedSessions: { type: 'TYPE_INTEGER', of: (rows) => String(rows.filter(({ engaged }) => engaged).length) },
  keyEvents: { type: 'TYPE_FLOAT', of: (rows) => String(rows.reduce((sum, { keyEvents }) => sum + keyEvents, 0)) },
  userEngagementDuration: { type: 'TYPE_SECONDS', of: (rows) => String(rows.filter(({ engaged }) => engaged).length * 30) },
  totalRevenue: { type: 'TYPE_CURRENCY', of: (rows) => String(rows.reduce((sum, { revenue }) => sum + revenue, 0)) },
  screenPageViews: { type: 'TYPE_INTEGER', of: (rows) => String(rows.length * 2) },
  eventCount: { type: 'TYPE_INTEGER', of: (rows) => String(rows.length * 3) },
  activeUsers: { type: 'TYPE_INTEGER', of: (rows) => String(usersOf(rows)) },
  totalUsers: { type: 'TYPE_INTEGER', of: (rows) => String(usersOf(rows)) },
  newUsers: { type: 'TYPE_INTEGER', of: (rows, all) => String(new Set(rows.map(({ user }) => user).filter((user) => firstDay(all, user) >= least(rows))).size) },
  active7DayUsers: { type: 'TYPE_INTEGER', of: trailing(7) },
  active28DayUsers: { type: 'TYPE_INTEGER', of: trailing(28) },
}

const least = (rows: readonly GaSession[]): string => rows.map(({ day }) => day).sort()[0] ?? ''
const firstDay = (all: readonly GaSession[], user: string): string => least(all.filter((session) => session.user === user))

function trailing(days: number) {
  return (rows: readonly GaSession[], all: readonly GaSession[]): string => {
    const last = Date.parse(rows.map(({ day }) => day).sort().at(-1) ?? '')
    return String(usersOf(all.filter(({ day }) => Date.parse(day) <= last && Date.parse(day) > last - days * DAY_MS)))
  }
}

/** Behaves as the Google Analytics Data API v1beta does, over sessions in memory. */
export async function startGoogleAnalytics(world: GaProperty): Promise<GaVendor> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const tokens = new Map<string, number>()
  const server = await startVendor((heard) => (heard.path === '/token' ? giveToken(heard) : answer(heard)))

  // https://developers.google.com/identity/protocols/oauth2/service-account#httprest (Making the access token request)
  function giveToken({ body }: Heard): Reply {
    const form = new URLSearchParams(body.toString())
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), signature, 'base64url')
    const { scope, aud } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { scope: string; aud: string }
    const isRight = isSigned && form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' && scope === 'https://www.googleapis.com/auth/analytics.readonly' && aud.endsWith('/token')
    if (!isRight) return { status: 400, json: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
    const token = `ya29.${tokens.size + 1}`
    tokens.set(token, world.requestsPerToken ?? Number.POSITIVE_INFINITY)
    return { json: { access_token: token, scope, token_type: 'Bearer', expires_in: 3599 } }
  }

  function answer(heard: Heard): Reply {
    const token = (heard.headers['authorization'] ?? '').replace('Bearer ', '')
    const left = tokens.get(token) ?? 0
    if (left <= 0) return refusal(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.')
    tokens.set(token, left - 1)
    if (!heard.path.startsWith(`/v1beta/properties/${world.property}`)) {
      return refusal(403, 'PERMISSION_DENIED', 'User does not have sufficient permissions for this property. To learn more about Property ID, see https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.')
    }
    return heard.path.endsWith('/metadata') ? { json: metadata() } : report(heard)
  }

  // https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/getMetadata
  const metadata = (): object => ({
    name: `properties/${world.property}/metadata`,
    dimensions: Object.keys(DIMENSIONS).map((apiName) => ({ apiName, uiName: apiName })),
    metrics: Object.entries(METRICS).map(([apiName, { type }]) => ({ apiName, uiName: apiName, type })),
  })

  let last: object | null = null
  // https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport, pages:
  // https://developers.google.com/analytics/devguides/reporting/data/v1/basics#pagination
  function report({ body }: Heard): Reply {
    const ask = JSON.parse(body.toString()) as { dimensions: { name: string }[]; metrics: { name: string }[]; dateRanges: { startDate: string; endDate: string }[]; metricFilter?: { filter: { fieldName: string; numericFilter: { operation: 'GREATER_THAN'; value: { doubleValue: number } } } }; offset?: string; limit?: string }
    const [range] = ask.dateRanges
    const offset = Number(ask.offset ?? 0)
    const limit = Number(ask.limit ?? 10_000)
    if (offset > 0 && world.repeatedPages > 0 && last !== null) {
      world.repeatedPages--
      return { json: last }
    }
    const end = range?.endDate === 'today' ? world.today : (range?.endDate ?? '')
    const within = world.sessions.filter(({ day }) => day >= (range?.startDate ?? '') && day <= end && day <= world.today)
    const groups = new Map<string, GaSession[]>()
    for (const session of within) {
      const key = JSON.stringify(ask.dimensions.map(({ name }) => DIMENSIONS[name]?.(session)))
      groups.set(key, [...(groups.get(key) ?? []), session])
    }
    // https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/FilterExpression
    const { fieldName, numericFilter } = ask.metricFilter?.filter ?? {}
    const passes = (sessions: readonly GaSession[]): boolean => fieldName === undefined || numericFilter === undefined || Number(METRICS[fieldName]?.of(sessions, world.sessions)) > numericFilter.value.doubleValue
    const rows = [...groups].filter(([, sessions]) => passes(sessions)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sessions]) => ({
      dimensionValues: (JSON.parse(key) as string[]).map((value) => ({ value })),
      metricValues: ask.metrics.map(({ name }) => ({ value: METRICS[name]?.of(sessions, world.sessions) ?? '' })),
    }))
    last = {
      dimensionHeaders: ask.dimensions,
      metricHeaders: ask.metrics.map(({ name }) => ({ name, type: METRICS[name]?.type })),
      ...(rows.length === 0 ? {} : { rows: rows.slice(offset, offset + limit), rowCount: rows.length }),
      // https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/ResponseMetaData
      metadata: { currencyCode: world.currency, timeZone: world.zone, ...world.metadata },
      kind: 'analyticsData#runReport',
    }
    return { json: last }
  }

  const keyFile = JSON.stringify({ type: 'service_account', project_id: 'site', private_key_id: 'k1', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), client_email: 'kpiql@site.iam.gserviceaccount.com', token_uri: `${server.url}/token` })
  return { ...server, keyFile }
}

/** https://cloud.google.com/apis/design/errors#http_mapping */
export function refusal(code: number, status: string, message: string): Reply {
  return { status: code, json: { error: { code, message, status } } }
}
