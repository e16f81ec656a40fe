import { z } from 'zod'
import { commonOptions, secret, type CommonOptions } from '../sql-kit/options.ts'

export interface TlsOptions {
  /** Certificates of the authorities to trust, PEM; absent: those of Node. */
  readonly ca?: string | undefined
  /** Certificate and key of the client, PEM. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** `false` takes any certificate: safe against listeners, not against impostors. */
  readonly verify: boolean
}

export interface MysqlOptions extends CommonOptions {
  readonly host: string
  readonly port: number
  /** A socket file of this machine in place of host and port. */
  readonly socketPath?: string | undefined
  readonly database: string
  readonly user: string
  readonly password: string
  /** `true`: encrypted, certificate checked. */
  readonly tls: boolean | TlsOptions
}

const tls = z.strictObject({
  ca: z.string().min(1).optional(),
  cert: z.string().min(1).optional(),
  key: secret(z.string().min(1)).optional(),
  verify: z.boolean().default(true),
})

export const mysqlOptions: z.ZodType<MysqlOptions> = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65_535).default(3306),
  socketPath: z.string().min(1).optional(),
  database: z.string().min(1),
  user: z.string().min(1),
  password: secret(z.string()).default(''),
  tls: z.union([z.boolean(), tls]).default(false),
  ...commonOptions,
})
