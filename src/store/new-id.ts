import { randomBytes } from 'node:crypto'

let lastMs = 0
let lastCount = 0

/** A UUIDv7 (RFC 9562): ids sort by the time they were made, also those of one millisecond in one process. */
export function newId(nowMs: number): string {
  // A clock that was set back must not bring the order back with it.
  const ms = Math.max(nowMs, lastMs)
  lastCount = ms === lastMs ? lastCount + 1 : 0
  lastMs = lastCount > 0xfff ? ms + 1 : ms
  if (lastCount > 0xfff) lastCount = 0
  const time = lastMs.toString(16).padStart(12, '0')
  const random = randomBytes(8)
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
  const rest = random.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${lastCount.toString(16).padStart(3, '0')}-${rest.slice(0, 4)}-${rest.slice(4)}`
}
