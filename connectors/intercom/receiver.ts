import { createHmac, timingSafeEqual } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import type { TableWrite, WebhookReceiver } from '../sync-contract.ts'
import { idOf, itemOf } from './fields.ts'
import type { Item } from './fields.ts'

/**
 * Follows deletions, which the API does not list. Everything else comes with the next sync.
 *
 * Topics: https://developers.intercom.com/docs/references/2.16/webhooks/webhook-models, signature:
 * https://developers.intercom.com/docs/webhooks/webhook-notifications (X-Hub-Signature: sha1 of the body under the app's secret).
 */
export function receiver(clientSecret: string): WebhookReceiver {
  return {
    receive({ headers, body }) {
      const expected = Buffer.from(`sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`)
      const given = Buffer.from(headers['x-hub-signature'] ?? '')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new KpiqlError('WEBHOOK_REFUSED', { message: 'The notification is not signed with the secret of the Intercom app.', hint: 'Compare `clientSecret` with the client secret under Basic information of the app.' })
      }
      const { topic, data } = parsed(body)
      return typeof topic === 'string' ? writesOf(topic, itemOf(itemOf(data)['item'])) : []
    },
  }
}

function parsed(body: Uint8Array): Item {
  try {
    return itemOf(JSON.parse(Buffer.from(body).toString('utf8')))
  } catch {
    throw new KpiqlError('WEBHOOK_INVALID', { message: 'The notification is no JSON.' })
  }
}

function writesOf(topic: string, item: Item): readonly TableWrite[] {
  const [kind = '', ...rest] = topic.split('.')
  const isGone = ['deleted', 'archived', 'archive'].includes(rest.at(-1) ?? '')
  const id = idOf(item['id']) ?? idOf(item[`${kind}_id`])
  if (!isGone || id === null) return []
  const gone = (table: string): TableWrite => ({ kind: 'delete', table, keys: [[id]] })
  const goneWith = (table: string): TableWrite => ({ kind: 'replace', table, where: { column: 'conversation_id', values: [id] }, records: [] })
  switch (kind) {
    case 'contact':
      return [gone('contacts')]
    case 'company':
      return [gone('companies')]
    case 'ticket':
      return [gone('tickets')]
    case 'conversation':
      return [gone('conversations'), ...['conversation_tags', 'conversation_parts', 'conversation_part_reads'].map(goneWith)]
    default:
      return []
  }
}
