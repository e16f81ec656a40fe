import { column, money, moneyColumns } from './columns.ts'
import { upsert } from './object-kind.ts'
import type { ObjectKind } from './object-kind.ts'
import { at, idOf, instant, listOf, major } from './record.ts'

export const products: ObjectKind = {
  name: 'products',
  object: 'product',
  path: '/v1/products',
  isFact: false,
  events: ['product.created', 'product.updated', 'product.deleted'],
  tables: [
    {
      name: 'products',
      description: 'What is sold.',
      key: ['id'],
      columns: [column('id'), column('created', 'timestamp'), column('updated', 'timestamp'), column('name'), column('description'), column('active', 'boolean'), column('unit_label'), column('default_price_id'), column('metadata', 'json')],
    },
  ],
  writes: (objects) => [
    upsert('products', objects.map((one) => ({
      id: one['id'], created: instant(one['created']), updated: instant(one['updated']), name: one['name'], description: one['description'], active: one['active'],
      unit_label: one['unit_label'], default_price_id: idOf(one['default_price']), metadata: one['metadata'],
    }))),
  ],
}

export const prices: ObjectKind = {
  name: 'prices',
  object: 'price',
  path: '/v1/prices',
  expand: ['tiers'],
  isFact: false,
  events: ['price.created', 'price.updated', 'price.deleted'],
  tables: [
    {
      name: 'prices',
      description: 'What products cost.',
      key: ['id'],
      columns: [
        column('id'), column('product_id'), column('created', 'timestamp'), column('nickname'), column('lookup_key'), column('active', 'boolean'), column('type'), column('currency'),
        column('unit_amount_minor', 'decimal', { scale: 12, description: 'In the smallest unit of the currency; may have fractions. Null for tiers.' }),
        column('unit_amount', 'decimal', { scale: 15, description: 'In the major unit of the currency.' }),
        column('billing_interval'), column('interval_count', 'integer'), column('usage_type'), column('billing_scheme'), column('tiers_mode'), column('tiers', 'json'), column('metadata', 'json'),
      ],
    },
  ],
  writes: (objects) => [
    upsert('prices', objects.map((one) => {
      const unit = one['unit_amount_decimal'] ?? one['unit_amount']
      return {
        id: one['id'], product_id: idOf(one['product']), created: instant(one['created']), nickname: one['nickname'], lookup_key: one['lookup_key'], active: one['active'], type: one['type'],
        ...money(one['currency'], {}), unit_amount_minor: unit, unit_amount: major(unit, one['currency']),
        billing_interval: at(one, 'recurring', 'interval'), interval_count: at(one, 'recurring', 'interval_count'), usage_type: at(one, 'recurring', 'usage_type'),
        billing_scheme: one['billing_scheme'], tiers_mode: one['tiers_mode'], tiers: listOf(one['tiers']).length === 0 ? null : one['tiers'], metadata: one['metadata'],
      }
    })),
  ],
}

export const coupons: ObjectKind = {
  name: 'coupons',
  object: 'coupon',
  path: '/v1/coupons',
  isFact: false,
  events: ['coupon.created', 'coupon.updated', 'coupon.deleted'],
  tables: [
    {
      name: 'coupons',
      description: 'Discounts that customers can be given.',
      key: ['id'],
      columns: [
        column('id'), column('created', 'timestamp'), column('name'), column('duration', 'text', { description: 'once, repeating or forever.' }), column('duration_in_months', 'integer'),
        column('percent_off', 'decimal'), column('currency'), ...moneyColumns('amount_off'), column('valid', 'boolean'), column('times_redeemed', 'integer'), column('max_redemptions', 'integer'), column('redeem_by', 'timestamp'), column('metadata', 'json'),
      ],
    },
  ],
  writes: (objects) => [
    upsert('coupons', objects.map((one) => ({
      id: one['id'], created: instant(one['created']), name: one['name'], duration: one['duration'], duration_in_months: one['duration_in_months'], percent_off: one['percent_off'],
      ...money(one['currency'], { amount_off: one['amount_off'] }), valid: one['valid'], times_redeemed: one['times_redeemed'], max_redemptions: one['max_redemptions'], redeem_by: instant(one['redeem_by']), metadata: one['metadata'],
    }))),
  ],
}
