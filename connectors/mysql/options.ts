import { isIP } from 'node:net'
import { z } from 'zod'
import { commonOptions, secret, type CommonOptions } from '../sql-kit/options.ts'
import { CA_FILE_UNUSED, defaultTls, tlsOptions, type TlsMode, type TlsOptions } from '../sql-kit/tls.ts'

export interface MysqlOptions extends CommonOptions, TlsOptions {
  readonly host: string
  readonly port: number
  /** A socket file of this machine in place of host and port. */
  readonly socketPath?: string | undefined
  readonly database: string
  readonly user: string
  readonly password: string
  /** Paths of the client's certificate and key, in PEM, for users who log in with one. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

export const mysqlOptions: z.ZodType<MysqlOptions> = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.number().int().min(1).max(65_535).default(3306),
    socketPath: z.string().min(1).optional(),
    database: z.string().min(1),
    user: z.string().min(1),
    password: secret(z.string()).default(''),
    ...tlsOptions,
    certFile: z.string().min(1).optional(),
    keyFile: z.string().min(1).optional(),
    ...commonOptions,
  })
  .refine((options) => options.caFile === undefined || tlsOf(options) === 'verify-full', CA_FILE_UNUSED)
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), '`certFile` and `keyFile` go together')
  .refine((options) => options.certFile === undefined || tlsOf(options) !== 'disable', '`certFile` and `keyFile` are for encrypted connections: say `tls: require` or `verify-full`')
  // For want of a name the driver would compare the certificate's with "localhost".
  .refine((options) => tlsOf(options) !== 'verify-full' || (options.socketPath === undefined && isIP(options.host) === 0), '`tls: verify-full` needs the `host` by its name, which the certificate has')

/** Whether and how connections are encrypted. */
export function tlsOf({ host, socketPath, tls }: Pick<MysqlOptions, 'host' | 'socketPath' | 'tls'>): TlsMode {
  return tls ?? (socketPath === undefined ? defaultTls(host) : 'disable')
}
