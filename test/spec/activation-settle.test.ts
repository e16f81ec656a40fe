import { describe, expect, it } from 'vitest'
import { acknowledged, settleMember } from '../../src/jobs/activation/settle-member.ts'
import type { ActivationMember, MemberRecord } from '../../src/store/activation-records.ts'

/** The same draws each time, by a linear congruence of 32 bits. */
function drawsOf(seed: number): (count: number) => number {
  let state = seed
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

describe('what is to be sent of a member', () => {
  it('makes the destination agree with the membership by the first run in which everything arrives, whatever happened before', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const draw = drawsOf(seed)
      let record: ActivationMember | null = null
      const put = ({ member, record: next }: MemberRecord): void => {
        record = next === null ? null : { member, ...next }
      }
      let isThere = false
      const heard = new Map<string, string>()
      const runs = 1 + draw(12)
      for (let run = 1; run <= runs; run++) {
        const isIn = draw(2) === 0
        const changed = settleMember('m', record, isIn, run)
        if (changed !== null) put(changed)
        const settled = record as ActivationMember | null
        // The last run arrives; those before may be killed before they send, after, be refused, or arrive.
        const fate = run === runs ? 'arrives' : (['killed before', 'killed after', 'refused', 'arrives'] as const)[draw(4)]
        if (settled?.pending && fate !== 'killed before') {
          const id = `${settled.pending}/${settled.number}`
          if (fate !== 'refused') {
            // An id stands for one change only.
            expect(heard.get(id) ?? settled.pending).toBe(settled.pending)
            if (!heard.has(id)) isThere = settled.pending === 'entered'
            heard.set(id, settled.pending)
          }
          if (fate !== 'killed after') put(acknowledged(settled, fate === 'refused' ? 'no' : null, run))
        }
        if (fate === 'arrives') {
          expect([seed, run, isThere]).toEqual([seed, run, isIn])
          expect(record).toEqual(isIn ? { member: 'm', told: 'in', pending: null, number: null, reason: null } : null)
          expect(settleMember('m', record, isIn, run + 1)).toBeNull()
        }
      }
    }
  })
})
