import type { DuckDBConnection } from '@duckdb/node-api'
import type { GroupSlots } from '../contract.ts'

/** Of a connection: how many bits of groups are addressed by their values. */
export const SLOT_SETTING = 'perfect_ht_threshold'
/** Up to here the engine addresses groups by their values anyway. */
export const OWN_BITS = 12
/** Numbers of groups beyond this are no small numbers to the engine. */
const MOST_BITS = 27
/** The engine does not count slots as memory of its own, so they have a share of what it may use. */
const SHARE = 1 / 3

/** What statements of one engine may hold in slots at a time, each thread its own. */
export class SlotBudget {
  readonly #threads: number
  #freeBytes: number

  constructor(memoryBytes: number, threads: number) {
    this.#freeBytes = memoryBytes * SHARE
    this.#threads = threads
  }

  /** @returns Bytes taken, to be given back; 0 where the slots are too many. */
  take({ bits, bytes }: GroupSlots): number {
    const all = 2 ** bits * bytes * this.#threads
    if (bits <= OWN_BITS || bits > MOST_BITS || all > this.#freeBytes) return 0
    this.#freeBytes -= all
    return all
  }

  giveBack(bytes: number): void {
    this.#freeBytes += bytes
  }
}

/** @param connection of an engine, whose limits are those of all its connections. */
export async function slotBudget(connection: DuckDBConnection): Promise<SlotBudget> {
  const [[memory, threads] = []] = (await connection.runAndReadAll(`SELECT current_setting('memory_limit'), current_setting('threads')`)).getRows()
  return new SlotBudget(bytesOf(String(memory)), Number(threads))
}

/** Groups of a connection's next statement are addressed by their values up to so many bits; beyond them, and by default beyond 12, they are hashed. */
export async function addressUpTo(lent: { readonly connection: DuckDBConnection; slotBits: number }, bits: number): Promise<void> {
  const wanted = Math.max(bits, OWN_BITS)
  if (lent.slotBits === wanted) return
  await lent.connection.run(`SET SESSION ${SLOT_SETTING} = ${wanted}`)
  lent.slotBits = wanted
}

const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 }

/** As the engine writes sizes: `953.6 MiB`. */
function bytesOf(text: string): number {
  const [amount = '', unit = ''] = text.split(' ')
  const bytes = Number(amount) * (UNITS[unit] ?? Number.NaN)
  return Number.isFinite(bytes) ? bytes : 0
}
