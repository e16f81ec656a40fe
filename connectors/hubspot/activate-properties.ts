import type { ActivationTarget, ChangeOutcome, MembershipChange } from '../activation-contract.ts'
import { cohortName } from '../sync-kit/cohort-name.ts'
import type { HubspotActivationOptions } from './activate-options.ts'
import type { HubspotClient } from './client.ts'
import { findRecords } from './find-records.ts'
import { writeBatch } from './write-batch.ts'

const GROUP = { name: 'kpiql_cohorts', label: 'KPIQL cohorts' }
const NOT_THERE = 'HubSpot has no such record. With `create: true` it is made.'
/** HubSpot's own bound of names. */
const LONGEST_NAME = 100

/**
 * A yes-or-no property a cohort: set to true for whoever is in it, to false for whoever left. One property with many choices would
 * have to be read before it is written, and two cohorts sent at once would undo each other's.
 */
export function activateProperties(client: HubspotClient, options: HubspotActivationOptions): Pick<ActivationTarget, 'prepare' | 'send'> {
  const { object, prefix, idProperty, create } = options
  const nameOf = (cohort: string): string => `${prefix}${cohortName(cohort, LONGEST_NAME - prefix.length)}`
  const update = async (changes: readonly MembershipChange[], property: string, signal: AbortSignal): Promise<ReadonlyMap<string, ChangeOutcome>> => {
    const ids = await findRecords(client, options, changes.map(({ member }) => member), signal)
    const known = changes.filter(({ member }) => ids.has(member))
    // Two members may be one record by now: it is in where one of them is.
    const byRecord = new Map<string, boolean>()
    for (const { member, change } of known) byRecord.set(ids.get(member) ?? '', byRecord.get(ids.get(member) ?? '') === true || change === 'entered')
    const written = await writeBatch(client, options, 'update', [...byRecord].map(([id, isIn]) => ({ id, properties: { [property]: String(isIn) } })), signal)
    const outcomes = new Map([...byRecord.keys()].map((id, index) => [id, written[index]]))
    return new Map(changes.map(({ member, change }): [string, ChangeOutcome] => {
      const id = ids.get(member)
      const outcome = id === undefined ? undefined : outcomes.get(id)
      // Who is gone is in no cohort either.
      return [member, outcome ?? (change === 'left' ? { ok: true } : { ok: false, reason: NOT_THERE })]
    }))
  }
  return {
    async prepare(cohort, signal) {
      const place = client.paths.properties(object)
      const { status } = await client.ask({ path: `${place}/${nameOf(cohort)}`, accept: [404] }, signal)
      if (status !== 404) return
      // 409: another made it in the meantime.
      await client.ask({ method: 'POST', path: `${place}/groups`, json: GROUP, accept: [409] }, signal)
      const property = { name: nameOf(cohort), label: `Cohort: ${cohort}`, description: 'Kept by KPIQL.', groupName: GROUP.name, type: 'bool', fieldType: 'booleancheckbox', options: [{ label: 'Yes', value: 'true', displayOrder: 0, hidden: false }, { label: 'No', value: 'false', displayOrder: 1, hidden: false }] }
      await client.ask({ method: 'POST', path: place, json: property, accept: [409] }, signal)
    },
    async send({ cohort, changes }, signal) {
      const property = nameOf(cohort)
      const made = create ? changes.filter(({ change }) => change === 'entered') : []
      const written = await writeBatch(client, options, 'upsert', made.map(({ member }) => ({ id: member, idProperty, properties: { [property]: 'true' } })), signal)
      const upserted = new Map(made.map(({ member }, index) => [member, written[index]]))
      const updated = await update(changes.filter(({ member }) => !upserted.has(member)), property, signal)
      return changes.map(({ member }) => upserted.get(member) ?? updated.get(member) ?? { ok: false, reason: NOT_THERE })
    },
  }
}
