import { KpiqlError } from '../../src/base/errors.ts'
import type { ActivationTarget } from '../activation-contract.ts'
import type { HubspotActivationOptions } from './activate-options.ts'
import type { HubspotClient } from './client.ts'
import { findRecords } from './find-records.ts'
import { writeBatch } from './write-batch.ts'

const TYPES = { contacts: '0-1', companies: '0-2' } as const
const NOT_THERE = 'HubSpot has no such record. With `create: true` it is made.'

/** `ListFetchResponse` and `ListCreateResponse` of @hubspot/api-client 14. */
interface ListAnswer {
  readonly list?: { readonly listId: string; readonly processingType: string }
}

/** A static list a cohort, which members are added to and removed from. */
export function activateLists(client: HubspotClient, options: HubspotActivationOptions): Pick<ActivationTarget, 'prepare' | 'send'> {
  const { object, idProperty, create } = options
  const objectTypeId = TYPES[object]
  const { paths } = client
  const nameOf = (cohort: string): string => `KPIQL: ${cohort}`

  const find = async (cohort: string, signal: AbortSignal): Promise<string | null> => {
    const { status, body } = await client.ask<ListAnswer | null>({ path: paths.lists(`/object-type-id/${objectTypeId}/name/${encodeURIComponent(nameOf(cohort))}`), accept: [404] }, signal)
    if (status === 404 || !body?.list) return null
    if (body.list.processingType === 'DYNAMIC') throw new KpiqlError('SOURCE_FAILED', { message: `The list "${nameOf(cohort)}" fills itself in HubSpot; nobody can be added to it.`, hint: 'Rename that list in HubSpot; the next run makes a static one.' })
    return body.list.listId
  }
  return {
    async prepare(cohort, signal) {
      if ((await find(cohort, signal)) !== null) return
      await client.ask({ method: 'POST', path: paths.lists('/'), json: { name: nameOf(cohort), objectTypeId, processingType: 'MANUAL' } }, signal)
    },
    async send({ cohort, changes }, signal) {
      const list = await find(cohort, signal)
      if (list === null) throw new KpiqlError('SOURCE_FAILED', { message: `The list "${nameOf(cohort)}" is not in HubSpot any more.`, hint: 'The next run makes it again.' })
      const entering = create ? changes.filter(({ change }) => change === 'entered') : []
      const made = await writeBatch(client, options, 'upsert', entering.map(({ member }) => ({ id: member, idProperty, properties: {} })), signal)
      const reasons = new Map(entering.flatMap(({ member }, index) => {
        const outcome = made[index]
        return outcome === undefined || outcome.ok ? [] : [[member, outcome.reason] as const]
      }))
      const ids = await findRecords(client, options, changes.map(({ member }) => member), signal)
      const idsOf = (wanted: 'entered' | 'left'): readonly string[] => [...new Set(changes.flatMap(({ member, change }) => (change === wanted && ids.has(member) ? [ids.get(member) ?? ''] : [])))]
      const recordIdsToAdd = idsOf('entered')
      // Two members may be one record by now: it stays where one of them is in.
      const recordIdsToRemove = idsOf('left').filter((id) => !recordIdsToAdd.includes(id))
      if (recordIdsToAdd.length + recordIdsToRemove.length > 0) await client.ask({ method: 'PUT', path: paths.lists(`/${list}/memberships/add-and-remove`), json: { recordIdsToAdd, recordIdsToRemove } }, signal)
      return changes.map(({ member, change }) => (change === 'left' || ids.has(member) ? { ok: true } : { ok: false, reason: reasons.get(member) ?? NOT_THERE }))
    },
  }
}
