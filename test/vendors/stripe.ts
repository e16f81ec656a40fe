import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

/** An object in the shape of the newest version (2026-10-28.endive), with what can be expanded in its expanded form. */
export type FakeObject = { id: string; object: string; created: number } & Record<string, unknown>

/** Lists by the last part of their address. */
export const COLLECTIONS = ['customers', 'products', 'prices', 'coupons', 'subscriptions', 'subscription_items', 'invoices', 'invoiceitems', 'charges', 'refunds', 'disputes', 'credit_notes', 'balance_transactions', 'payouts', 'events'] as const
export type Collection = (typeof COLLECTIONS)[number]

export interface StripeFake extends VendorServer {
  readonly objects: Readonly<Record<Collection, Map<string, FakeObject>>>
  /** The present, seconds since 1970: events older than 30 days before it are not listed. */
  now: number
  put(collection: Collection, ...objects: readonly FakeObject[]): void
  /** Customers and products go on answering `{ id, deleted: true }`; others answer 404. */
  remove(collection: Collection, id: string): void
  /** Tells of a change. `subject` is what stands in the event: by default the object without most of its fields, as another version might render it. */
  tell(type: string, subject: Readonly<Record<string, unknown>>, created?: number, previous?: Readonly<Record<string, unknown>>): FakeObject
}

export const API_KEY = 'sk_test_right'
export const RESTRICTED_KEY = 'rk_test_restricted'
const BASIL = '2025-03-31'
const DAY = 86_400
/** Sub-lists come with their first ten. https://docs.stripe.com/api/invoices/object#invoice_object-lines */
const EMBEDDED = 10

/**
 * A local Stripe: lists newest first, pages by `starting_after` (https://docs.stripe.com/api/pagination), expands what is asked
 * (https://docs.stripe.com/expand), renders objects as the version asked for does (https://docs.stripe.com/upgrades), and fails as
 * documented (https://docs.stripe.com/api/errors).
 */
export async function startStripe(now: number): Promise<StripeFake> {
  const objects = Object.fromEntries(COLLECTIONS.map((name) => [name, new Map<string, FakeObject>()])) as Record<Collection, Map<string, FakeObject>>
  const deleted = new Map<string, string>()
  let count = 0
  const server = await startVendor((heard) => answer(heard))

  const answer = (heard: Heard): Reply => {
    const refused = refusalOf(heard)
    if (refused) return refused
    const [, version, collection = '', id, sub] = heard.path.split('/').map(decodeURIComponent)
    const known = version === 'v1' && isCollection(collection) ? objects[collection] : undefined
    if (known === undefined || !isCollection(collection)) return failure(404, { type: 'invalid_request_error', message: `Unrecognized request URL (GET: ${heard.path}).` })
    const expand = heard.query.getAll('expand[]')
    const asks = heard.headers['stripe-version'] ?? ''
    if (id === undefined) return listReply(heard, shownOf(collection, [...known.values()], heard), (one) => render(one, expand.map((path) => path.replace(/^data\./, '')), asks))
    if (sub === 'lines') return listReply(heard, linesOf(known.get(id)), (one) => renderLine(one, expand.map((path) => path.replace(/^data\./, '')), asks), false)
    const found = known.get(id)
    // https://docs.stripe.com/api/customers/delete: "retrieving a deleted customer returns a deleted object"
    if (found === undefined && deleted.has(id)) return { json: { id, object: deleted.get(id), deleted: true } }
    return found === undefined ? missing(id, 'id', 404) : { json: render(found, expand, asks) }
  }

  // https://docs.stripe.com/api/pagination
  const listReply = (heard: Heard, all: readonly FakeObject[], show: (one: FakeObject) => unknown, isByTime = true): Reply => {
    const ordered = isByTime ? all.toSorted((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1)) : all
    const after = heard.query.get('starting_after')
    const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1
    if (after !== null && from === 0) return missing(after, 'starting_after', 400)
    const limit = Number(heard.query.get('limit') ?? 10)
    if (limit < 1 || limit > 100) return failure(400, { type: 'invalid_request_error', message: 'This value must be between 1 and 100.', param: 'limit' })
    return { json: { object: 'list', url: heard.path, has_more: from + limit < ordered.length, data: ordered.slice(from, from + limit).map(show) } }
  }

  const shownOf = (collection: Collection, all: readonly FakeObject[], { query }: Heard): readonly FakeObject[] => {
    const types = query.getAll('types[]')
    const [gte, lte] = [query.get('created[gte]'), query.get('created[lte]')]
    return all.filter((one) => {
      if (gte !== null && one.created < Number(gte)) return false
      if (lte !== null && one.created > Number(lte)) return false
      // https://docs.stripe.com/api/subscriptions/list: "by default, returns a list of subscriptions that have not been canceled"
      if (collection === 'subscriptions' && query.get('status') !== 'all' && one['status'] === 'canceled') return false
      // https://docs.stripe.com/api/events/list: "List events, going back up to 30 days."
      if (collection === 'events') return one.created > server_now() - 30 * DAY && (types.length === 0 || types.includes(String(one['type'])))
      if (query.has('customer') && idIn(one['customer']) !== query.get('customer')) return false
      if (query.has('charge') && idIn(one['charge']) !== query.get('charge')) return false
      if (query.get('pending') === 'true' && (one['invoice'] ?? null) !== null) return false
      const subscription = query.get('subscription')
      return subscription === null || one['subscription'] === subscription || at(one, 'parent', 'subscription_details', 'subscription') === subscription
    })
  }

  const server_now = (): number => fake.now
  const fake: StripeFake = {
    ...server,
    url: server.url,
    objects,
    now,
    put: (collection, ...put) => put.forEach((one) => objects[collection].set(one.id, one)),
    remove(collection, id) {
      if (collection === 'customers' || collection === 'products') deleted.set(id, objects[collection].get(id)?.object ?? '')
      objects[collection].delete(id)
    },
    // https://docs.stripe.com/api/events/object
    tell(type, subject, created = fake.now, previous) {
      const event: FakeObject = {
        id: `evt_${String(++count).padStart(6, '0')}`, object: 'event', created, type, api_version: '2019-12-03', livemode: false, pending_webhooks: 0, request: { id: null, idempotency_key: null },
        data: { object: subject, ...(previous === undefined ? {} : { previous_attributes: previous }) },
      }
      objects.events.set(event.id, event)
      return event
    },
  }
  return fake
}

