import { z } from 'zod'

/** Options that every database has. */
export const commonOptions = {
  /** The source's own present, ISO; absent: the clock. */
  now: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), 'an ISO date or datetime')
    .optional(),
  /** Seconds for which the last look at data versions and tables is trusted. */
  ttlSeconds: z.number().min(0).default(60),
  /** Statements that run at once; more wait. */
  maxConcurrent: z.number().int().min(1).max(64).default(8),
  /** A statement that runs longer is stopped in the database. */
  statementTimeoutMs: z.number().int().min(1).max(3_600_000).default(60_000),
  connectTimeoutMs: z.number().int().min(1).max(600_000).default(10_000),
}

export interface CommonOptions {
  readonly now?: string | undefined
  readonly ttlSeconds: number
  readonly maxConcurrent: number
  readonly statementTimeoutMs: number
  readonly connectTimeoutMs: number
}

const secrets = new WeakSet<z.ZodType>()

/** Marks an option as a secret: it is never shown, and never part of a message. */
export function secret<T extends z.ZodType>(schema: T): T {
  secrets.add(schema)
  return schema
}

/** The values of options that are secrets, to be kept out of messages. */
export function secretsOf(shape: Readonly<Record<string, z.ZodType>>, options: object): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) => (typeof value === 'string' && value !== '' && shape[name] !== undefined && secrets.has(shape[name]) ? [value] : []))
}
