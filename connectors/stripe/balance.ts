import { column, money, moneyColumns } from './columns.ts'
import { upsert } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import { idOf, instant } from './record.ts'

/** Of what is about a payment, the description is that of the payment, which may name the customer. https://docs.stripe.com/reports/balance-transaction-types */
const OF_CUSTOMERS = /^(charge|payment|refund|adjustment|obligation|contribution)|_refund$/

/** Every movement of the account's money. They do not change but for becoming available, so the newest are listed again. */
export const balanceTransactions: ObjectKind = {
  name: 'balance_transactions',
  object: 'balance_transaction',
  path: '/v1/balance_transactions',
  isFact: true,
  events: null,
  tables: [
    {
      name: 'balance_transactions',
      description: 'Every movement of the account’s money, in the currency it is settled in.',
      key: ['id'],
      columns: [
        column('id'), column('created', 'timestamp'), column('available_on', 'timestamp'), column('type'), column('reporting_category'), column('status'), column('source_id'), column('description', 'text', { description: 'Of movements that are no payment of a customer: what it says of those stands with the charge.' }), column('currency'), ...moneyColumns('amount', 'fee', 'net'),
        column('exchange_rate', 'float'),
      ],
    },
  ],
  writes: (objects) => [
    upsert('balance_transactions', objects.map((one) => ({
      id: one['id'], created: instant(one['created']), available_on: instant(one['available_on']), type: one['type'], reporting_category: one['reporting_category'], status: one['status'], source_id: idOf(one['source']), description: OF_CUSTOMERS.test(String(one['type'])) ? null : one['description'],
      ...money(one['currency'], { amount: one['amount'], fee: one['fee'], net: one['net'] }), exchange_rate: one['exchange_rate'],
    }))),
  ],
}

export const payouts: ObjectKind = {
  name: 'payouts',
  object: 'payout',
  path: '/v1/payouts',
  isFact: true,
  events: ['payout.created', 'payout.updated', 'payout.paid', 'payout.failed', 'payout.canceled', 'payout.reconciliation_completed'],
  tables: [
    {
      name: 'payouts',
      description: 'Money that was sent to the company’s bank.',
      key: ['id'],
      columns: [column('id'), column('created', 'timestamp'), column('arrival_date', 'timestamp'), column('status'), column('type'), column('method'), column('automatic', 'boolean'), column('failure_code'), column('currency'), ...moneyColumns('amount'), column('balance_transaction_id'), column('metadata', 'json')],
    },
  ],
  writes: (objects) => [
    upsert('payouts', objects.map((one) => ({
      id: one['id'], created: instant(one['created']), arrival_date: instant(one['arrival_date']), status: one['status'], type: one['type'], method: one['method'], automatic: one['automatic'], failure_code: one['failure_code'],
      ...money(one['currency'], { amount: one['amount'] }), balance_transaction_id: idOf(one['balance_transaction']), metadata: one['metadata'],
    }))),
  ],
}
