import { z } from 'zod'
import { READ_FORMATS, READ_TYPES, type ReadOptions } from '../../src/base/read-options.ts'
import type { TableFeed } from '../contract.ts'

/** A table of the folder: how the model calls it and how its files are read. */
export interface TableSpec {
  readonly name: string
  readonly read: ReadOptions
}

const readOptions: z.ZodType<ReadOptions> = z.strictObject({
  file: z.string().min(1).nullable(),
  format: z.enum(READ_FORMATS).nullable(),
  delimiter: z.string().min(1).nullable(),
  header: z.boolean().nullable(),
  encoding: z.enum(['utf-8', 'latin-1', 'utf-16']).nullable(),
  timezone: z.string().min(1).nullable(),
  nullValues: z.array(z.string()),
  columns: z.array(
    z.strictObject({
      name: z.string().min(1),
      type: z.enum(READ_TYPES).nullable(),
      format: z.string().min(1).nullable(),
      required: z.boolean(),
      unique: z.boolean(),
      min: z.number().nullable(),
      values: z.array(z.string()).nullable(),
    }),
  ),
})

export interface DuckdbOptions {
  /** A folder of CSV, Parquet, JSON and NDJSON files. */
  readonly folder?: string | undefined
  /** Or a DuckDB database file, attached read-only. */
  readonly database?: string | undefined
  /** Or tables that the gateway hands over; not for configurations. */
  readonly feed?: TableFeed | undefined
  /** Tables of the folder, from the model; empty: every file is a table named by its base name. */
  readonly tables: readonly TableSpec[]
  /** What the engine may hold in memory, e.g. `1GB`; beyond it, it spills to disk. */
  readonly memoryLimit: string
  /** The engine's threads; absent: one a core. */
  readonly threads?: number | undefined
  /** The source's own present, ISO; absent: the clock. */
  readonly now?: string | undefined
  /** Seconds for which the last look at the files is trusted. */
  readonly ttlSeconds: number
}

const memoryLimit = z
  .string()
  .regex(/^\d+(\.\d+)? ?([KMGT]i?B)$/i, 'a size such as 1GB or 512MB')
  .default('1GB')
const threads = z.number().int().min(1).max(256).optional()

/** Of the engine where synced records land; its file is in the state folder. */
export const landingOptions: z.ZodType<Pick<DuckdbOptions, 'memoryLimit' | 'threads'>> = z.strictObject({ memoryLimit, threads })

export const duckdbOptions: z.ZodType<DuckdbOptions> = z
  .strictObject({
    folder: z.string().min(1).optional(),
    database: z.string().min(1).optional(),
    tables: z.array(z.strictObject({ name: z.string().min(1), read: readOptions })).default([]),
    memoryLimit,
    threads,
    now: z
      .string()
      .refine((text) => !Number.isNaN(Date.parse(text)), 'an ISO date or datetime')
      .optional(),
    ttlSeconds: z.number().min(0).default(10),
  })
  .refine(({ folder, database }) => (folder === undefined) !== (database === undefined), 'name either `folder` or `database`')
  .refine(({ database, tables }) => database === undefined || tables.length === 0, '`tables` are for a `folder`; a database file has its own')
