import type { ActivationChange, ActivationMember, MemberRecord } from '../../store/activation-records.ts'

/**
 * What is to become of a member's record, given whether they belong now; null where nothing does.
 *
 * A pending change whose direction still holds stays, with its number, and is sent (again). One that does not hold any more is
 * dropped where the destination refused it, so that it never took place there; else it may have arrived, and the opposite is sent as a new change.
 *
 * @param record null for a member that nothing is known of.
 * @param number of this run.
 */
export function settleMember(member: string, record: ActivationMember | null, isIn: boolean, number: number): MemberRecord | null {
  const wanted: ActivationChange = isIn ? 'entered' : 'left'
  if (record === null) return isIn ? { member, record: { told: 'out', pending: wanted, number, reason: null } } : null
  const { told, pending, reason } = record
  // What was refused is sent again, and from then on may have arrived.
  if (pending === wanted) return reason === null ? null : { member, record: { told, pending, number: record.number, reason: null } }
  const holds = isIn ? 'in' : 'out'
  if (pending === null) return told === holds ? null : { member, record: { told, pending: wanted, number, reason: null } }
  if (reason === null) return { member, record: { told: 'unknown', pending: wanted, number, reason: null } }
  if (told !== holds) return { member, record: { told, pending: wanted, number, reason: null } }
  return { member, record: isIn ? { told, pending: null, number: null, reason: null } : null }
}

/**
 * The record once the destination has answered. A change of an earlier run that is refused now may have arrived then.
 *
 * @param reason null for a change that it took.
 * @param run its number.
 */
export function acknowledged({ member, told, pending, number }: ActivationMember, reason: string | null, run: number): MemberRecord {
  if (reason !== null) return { member, record: { told: number === run ? told : 'unknown', pending, number, reason } }
  return { member, record: pending === 'left' ? null : { told: 'in', pending: null, number: null, reason: null } }
}
