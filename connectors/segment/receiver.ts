import { createHmac, timingSafeEqual } from 'node:crypto'
import { KpiqlError } from '../../src/base/errors.ts'
import type { SyncRecord, TableWrite, WebhookReceiver } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { MESSAGE_TYPES, objectOf, textOf, userOf, writesOf } from './message.ts'
import type { Message, MessageLayout } from './message.ts'

/** Where a message that asks to delete a user finds rows. */
const TABLES_OF_USERS = ['tracks', 'pages', 'screens', 'identifies', 'groups', 'aliases', 'users']

/**
 * Takes what Segment's Webhooks destination sends: one message, or a list of them. Each is signed: `X-Signature` is the
 * hexadecimal HMAC-SHA1 of the body as it came, with the shared secret (https://segment.com/docs/connections/destinations/catalog/webhooks/).
 */
export function webhookReceiver(secret: string, layout: MessageLayout): WebhookReceiver {
  return {
    receive({ headers, body, nowUtcMs }) {
      if (!isSigned(secret, body, headers['x-signature'])) {
        throw new KpiqlError('WEBHOOK_REFUSED', { message: 'The signature of the message does not fit.', hint: 'Enter the same shared secret in the Webhooks destination and as `webhookSecret` of the source.' })
      }
      return read(body).flatMap((part) => ('deleted' in part ? forget(part, nowUtcMs) : [...writesOf(part.messages, layout, nowUtcMs), ...usersOf(part.messages, layout, nowUtcMs)]))
    },
  }
}

type Part = { readonly messages: readonly Message[] } | { readonly deleted: string; readonly askedUtcMs: number | null }

function isSigned(secret: string, body: Uint8Array, signature: string | undefined): boolean {
  const expected = createHmac('sha1', secret).update(body).digest()
  const given = Buffer.from(signature ?? '', 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** Messages in their order, cut where users are deleted. */
function read(body: Uint8Array): readonly Part[] {
  const parsed = parse(body)
  const parts: Part[] = []
  let messages: Message[] = []
  for (const [index, one] of (Array.isArray(parsed) ? parsed : [parsed]).entries()) {
    const { type, ...fields } = objectOf(one)
    const deleted = type === 'delete' ? textOf(fields['userId']) : null
    if (deleted !== null) {
      parts.push({ messages }, { deleted, askedUtcMs: utcMsOfIso(fields['timestamp']) })
      messages = []
    } else if (isType(type)) messages.push({ ...fields, type })
    else throw invalid(`Message ${index + 1} of the body has no type that Segment sends.`)
  }
  return [...parts, { messages }]
}

function isType(type: unknown): type is Message['type'] {
  return MESSAGE_TYPES.some((known) => known === type)
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown
  } catch {
    throw invalid('The body is no JSON.')
  }
}

function invalid(message: string): KpiqlError {
  return new KpiqlError('WEBHOOK_INVALID', { message, hint: 'This address takes messages of Segment’s Webhooks destination: track, page, screen, identify, group, alias and delete.' })
}

function usersOf(messages: readonly Message[], layout: MessageLayout, nowUtcMs: number): readonly TableWrite[] {
  const records = messages.map((message) => userOf(message, layout, nowUtcMs)).filter((record): record is SyncRecord => record !== null)
  return records.length === 0 ? [] : [{ kind: 'upsert', table: 'users', records, latestBy: 'identified_at', merges: true }]
}

/**
 * A deletion takes what was until it came, and no more: Segment deletes without suppressing what comes later, or blocks that itself
 * (https://segment.com/docs/privacy/user-deletion-and-suppression/). Messages that are delivered again bring nobody back.
 */
function forget({ deleted, askedUtcMs }: { readonly deleted: string; readonly askedUtcMs: number | null }, nowUtcMs: number): readonly TableWrite[] {
  const forgetsUntilUtcMs = Math.max(askedUtcMs ?? nowUtcMs, nowUtcMs)
  return TABLES_OF_USERS.map((table) => ({ kind: 'replace', table, where: { column: 'user_id', values: [deleted] }, records: [], forgetsUntilUtcMs }))
}
