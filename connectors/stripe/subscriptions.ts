import type { SyncRecord, TableWrite } from '../sync-contract.ts'
import { column, ofCustomer, personal } from './columns.ts'
import { children, upsert } from './object-kind.ts'
import type { ObjectKind, Reading } from './object-kind.ts'
import { at, currencyOf, idOf, instant, listOf, numberOf, subscriptionOf } from './record.ts'
import type { StripeObject } from './record.ts'
import { historyOf } from './subscription-history.ts'

/** What an update of a subscription must have touched to have changed what it brings. */
const TELLING = new Set(['items', 'plan', 'quantity', 'discount', 'discounts', 'pause_collection', 'status'])

export const subscriptions: ObjectKind = {
  name: 'subscriptions',
  object: 'subscription',
  path: '/v1/subscriptions',
  query: { status: 'all' }, // without it canceled ones are left out
  expand: ['discounts', 'items.data.discounts', 'customer'],
  isFact: false,
  events: [
    'customer.subscription.created', 'customer.subscription.updated', 'customer.subscription.deleted', 'customer.subscription.paused', 'customer.subscription.resumed', 'customer.subscription.pending_update_applied',
    'customer.discount.created', 'customer.discount.updated', 'customer.discount.deleted',
    'invoice.created', 'invoice.updated', 'invoice.deleted', 'invoice.finalized', 'invoice.paid', 'invoice.marked_uncollectible', 'invoice.voided', 'invoiceitem.created', 'invoiceitem.deleted',
  ],
  async idsOf(event, api) {
    const subject = at(event, 'data', 'object') as StripeObject
    if (subject['object'] === 'subscription') return [idOf(subject)].filter((id) => id !== null)
    const named = subscriptionOf(subject)
    if (named !== null || subject['object'] !== 'discount') return named === null ? [] : [named]
    const customer = idOf(subject['customer'])
    return customer === null ? [] : (await api.all('/v1/subscriptions', { customer, status: 'all' })).flatMap((one) => idOf(one) ?? [])
  },
  tellsChange(event) {
    const type = String(event['type'])
    if (!type.startsWith('customer.')) return false
    return type !== 'customer.subscription.updated' || Object.keys(Object(at(event, 'data', 'previous_attributes')) as object).some((name) => TELLING.has(name))
  },
  tables: [
    {
      name: 'subscriptions',
      description: 'Subscriptions as they are now, those that ended among them.',
      key: ['id'],
      columns: [
        column('id'), column('customer_id'), column('status'), column('created', 'timestamp'), column('start_date', 'timestamp'), column('ended_at', 'timestamp'), column('cancel_at', 'timestamp'), column('cancel_at_period_end', 'boolean'), column('canceled_at', 'timestamp'),
        column('cancellation_reason'), column('cancellation_feedback'), column('trial_start', 'timestamp'), column('trial_end', 'timestamp'), column('pause_behavior'), column('pause_resumes_at', 'timestamp'),
        column('current_period_start', 'timestamp'), column('current_period_end', 'timestamp'), column('collection_method'), column('currency'), personal('metadata', 'json'),
      ],
      ...ofCustomer('metadata'),
    },
    {
      name: 'subscription_items',
      description: 'What subscriptions consist of now.',
      key: ['id'],
      columns: [column('id'), column('subscription_id'), column('customer_id'), column('price_id'), column('product_id'), column('quantity', 'integer'), column('created', 'timestamp'), column('current_period_start', 'timestamp'), column('current_period_end', 'timestamp'), personal('metadata', 'json')],
      ...ofCustomer('metadata'),
    },
    {
      name: 'subscription_amounts',
      description: 'What each item of a subscription brought a month, from when until when.',
      key: ['id'],
      columns: [
        column('id'), column('subscription_id'), column('subscription_item_id'), column('customer_id'), column('price_id'), column('product_id'), column('plan', 'text', { description: 'Nickname or lookup key of the price, else its id.' }),
        column('billing_interval'), column('interval_count', 'integer'), column('quantity', 'integer'), column('currency'), column('gross_mrr', 'decimal', { scale: 6, description: 'A month, before discounts, in the major unit of the currency.' }),
        column('mrr', 'decimal', { scale: 6, description: 'A month, less the discounts that recur, in the major unit of the currency.' }), column('coupons', 'text', { description: 'Of the discounts that recur.' }),
        column('start_date', 'timestamp'), column('end_date', 'timestamp', { description: 'Exclusive; null while it goes on.' }),
      ],
      ...ofCustomer(),
    },
  ],
  alsoRemoved: (ids) => ['subscription_items', 'subscription_amounts'].map((table) => children(table, 'subscription_id', ids, [])),
  async writes(objects, reading) {
    const parts = await Promise.all(objects.map((one) => partsOf(one, reading)))
    const ids = objects.map(({ id }) => String(id))
    return [
      upsert('subscriptions', parts.map(({ subscription }) => subscription)),
      children('subscription_items', 'subscription_id', ids, parts.flatMap(({ items }) => items)),
      children('subscription_amounts', 'subscription_id', ids, parts.flatMap(({ amounts }) => amounts)),
    ] satisfies readonly TableWrite[]
  },
}

