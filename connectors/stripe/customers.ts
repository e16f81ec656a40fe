import { column, money, moneyColumns, personal } from './columns.ts'
import { upsert } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import { at, instant } from './record.ts'

export const customers: ObjectKind = {
  name: 'customers',
  object: 'customer',
  path: '/v1/customers',
  isFact: false,
  events: ['customer.created', 'customer.updated', 'customer.deleted'],
  tables: [
    {
      name: 'customers',
      description: 'Everyone who was made a customer and not deleted.',
      key: ['id'],
      person: { user: ['id'], email: ['email'] },
      columns: [
        column('id'), column('created', 'timestamp'), personal('email'), personal('name'), personal('phone'), personal('description'), column('country'), personal('city'), personal('postal_code'), column('currency'),
        ...moneyColumns('balance').map((one) => ({ ...one, description: 'What the customer owes beyond invoices; negative: a credit.' })),
        column('delinquent', 'boolean'), column('tax_exempt'), column('livemode', 'boolean'), personal('metadata', 'json'),
      ],
    },
  ],
  writes: (objects) => [
    upsert('customers', objects.map((one) => ({
      id: one['id'], created: instant(one['created']), email: one['email'], name: one['name'], phone: one['phone'], description: one['description'],
      country: at(one, 'address', 'country'), city: at(one, 'address', 'city'), postal_code: at(one, 'address', 'postal_code'),
      ...money(one['currency'], { balance: one['balance'] }), delinquent: one['delinquent'], tax_exempt: one['tax_exempt'], livemode: one['livemode'], metadata: one['metadata'],
    }))),
  ],
}