/** Where an object stands as an event names it: an old version's rendering that nothing must be read from but what it is about. */
export function staleSubject(one: FakeObject): Readonly<Record<string, unknown>> {
  return { id: one.id, object: one.object, amount: 666, status: 'stale', customer: idIn(one['customer']), subscription: at(one, 'parent', 'subscription_details', 'subscription') ?? one['subscription'] ?? null }
}

function refusalOf({ headers, query, path }: Heard): Reply | null {
  const key = (headers['authorization'] ?? '').replace('Bearer ', '')
  // https://docs.stripe.com/keys#restricted-keys and https://docs.stripe.com/error-codes
  if (key === RESTRICTED_KEY) return failure(403, { type: 'invalid_request_error', message: `The provided key '${RESTRICTED_KEY.slice(0, 8)}*********cted' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_subscription_read' permission would allow this request to continue.` })
  if (key !== API_KEY) return failure(401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${key}` })
  const types = query.getAll('types[]')
  if (types.length > 20) return failure(400, { type: 'invalid_request_error', message: 'You may only specify up to 20 types.', param: 'types' })
  const deep = query.getAll('expand[]').find((one) => one.split('.').length > 4)
  if (deep !== undefined) return failure(400, { type: 'invalid_request_error', message: `You cannot expand more than 4 levels of a property. Property: ${deep}.`, param: 'expand' })
  return path.startsWith('/v1/') ? null : failure(404, { type: 'invalid_request_error', message: 'Unrecognized request URL.' })
}

function missing(id: string, param: string, status: number): Reply {
  return failure(status, { type: 'invalid_request_error', code: 'resource_missing', message: `No such object: '${id}'`, param })
}

function failure(status: number, error: Readonly<Record<string, unknown>>): Reply {
  return { status, json: { error } }
}

/** 429 of a limiter says which one. https://docs.stripe.com/rate-limits */
export function rateLimited(reason: 'global-rate' | 'global-concurrency' | 'endpoint-rate' | 'endpoint-concurrency' | 'resource-specific'): Reply {
  return { status: 429, headers: { 'stripe-rate-limited-reason': reason }, json: { error: { type: 'rate_limit_error', code: 'rate_limit', message: 'Request rate limit exceeded.' } } }
}

/** https://docs.stripe.com/expand: what is not asked for is an id. */
function render(one: FakeObject, expand: readonly string[], version: string): FakeObject {
  const shown: FakeObject = { ...one }
  for (const name of ['customer', 'charge']) if (name in shown && !expand.includes(name)) shown[name] = idIn(shown[name])
  if (Array.isArray(shown['discounts'])) shown['discounts'] = discountsOf(shown['discounts'], expand.includes('discounts'), version)
  if (one.object === 'price') {
    if (!expand.includes('tiers')) delete shown['tiers']
    // https://docs.stripe.com/api/prices/object#price_object-currency_options, whose tiers are expanded for each currency by its name
    if (expand.includes('currency_options')) shown['currency_options'] = Object.fromEntries(Object.entries(one['currency_options'] ?? {}).map(([currency, option]) => [currency, { ...(option as object), ...(expand.includes(`currency_options.${currency}.tiers`) ? {} : { tiers: undefined }) }]))
    else delete shown['currency_options']
  }
  if (one.object === 'invoice') {
    const lines = linesOf(one)
    const inner = expand.filter((path) => path.startsWith('lines.data.')).map((path) => path.slice('lines.data.'.length))
    shown['lines'] = { object: 'list', url: `/v1/invoices/${one.id}/lines`, has_more: lines.length > EMBEDDED, data: lines.slice(0, EMBEDDED).map((line) => renderLine(line, inner, version)) }
    if (isBeforeBasil(version)) {
      // https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects
      shown['subscription'] = at(one, 'parent', 'subscription_details', 'subscription') ?? null
      delete shown['parent']
    }
  }
  if (one.object === 'subscription') {
    const items = (at(one, 'items', 'data') ?? []) as readonly FakeObject[]
    // https://docs.stripe.com/changelog/basil/2025-03-31/deprecate-subscription-current-period-start-and-end
    const first = items[0]
    const data = items.slice(0, EMBEDDED).map((item) => renderItem(item, expand.includes('items.data.discounts'), version))
    shown['items'] = { object: 'list', url: `/v1/subscription_items?subscription=${one.id}`, has_more: items.length > EMBEDDED, data }
    if (isBeforeBasil(version)) Object.assign(shown, { current_period_start: first?.['current_period_start'], current_period_end: first?.['current_period_end'] })
  }
  if (one.object === 'subscription_item') return renderItem(shown, expand.includes('discounts'), version)
  if (one.object === 'invoiceitem' && isBeforeBasil(version)) return renderLine(shown, expand, version)
  return shown
}

function renderItem(item: FakeObject, isExpanded: boolean, version: string): FakeObject {
  const { current_period_start, current_period_end, ...rest } = item
  return { ...rest, created: item.created, id: item.id, object: item.object, discounts: discountsOf((item['discounts'] ?? []) as readonly unknown[], isExpanded, version), ...(isBeforeBasil(version) ? {} : { current_period_start, current_period_end }) }
}

/** https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects and …/invoice-line-item-pricing */
function renderLine(line: FakeObject, expand: readonly string[], version: string): FakeObject {
  const shown: FakeObject = { ...line, discounts: discountsOf((line['discounts'] ?? []) as readonly unknown[], expand.includes('discounts'), version) }
  if (!isBeforeBasil(version)) {
    delete shown['whole_price']
    return shown
  }
  const { parent, pricing, whole_price: price, ...old } = shown
  const details = at(parent, 'subscription_item_details') ?? at(parent, 'invoice_item_details')
  void pricing
  return {
    ...old, id: line.id, object: line.object, created: line.created, price, subscription: at(details, 'subscription') ?? at(parent, 'subscription_details', 'subscription') ?? null, proration: at(details, 'proration') ?? line['proration'] ?? false,
    type: at(parent, 'type') === 'subscription_item_details' ? 'subscription' : 'invoiceitem', subscription_item: line['item'] ?? at(details, 'subscription_item') ?? at(parent, 'subscription_details', 'subscription_item') ?? null,
  }
}

/** Since 2025-09-30 (clover) a discount names its coupon in `source`, before it held the coupon. https://docs.stripe.com/changelog/clover/2025-09-30/discount-source-property */
function discountsOf(discounts: readonly unknown[], isExpanded: boolean, version: string): readonly unknown[] {
  return discounts.map((one) => {
    if (!isExpanded) return idIn(one)
    const { whole_coupon: coupon, ...rest } = one as FakeObject
    return version < '2025-09-30' ? { ...rest, source: undefined, coupon } : rest
  })
}

function isBeforeBasil(version: string): boolean {
  return version < BASIL
}

function linesOf(invoice: FakeObject | undefined): readonly FakeObject[] {
  return (at(invoice, 'lines', 'data') ?? []) as readonly FakeObject[]
}

function isCollection(name: string): name is Collection {
  return (COLLECTIONS as readonly string[]).includes(name)
}

function idIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : value
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined), value)
}
