import { z } from 'zod'
import { commonOptions, secret, type CommonOptions } from '../sql-kit/options.ts'
import { CA_FILE_UNUSED, tlsOptions, type TlsOptions } from '../sql-kit/tls.ts'
import { addressOf, readConnectionString } from './connection-string.ts'

export interface PostgresOptions extends CommonOptions, TlsOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`, instead of the five parts. */
  readonly connectionString?: string | undefined
  readonly host?: string | undefined
  readonly port: number
  readonly database?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Tables of this schema go by their bare names, those of others as `schema.table`. */
  readonly schema: string
  /** The server may give a statement parallel workers where fewer than so many others run when it begins; it runs in one process otherwise. */
  readonly parallelStatements: number
}

export interface PostgresLandingOptions extends PostgresOptions {
  /** Schema that synced records land in. */
  readonly landingSchema: string
}

export const postgresShape = {
  ...commonOptions,
  connectionString: secret(z.string().min(1)).optional(),
  host: z.string().min(1).optional(),
  port: z.number().int().min(1).max(65_535).default(5432),
  database: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  password: secret(z.string()).optional(),
  schema: z.string().min(1).default('public'),
  parallelStatements: z.number().int().min(0).max(64).default(1),
  ...tlsOptions,
}

export const postgresOptions: z.ZodType<PostgresOptions> = asOne(z.strictObject(postgresShape))

export const postgresLandingOptions: z.ZodType<PostgresLandingOptions> = asOne(z.strictObject({ ...postgresShape, landingSchema: z.string().min(1).max(63).default('kpiql_synced') }))

/** What holds of several options together. */
function asOne<T extends z.ZodType<PostgresOptions>>(options: T): T {
  return options
    .refine(({ connectionString, host }) => (connectionString === undefined) !== (host === undefined), 'name either `connectionString` or `host`')
    .refine(({ connectionString, database, user, password }) => (connectionString === undefined ? database !== undefined && user !== undefined : database === undefined && user === undefined && password === undefined), '`host` takes `database` and `user` beside it; a `connectionString` holds them itself')
    .refine(({ connectionString }) => connectionString === undefined || readConnectionString(connectionString) !== null, '`connectionString` must read postgres://user:password@host:port/database, with at most ?sslmode=disable, require or verify-full')
    .refine((options) => options.caFile === undefined || addressOf(options).tls === 'verify-full', CA_FILE_UNUSED)
}
