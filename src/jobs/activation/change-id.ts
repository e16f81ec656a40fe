import { createHash } from 'node:crypto'
import { stableText } from '../../base/stable-hash.ts'
import type { Audience } from '../../store/activation-records.ts'

/** 160 bits of SHA-256 in hexadecimal: the same for one change of one member however often it is sent, another one when the member enters again. */
export function changeId({ destination, cohort, entity }: Audience, member: string, change: string, number: number): string {
  return createHash('sha256').update(stableText([destination, cohort, entity, member, change, number])).digest('hex').slice(0, 40)
}
