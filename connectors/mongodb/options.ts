import { z } from 'zod'
import { commonOptions, secret } from '../sql-kit/options.ts'
import { CA_FILE_UNUSED, tlsOptions } from '../sql-kit/tls.ts'
import { saysTlsPlainly, tlsInUrl, tlsOf } from './tls-of.ts'

const columnType = z.enum(['text', 'boolean', 'integer', 'decimal', 'float', 'date', 'timestamp'])

export const optionShape = {
  /** A connection string, `mongodb://…` or `mongodb+srv://…`; a secret, since it may hold the password. In place of host, port, user and password. */
  url: secret(z.string().regex(/^mongodb(?:\+srv)?:\/\//, 'begins with mongodb:// or mongodb+srv://').optional()),
  host: z.string().min(1).optional(),
  port: z.number().int().min(1).max(65_535).default(27_017),
  user: z.string().min(1).optional(),
  password: secret(z.string().optional()),
  /** The database that knows the user; absent: `admin`. */
  authSource: z.string().min(1).optional(),
  database: z.string().min(1),
  ...tlsOptions,
  readPreference: z.enum(['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest']).default('primaryPreferred'),
  readConcern: z.enum(['local', 'available', 'majority']).default('majority'),
  /** Collections and views to be seen; absent: all that may be read. */
  tables: z.array(z.string().min(1)).min(1).optional(),
  /** Documents of each collection that are looked at to find its columns. */
  sampleSize: z.number().int().min(1).max(100_000).default(1000),
  /** Types of fields, by collection and path, that the documents looked at do not show: a Date that is only a day, a field few documents have. */
  columns: z.record(z.string(), z.record(z.string(), columnType)).default({}),
  ...commonOptions,
}

export const mongodbOptions = z
  .strictObject(optionShape)
  .refine(({ url, host }) => (url === undefined) !== (host === undefined), { message: 'either `url` or `host`, not both' })
  .refine(({ user, password, url }) => (user === undefined) === (password === undefined) && (url === undefined || user === undefined), { message: '`user` and `password` go together, and with `host`' })
  .refine(({ url }) => url === undefined || saysTlsPlainly(url), '`url` may say no more of TLS than tls=true or tls=false; `tls` and `caFile` say the rest')
  .refine(({ url, tls }) => url === undefined || tls === undefined || (tlsInUrl(url) ?? tls !== 'disable') === (tls !== 'disable'), '`tls` and `url` contradict each other')
  .refine((options) => options.caFile === undefined || tlsOf(options) === 'verify-full', CA_FILE_UNUSED)

export type MongodbOptions = z.infer<typeof mongodbOptions>
