import { KpiqlError } from '../../src/base/errors.ts'
import type { ChangeOutcome } from '../activation-contract.ts'
import { quoted } from '../http-kit/redact.ts'
import { findRefused } from '../sync-kit/find-refused.ts'
import type { HubspotActivationOptions } from './activate-options.ts'
import type { HubspotClient } from './client.ts'

/** `BatchResponse…WithErrors` of @hubspot/api-client 14. */
interface Answer {
  readonly results?: readonly unknown[]
  readonly numErrors?: number
  readonly errors?: readonly { readonly id?: string; readonly message?: string; readonly category?: string; readonly context?: Readonly<Record<string, readonly string[]>> }[]
}

export interface RecordWrite {
  /** The record's id, or the value of its unique property. */
  readonly id: string
  readonly idProperty?: string
  readonly properties: Readonly<Record<string, string>>
}

/**
 * Writes at most 100 records, each id once.
 *
 * @returns One outcome a record: HubSpot refuses single records with 207, and whole requests with 400 for one bad record; those are halved until it is found.
 */
export function writeBatch(client: HubspotClient, { object, accessToken }: HubspotActivationOptions, how: 'upsert' | 'update', writes: readonly RecordWrite[], signal: AbortSignal): Promise<readonly ChangeOutcome[]> {
  const send = async (inputs: readonly RecordWrite[]): Promise<readonly ChangeOutcome[]> => {
    const { status, body } = await client.ask<Answer>({ method: 'POST', path: client.paths.objects(object, `/batch/${how}`), json: { inputs } }, signal)
    const errors = body.errors ?? []
    if (status !== 207 && errors.length === 0) return inputs.map(() => ({ ok: true }))
    const said = (message: string | undefined): string => quoted(message ?? 'HubSpot gave no reason.', [accessToken])
    const reasons = new Map(errors.flatMap(({ id, message, context = {} }) => [...(id === undefined ? [] : [id]), ...Object.values(context).flat()].map((name) => [name.toLowerCase(), said(message)])))
    const named = inputs.filter(({ id }) => reasons.has(id.toLowerCase()))
    // An error that names no record is one of some of them: asked one by one, they tell which.
    if (named.length < Math.max(body.numErrors ?? 0, errors.length)) throw new KpiqlError('SOURCE_FAILED', { message: `HubSpot refused records: ${said(errors[0]?.message)}`, data: { status: 400 } })
    return inputs.map(({ id }) => {
      const reason = reasons.get(id.toLowerCase())
      return reason === undefined ? { ok: true } : { ok: false, reason }
    })
  }
  return findRefused(writes, send, ({ code, data }) => code === 'SOURCE_FAILED' && [400, 409].includes(Number(data?.['status'])))
}
