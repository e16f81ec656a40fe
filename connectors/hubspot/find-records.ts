import type { HubspotActivationOptions } from './activate-options.ts'
import type { HubspotClient } from './client.ts'

interface Found {
  readonly results: readonly { readonly id: string; readonly properties: Readonly<Record<string, string | null>> }[]
}

/** A contact is also found by the addresses it has besides the first. */
const MORE_ADDRESSES = 'hs_additional_emails'

/**
 * Ids of records by what members are known by; who is not there is left out.
 *
 * @param members at most 100.
 */
export async function findRecords(client: HubspotClient, { object, idProperty }: HubspotActivationOptions, members: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  if (members.length === 0) return found
  const properties = idProperty === 'email' ? [idProperty, MORE_ADDRESSES] : [idProperty]
  // Members that it does not know are told with 207, as errors.
  const { results } = await client.post<Found>(client.paths.objects(object, '/batch/read'), { idProperty, properties, inputs: members.map((id) => ({ id })) }, signal)
  const wanted = new Map(members.map((member) => [member.toLowerCase(), member]))
  for (const { id, properties: values } of results) {
    for (const address of [values[idProperty], ...(values[MORE_ADDRESSES] ?? '').split(';')]) {
      const member = wanted.get(address?.trim().toLowerCase() ?? '')
      if (member !== undefined) found.set(member, id)
    }
  }
  return found
}
