import { z } from 'zod'
import { commonOptions, secret } from '../sql-kit/options.ts'
import type { CommonOptions } from '../sql-kit/options.ts'

export interface ClickhouseOptions extends CommonOptions {
  /** Address of the HTTP interface, such as `https://warehouse:8443`. */
  readonly url: string
  readonly database: string
  readonly user: string
  readonly password: string
  /** Path of a file with the certificates, in PEM, of the authorities to believe; absent: those of Node. */
  readonly caFile?: string | undefined
}

export interface ClickhouseLandingOptions extends ClickhouseOptions {
  /** Database that synced records land in. */
  readonly landingDatabase: string
}

const shape = {
  ...commonOptions,
  url: z.string().refine(isPlainAddress, 'an address such as https://warehouse:8443, without user, password, path or parameters'),
  database: z.string().min(1).default('default'),
  user: z.string().min(1).default('default'),
  password: secret(z.string().default('')),
  caFile: z.string().min(1).optional(),
}

export const clickhouseOptions: z.ZodType<ClickhouseOptions> = asOne(z.strictObject(shape))

export const clickhouseLandingOptions: z.ZodType<ClickhouseLandingOptions> = asOne(z.strictObject({ ...shape, landingDatabase: z.string().min(1).default('kpiql_synced') }))

/** What holds of several options together. */
function asOne<T extends z.ZodType<ClickhouseOptions>>(options: T): T {
  return options.refine(({ url, caFile }) => caFile === undefined || /^https:/i.test(url), '`caFile` is for a `url` that begins with https://')
}

/** What stands in an address would be taken for options by the client. */
function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(text)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '' && pathname === '/' && search === '' && hash === ''
}
