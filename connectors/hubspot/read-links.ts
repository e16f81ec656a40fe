import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { Link, ObjectReading } from './object-reading.ts'
import { refuseErrors } from './read-batch.ts'
import type { BatchErrors } from './read-batch.ts'

export interface Linked {
  readonly from: string
  readonly to: string
  readonly is_primary: boolean
  /** Names of the kinds of association, with semicolons; null without any. */
  readonly labels: string | null
}

interface LinkAnswer extends BatchErrors {
  readonly results: readonly {
    readonly from: { readonly id: string }
    readonly to: readonly { readonly toObjectId: string | number; readonly associationTypes: readonly { readonly category: string; readonly typeId: number; readonly label: string | null }[] }[]
    readonly paging?: { readonly next?: { readonly after?: string } }
  }[]
}

/** What records are associated with. A record with more than a page of associations is asked on alone. */
export async function readLinks({ kind, client }: ObjectReading, { to, primaryTypeId }: Link, ids: readonly string[], signal: AbortSignal): Promise<readonly Linked[]> {
  const found = new Map<string, Linked>()
  const refuse = refuseLoops('HubSpot')
  let inputs: readonly { readonly id: string; readonly after?: string }[] = ids.map((id) => ({ id }))
  while (inputs.length > 0) {
    refuse(inputs)
    const answer = await client.post<LinkAnswer>(client.paths.associations(kind.object, to), { inputs }, signal)
    refuseErrors(answer)
    for (const { from, to: ends } of answer.results) {
      for (const { toObjectId, associationTypes } of ends) {
        const labels = associationTypes.map(({ label }) => label).filter((label) => label !== null)
        const isPrimary = associationTypes.some(({ category, typeId }) => category === 'HUBSPOT_DEFINED' && typeId === primaryTypeId)
        found.set(`${from.id}/${toObjectId}`, { from: from.id, to: String(toObjectId), is_primary: isPrimary, labels: labels.length === 0 ? null : labels.join(';') })
      }
    }
    inputs = answer.results.flatMap(({ from, paging }) => (paging?.next?.after === undefined ? [] : [{ id: from.id, after: paging.next.after }]))
  }
  return [...found.values()]
}
