import { column, money, moneyColumns, ofCustomer, personal } from './columns.ts'
import { subjectOf, upsert } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import { at, idOf, instant } from './record.ts'

export const charges: ObjectKind = {
  name: 'charges',
  object: 'charge',
  path: '/v1/charges',
  isFact: true,
  events: ['charge.succeeded', 'charge.failed', 'charge.pending', 'charge.captured', 'charge.expired', 'charge.updated', 'charge.refunded', 'charge.dispute.created', 'charge.dispute.closed'],
  idsOf: (event) => (at(event, 'data', 'object', 'object') === 'charge' ? subjectOf(event, 'charge') : [at(event, 'data', 'object', 'charge')].flatMap((charge) => idOf(charge) ?? [])),
  tables: [
    {
      name: 'charges',
      description: 'Every attempt to collect a payment.',
      key: ['id'],
      columns: [
        column('id'), column('customer_id'), column('invoice_id', 'text', { description: 'Told by versions of the API before 2025-03-31 only.' }), column('payment_intent_id'), column('created', 'timestamp'), column('status', 'text', { description: 'succeeded, pending or failed.' }),
        column('currency'), ...moneyColumns('amount', 'amount_captured', 'amount_refunded'), column('captured', 'boolean'), column('refunded', 'boolean'), column('disputed', 'boolean'),
        column('failure_code'), column('decline_code'), column('payment_method_type'), column('card_brand'), column('card_country'), column('balance_transaction_id'), personal('description'), personal('metadata', 'json'),
      ],
      ...ofCustomer('description', 'metadata'),
    },
  ],
  writes: (objects) => [
    upsert('charges', objects.map((one) => ({
      id: one['id'], customer_id: idOf(one['customer']), invoice_id: idOf(one['invoice']), payment_intent_id: idOf(one['payment_intent']), created: instant(one['created']), status: one['status'],
      ...money(one['currency'], { amount: one['amount'], amount_captured: one['amount_captured'], amount_refunded: one['amount_refunded'] }), captured: one['captured'], refunded: one['refunded'], disputed: one['disputed'],
      failure_code: one['failure_code'], decline_code: at(one, 'outcome', 'network_decline_code') ?? at(one, 'outcome', 'reason'), payment_method_type: at(one, 'payment_method_details', 'type'),
      card_brand: at(one, 'payment_method_details', 'card', 'brand'), card_country: at(one, 'payment_method_details', 'card', 'country'), balance_transaction_id: idOf(one['balance_transaction']), description: one['description'], metadata: one['metadata'],
    }))),
  ],
}

export const refunds: ObjectKind = {
  name: 'refunds',
  object: 'refund',
  path: '/v1/refunds',
  isFact: true,
  events: ['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated', 'charge.refunded'],
  // charge.refunded is about the charge, and the only one that accounts on older versions are sent.
  async idsOf(event, api) {
    const charge = subjectOf(event, 'charge')[0]
    return charge === undefined ? subjectOf(event, 'refund') : (await api.all('/v1/refunds', { charge })).flatMap((refund) => idOf(refund) ?? [])
  },
  tables: [
    {
      name: 'refunds',
      description: 'What was paid back.',
      key: ['id'],
      columns: [column('id'), column('charge_id'), column('payment_intent_id'), column('customer_id'), column('created', 'timestamp'), column('status'), column('reason'), column('failure_reason'), column('currency'), ...moneyColumns('amount'), column('balance_transaction_id'), personal('metadata', 'json')],
      ...ofCustomer('metadata'),
    },
  ],
  expand: ['charge'],
  writes: (objects) => [
    upsert('refunds', objects.map((one) => ({
      id: one['id'], charge_id: idOf(one['charge']), payment_intent_id: idOf(one['payment_intent']), customer_id: idOf(one['customer']) ?? idOf(at(one, 'charge', 'customer')), created: instant(one['created']), status: one['status'], reason: one['reason'], failure_reason: one['failure_reason'],
      ...money(one['currency'], { amount: one['amount'] }), balance_transaction_id: idOf(one['balance_transaction']), metadata: one['metadata'],
    }))),
  ],
}

export const disputes: ObjectKind = {
  name: 'disputes',
  object: 'dispute',
  path: '/v1/disputes',
  isFact: true,
  events: ['charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed', 'charge.dispute.funds_withdrawn', 'charge.dispute.funds_reinstated'],
  tables: [
    {
      name: 'disputes',
      description: 'Payments that customers had their bank question.',
      key: ['id'],
      columns: [column('id'), column('charge_id'), column('payment_intent_id'), column('customer_id'), column('created', 'timestamp'), column('status'), column('reason'), column('currency'), ...moneyColumns('amount'), column('evidence_due_by', 'timestamp'), personal('metadata', 'json')],
      ...ofCustomer('metadata'),
    },
  ],
  expand: ['charge'],
  writes: (objects) => [
    upsert('disputes', objects.map((one) => ({
      id: one['id'], charge_id: idOf(one['charge']), payment_intent_id: idOf(one['payment_intent']), customer_id: idOf(at(one, 'charge', 'customer')), created: instant(one['created']), status: one['status'], reason: one['reason'],
      ...money(one['currency'], { amount: one['amount'] }), evidence_due_by: instant(at(one, 'evidence_details', 'due_by')), metadata: one['metadata'],
    }))),
  ],
}

export const creditNotes: ObjectKind = {
  name: 'credit_notes',
  object: 'credit_note',
  path: '/v1/credit_notes',
  isFact: true,
  events: ['credit_note.created', 'credit_note.updated', 'credit_note.voided'],
  tables: [
    {
      name: 'credit_notes',
      description: 'What was taken back of finalized invoices.',
      key: ['id'],
      columns: [column('id'), column('number'), column('invoice_id'), column('customer_id'), column('created', 'timestamp'), column('voided_at', 'timestamp'), column('status'), column('type'), column('reason'), column('currency'), ...moneyColumns('total', 'subtotal', 'discount'), personal('metadata', 'json')],
      ...ofCustomer('metadata'),
    },
  ],
  writes: (objects) => [
    upsert('credit_notes', objects.map((one) => ({
      id: one['id'], number: one['number'], invoice_id: idOf(one['invoice']), customer_id: idOf(one['customer']), created: instant(one['created']), voided_at: instant(one['voided_at']), status: one['status'], type: one['type'], reason: one['reason'],
      ...money(one['currency'], { total: one['total'] ?? one['amount'], subtotal: one['subtotal'], discount: one['discount_amount'] }), metadata: one['metadata'],
    }))),
  ],
}
