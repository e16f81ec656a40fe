import { createHmac, timingSafeEqual } from 'node:crypto'
import { startVendor } from './vendor-server.ts'
import type { VendorServer } from './vendor-server.ts'

export interface FakeReceiver extends VendorServer {
  readonly secret: string
  /** Who is in which cohort. */
  readonly cohorts: Map<string, Set<string>>
  /** Ids of changes, in the order in which they came first. */
  readonly seen: Set<string>
  /** Every change of every request it took, repetitions included. */
  readonly heardChanges: { readonly id: string; readonly member: string; readonly change: string }[]
  /** Members it takes no changes of, with its reason. */
  readonly refused: Map<string, string>
}

const SECRET = 'a-secret-of-thirty-two-characters'
const TOLERATED_S = 300

/** A receiver that does as docs/guides/activation.md asks: checks the signature and its age, drops repetitions by the id of the change. @param now UTC ms. */
export async function startReceiver(now: () => number = Date.now): Promise<FakeReceiver> {
  const state = { secret: SECRET, cohorts: new Map<string, Set<string>>(), seen: new Set<string>(), heardChanges: [] as FakeReceiver['heardChanges'], refused: new Map<string, string>() }
  const server = await startVendor(({ method, headers, body }) => {
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return { status: 415, json: {} }
    const timestamp = headers['x-kpiql-timestamp'] ?? ''
    const expected = Buffer.from(`v1=${createHmac('sha256', SECRET).update(`${timestamp}.`).update(body).digest('hex')}`)
    const given = Buffer.from(headers['x-kpiql-signature'] ?? '')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { status: 401, json: { error: 'signature' } }
    if (Math.abs(now() / 1000 - Number(timestamp)) > TOLERATED_S) return { status: 401, json: { error: 'too old' } }
    const { cohort, changes, asOf, test } = JSON.parse(body.toString()) as { cohort: string; asOf: string; test?: boolean; changes: FakeReceiver['heardChanges'] }
    if (test === true) return { status: 204 }
    if (Number.isNaN(Date.parse(asOf)) || !headers['idempotency-key']) return { status: 400, json: { error: 'shape' } }
    const members = state.cohorts.get(cohort) ?? new Set()
    state.cohorts.set(cohort, members)
    const refused: { id: string; reason: string }[] = []
    for (const change of changes) {
      const { id, member, change: what } = change
      const reason = state.refused.get(member)
      if (reason !== undefined) {
        refused.push({ id, reason })
        continue
      }
      state.heardChanges.push(change)
      if (state.seen.has(id)) continue
      state.seen.add(id)
      if (what === 'entered') members.add(member)
      else members.delete(member)
    }
    return refused.length === 0 ? { status: 204 } : { json: { refused } }
  })
  return Object.assign(state, server)
}
