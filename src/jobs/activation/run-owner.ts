import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { KeptRun } from '../../store/activation-records.ts'

/** How long a run counts as alive after its last sign of life. */
export const ALIVE_MS = 60_000

const SELF = { host: hostname(), pid: process.pid, token: randomBytes(8).toString('hex') }

/** This process, as runs name the one that runs them. */
export const OWNER = JSON.stringify(SELF)

/** Whether the process of a run that has not ended goes on: one that was killed on this machine is known to be gone at once, one elsewhere by its silence. */
export function isAlive({ owner, aliveUntilMs }: Pick<KeptRun, 'owner' | 'aliveUntilMs'>, nowMs: number): boolean {
  if (aliveUntilMs <= nowMs) return false
  const { host, pid, token } = JSON.parse(owner) as typeof SELF
  if (host !== SELF.host) return true
  // In a container the process that was started again has the number of the one before.
  if (pid === SELF.pid) return token === SELF.token
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
