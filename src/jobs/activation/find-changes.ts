import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ActivationMember, MemberRecord } from '../../store/activation-records.ts'
import type { Membership } from './read-membership.ts'
import { settleMember } from './settle-member.ts'

const PAGE = 5000

/** How many changes are to be sent, those of earlier runs included. */
export interface ChangeCount {
  readonly entered: number
  readonly left: number
}

/**
 * Compares a membership with what the destination was told, and hands out what changes about it, page by page.
 *
 * @param told a page of members that the destination was told of, after the one given, in order; empty where nothing was ever sent.
 * @param put told of the changed records; a dry run keeps none of them.
 */
export async function findChanges(told: (after: string, first: number) => Promise<readonly ActivationMember[]>, number: number, { addresses }: Membership, put: (changed: readonly MemberRecord[]) => Promise<void>, signal: AbortSignal): Promise<ChangeCount> {
  const count = { entered: 0, left: 0 }
  const known = new Set<string>()
  const settle = (members: readonly (readonly [string, ActivationMember | null])[]): readonly MemberRecord[] =>
    members.flatMap(([member, record]) => {
      const changed = settleMember(member, record, addresses.has(member), number)
      const pending = changed === null ? (record?.pending ?? null) : (changed.record?.pending ?? null)
      if (pending !== null) count[pending]++
      return changed === null ? [] : [changed]
    })
  for (let after: string | null = ''; after !== null; ) {
    const page: readonly ActivationMember[] = await told(after, PAGE)
    for (const { member } of page) known.add(member)
    await put(settle(page.map((record) => [record.member, record])))
    after = page.length < PAGE ? null : (page.at(-1)?.member ?? null)
    signal.throwIfAborted()
    await nextTurn()
  }
  let fresh: string[] = []
  const settleFresh = async (): Promise<void> => {
    await put(settle(fresh.map((member) => [member, null])))
    fresh = []
    signal.throwIfAborted()
    await nextTurn()
  }
  let looked = 0
  for (const address of addresses) {
    if (!known.has(address)) fresh.push(address)
    if (++looked % PAGE === 0) await settleFresh()
  }
  await settleFresh()
  return count
}
