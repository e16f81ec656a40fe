import { z } from 'zod'

/** `guard` of a source: when it is left alone, how often it is asked again, and how many may wait for it. */
export const guardOptions = z.strictObject({
  /** Calls in a row that found the source down or too slow before it is left alone. */
  failures: z.number().int().min(1).max(1000).default(5),
  /** How long it is left alone at first, in milliseconds; doubled whenever a trial fails. */
  openMs: z.number().int().min(10).max(3_600_000).default(5_000),
  /** The longest it is left alone, in milliseconds. */
  maxOpenMs: z.number().int().min(10).max(3_600_000).default(60_000),
  /** How often a read that failed before anything came of it is asked again. */
  retries: z.number().int().min(0).max(2).default(2),
  /** Statements that may wait while as many run as the source takes. */
  maxQueued: z.number().int().min(0).max(100_000).default(100),
})

export type GuardOptions = z.output<typeof guardOptions>
