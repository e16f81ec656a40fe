import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { commonOptions, secret } from '../sql-kit/options.ts'
import type { CommonOptions } from '../sql-kit/options.ts'

export interface SnowflakeOptions extends CommonOptions {
  /** `organisation-account`, or the older locator with its region. */
  readonly account: string
  readonly user: string
  /** One of the three. */
  readonly password?: string | undefined
  /** A key in PEM. */
  readonly privateKey?: string | undefined
  /** A programmatic access token. */
  readonly token?: string | undefined
  readonly privateKeyPassphrase?: string | undefined
  readonly role?: string | undefined
  readonly warehouse?: string | undefined
  readonly database: string
  readonly schema: string
  /** Another address than the account's own, such as `https://acme.privatelink.snowflakecomputing.com`. */
  readonly accessUrl?: string | undefined
}

export const snowflakeOptions: z.ZodType<SnowflakeOptions> = z
  .strictObject({
    ...commonOptions,
    account: z.string().regex(/^[\w.-]+$/, 'an account, such as organisation-account'),
    user: z.string().min(1),
    password: secret(z.string().min(1)).optional(),
    privateKey: secret(z.string().min(1)).optional(),
    token: secret(z.string().min(1)).optional(),
    privateKeyPassphrase: secret(z.string().min(1)).optional(),
    role: z.string().min(1).optional(),
    warehouse: z.string().min(1).optional(),
    database: z.string().min(1),
    schema: z.string().min(1).default('public'),
    accessUrl: z
      .string()
      .refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://acme.privatelink.snowflakecomputing.com, without a path')
      .optional(),
  })
  .refine(({ password, privateKey, token }) => [password, privateKey, token].filter((given) => given !== undefined).length === 1, 'name one of `password`, `privateKey` and `token`')
  .refine(({ privateKey, privateKeyPassphrase }) => privateKey === undefined || readKey(privateKey, privateKeyPassphrase) !== null, '`privateKey` is no private key in PEM, or `privateKeyPassphrase` does not open it')

/** The key as the client wants it, without a passphrase; null where it cannot be read. */
export function readKey(pem: string, passphrase: string | undefined): string | null {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) }).export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch {
    return null
  }
}