interface Parts {
  readonly subscription: SyncRecord
  readonly items: readonly SyncRecord[]
  readonly amounts: readonly SyncRecord[]
}

async function partsOf(one: StripeObject, reading: Reading): Promise<Parts> {
  const { api } = reading
  const id = String(one['id'])
  const items = await api.whole(one['items'], '/v1/subscription_items', { subscription: id })
  const found = await api.all('/v1/invoices', { subscription: id, expand: ['data.discounts', 'data.lines.data.discounts'] })
  const billed = await Promise.all(found.map(async (invoice) => ({ invoice, lines: await api.whole(invoice['lines'], `/v1/invoices/${encodeURIComponent(String(invoice['id']))}/lines`, { expand: ['data.discounts'] }) })))
  const customer = idOf(one['customer'])
  const amounts = await historyOf(one, items, billed, reading)
  return {
    subscription: subscriptionRecord(one, items),
    items: items.map((item) => ({
      id: item['id'], subscription_id: id, customer_id: customer, price_id: idOf(item['price']) ?? idOf(item['plan']), product_id: idOf(at(item, 'price', 'product')) ?? idOf(at(item, 'plan', 'product')), quantity: item['quantity'], created: instant(item['created']),
      current_period_start: instant(item['current_period_start'] ?? one['current_period_start']), current_period_end: instant(item['current_period_end'] ?? one['current_period_end']), metadata: item['metadata'],
    })),
    amounts: amounts.map(({ item, from, to, span: { terms, quantity }, gross, mrr, coupons }) => ({
      id: `${item}:${from}`, subscription_id: id, subscription_item_id: item, customer_id: customer, price_id: terms.id, product_id: terms.product, plan: terms.plan ?? terms.id, billing_interval: terms.interval, interval_count: terms.intervalCount, quantity,
      currency: currencyOf(one['currency']), gross_mrr: gross, mrr, coupons, start_date: instant(from), end_date: instant(to),
    })),
  }
}

function subscriptionRecord(one: StripeObject, items: readonly StripeObject[]): SyncRecord {
  const periods = (name: string): readonly number[] => listOf([one, ...items]).flatMap((part) => numberOf(at(part, name)) ?? [])
  const starts = periods('current_period_start')
  const ends = periods('current_period_end')
  return {
    id: one['id'], customer_id: idOf(one['customer']), status: one['status'], created: instant(one['created']), start_date: instant(one['start_date']), ended_at: instant(one['ended_at']), cancel_at: instant(one['cancel_at']),
    cancel_at_period_end: one['cancel_at_period_end'], canceled_at: instant(one['canceled_at']), cancellation_reason: at(one, 'cancellation_details', 'reason'), cancellation_feedback: at(one, 'cancellation_details', 'feedback'),
    trial_start: instant(one['trial_start']), trial_end: instant(one['trial_end']), pause_behavior: at(one, 'pause_collection', 'behavior'), pause_resumes_at: instant(at(one, 'pause_collection', 'resumes_at')),
    current_period_start: starts.length === 0 ? null : instant(Math.min(...starts)), current_period_end: ends.length === 0 ? null : instant(Math.max(...ends)), collection_method: one['collection_method'], currency: currencyOf(one['currency']), metadata: one['metadata'],
  }
}
