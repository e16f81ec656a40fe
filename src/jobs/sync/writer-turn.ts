import type { Landing } from '../../../connectors/landing-contract.ts'
import type { Log } from '../../base/log.ts'

/** Of several gateways that land in one place one syncs; the others wait for its end, and say so once. */
export class WriterTurn {
  readonly #landing: Pick<Landing, 'claim'>
  readonly #log: Log
  #isWaiting = false

  constructor(landing: Pick<Landing, 'claim'>, log: Log) {
    this.#landing = landing
    this.#log = log
  }

  /** Whether this gateway is the one that syncs; it becomes that where nobody else is. @throws KpiqlError `SOURCE_*`. */
  async isOurs(): Promise<boolean> {
    const other = await this.#landing.claim()
    if (other !== null && !this.#isWaiting) this.#log.info({ syncedBy: other }, 'Another gateway syncs into the same place: the schedules of this one wait until it has ended.')
    if (other === null && this.#isWaiting) this.#log.info({}, 'The gateway that synced into the same place has ended: the schedules of this one go on.')
    this.#isWaiting = other !== null
    return other === null
  }
}
