import type { SyncRecord } from '../sync-contract.ts'
import { column, money, moneyColumns, ofCustomer, personal } from './columns.ts'
import { children, upsert } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import { at, idOf, instant, major, numberOf, objectsOf, subscriptionOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

export const invoices: ObjectKind = {
  name: 'invoices',
  object: 'invoice',
  path: '/v1/invoices',
  isFact: true,
  // Not invoice.upcoming, whose invoice has no id and is none yet.
  events: [
    'invoice.created', 'invoice.updated', 'invoice.deleted', 'invoice.finalized', 'invoice.finalization_failed', 'invoice.paid', 'invoice.payment_failed', 'invoice.payment_action_required',
    'invoice.marked_uncollectible', 'invoice.voided', 'invoice.sent', 'invoice.overdue', 'invoice.overpaid', 'credit_note.created', 'credit_note.updated', 'credit_note.voided',
  ],
  idsOf: (event) => [at(event, 'data', 'object')].flatMap((subject) => (at(subject, 'object') === 'invoice' ? idOf(subject) : idOf(at(subject, 'invoice'))) ?? []),
  tables: [
    {
      name: 'invoices',
      description: 'What customers were billed.',
      key: ['id'],
      columns: [
        column('id'), column('number'), column('customer_id'), column('subscription_id'), column('created', 'timestamp'), column('status'), column('billing_reason'), column('collection_method'), column('currency'),
        ...moneyColumns('subtotal', 'total', 'tax', 'discount', 'amount_due', 'amount_paid', 'amount_remaining', 'credited'),
        column('attempt_count', 'integer'), column('attempted', 'boolean'), column('period_start', 'timestamp'), column('period_end', 'timestamp'), column('due_date', 'timestamp'),
        column('finalized_at', 'timestamp'), column('paid_at', 'timestamp'), column('voided_at', 'timestamp'), column('marked_uncollectible_at', 'timestamp'), personal('metadata', 'json'),
      ],
      ...ofCustomer('metadata'),
    },
    {
      name: 'invoice_lines',
      description: 'What invoices consist of.',
      key: ['id'],
      columns: [
        column('id'), column('invoice_id'), column('customer_id'), column('subscription_id'), column('subscription_item_id'), column('price_id'), column('product_id'), personal('description'), column('currency'), ...moneyColumns('amount', 'discount'),
        column('quantity', 'integer'), column('proration', 'boolean'), column('period_start', 'timestamp'), column('period_end', 'timestamp'), personal('metadata', 'json'),
      ],
      ...ofCustomer('description', 'metadata'),
    },
  ],
  alsoRemoved: (ids) => [children('invoice_lines', 'invoice_id', ids, [])],
  async writes(objects, { api }) {
    const lines = await Promise.all(objects.map((one) => api.whole(one['lines'], `/v1/invoices/${encodeURIComponent(String(one['id']))}/lines`)))
    return [
      upsert('invoices', objects.map(invoiceRecord)),
      children('invoice_lines', 'invoice_id', objects.map(({ id }) => String(id)), objects.flatMap((one, index) => (lines[index] ?? []).map((line) => lineRecord(line, one)))),
    ]
  },
}

function invoiceRecord(one: StripeObject): SyncRecord {
  const transitions = one['status_transitions']
  return {
    id: one['id'], number: one['number'], customer_id: idOf(one['customer']), subscription_id: subscriptionOf(one), created: instant(one['created']), status: one['status'], billing_reason: one['billing_reason'], collection_method: one['collection_method'],
    ...money(one['currency'], {
      subtotal: one['subtotal'], total: one['total'], tax: sumOf(one['total_taxes'] ?? one['total_tax_amounts']), discount: sumOf(one['total_discount_amounts']),
      amount_due: one['amount_due'], amount_paid: one['amount_paid'], amount_remaining: one['amount_remaining'],
      credited: (numberOf(one['pre_payment_credit_notes_amount']) ?? 0) + (numberOf(one['post_payment_credit_notes_amount']) ?? 0),
    }),
    attempt_count: one['attempt_count'], attempted: one['attempted'], period_start: instant(one['period_start']), period_end: instant(one['period_end']), due_date: instant(one['due_date']),
    finalized_at: instant(at(transitions, 'finalized_at')), paid_at: instant(at(transitions, 'paid_at')), voided_at: instant(at(transitions, 'voided_at')), marked_uncollectible_at: instant(at(transitions, 'marked_uncollectible_at')), metadata: one['metadata'],
  }
}

/** Both shapes: since 2025-03-31 (basil) `pricing` and `parent`, before `price` and the line's own fields. */
function lineRecord(line: StripeObject, invoice: StripeObject): SyncRecord {
  const details = at(line, 'parent', 'subscription_item_details') ?? at(line, 'parent', 'invoice_item_details')
  const discount = sumOf(line['discount_amounts'])
  return {
    id: line['id'], invoice_id: invoice['id'], customer_id: idOf(invoice['customer']), subscription_id: subscriptionOf(line), subscription_item_id: idOf(line['subscription_item']) ?? textOf(at(details, 'subscription_item')),
    price_id: idOf(at(line, 'pricing', 'price_details', 'price')) ?? idOf(line['price']) ?? idOf(line['plan']), product_id: idOf(at(line, 'pricing', 'price_details', 'product')) ?? idOf(at(line, 'price', 'product')) ?? idOf(at(line, 'plan', 'product')),
    description: line['description'], ...money(line['currency'], { amount: line['amount'] }), discount_minor: discount, discount: major(discount, line['currency']),
    quantity: line['quantity'], proration: at(details, 'proration') ?? line['proration'], period_start: instant(at(line, 'period', 'start')), period_end: instant(at(line, 'period', 'end')), metadata: line['metadata'],
  }
}

function sumOf(parts: unknown): number {
  return objectsOf(parts).reduce((sum, { amount }) => sum + (numberOf(amount) ?? 0), 0)
}
