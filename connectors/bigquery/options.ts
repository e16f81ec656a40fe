import { z } from 'zod'
import { commonOptions, secret } from '../sql-kit/options.ts'
import type { CommonOptions } from '../sql-kit/options.ts'

export interface BigqueryOptions extends CommonOptions {
  /** The project that runs the statements and pays for them. */
  readonly projectId: string
  /** The dataset whose tables are read; of another project as `project.dataset`. */
  readonly dataset: string
  /** Where the dataset lies, such as `EU`; absent: BigQuery finds out by the tables of a statement. */
  readonly location?: string | undefined
  /** Credentials as a file, as their JSON, or as a token that something else renews; none: those of the environment. */
  readonly keyFilename?: string | undefined
  readonly credentials?: string | undefined
  readonly accessToken?: string | undefined
  /** What one statement may be billed for, in bytes. BigQuery refuses those beyond before they read. */
  readonly maximumBytesBilled: number
  /** Asks what a statement would read before it is run; free, but one round trip more. */
  readonly estimateFirst: boolean
  readonly useQueryCache: boolean
  /** Labels of jobs, besides `application: kpiql`. */
  readonly labels: Readonly<Record<string, string>>
  /** Another address than Google's own. */
  readonly apiEndpoint?: string | undefined
}

const NAME = /^[a-z][a-z0-9_-]{0,62}$/

export const bigqueryOptions: z.ZodType<BigqueryOptions> = z
  .strictObject({
    ...commonOptions,
    projectId: z.string().min(1),
    dataset: z.string().regex(/^([\w:.-]+\.)?\w+$/, 'a dataset, or project.dataset'),
    location: z.string().min(1).optional(),
    keyFilename: z.string().min(1).optional(),
    credentials: secret(z.string().refine(isServiceAccount, 'the JSON of a key, with client_email and private_key')).optional(),
    accessToken: secret(z.string().min(1)).optional(),
    maximumBytesBilled: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(10_000_000_000),
    estimateFirst: z.boolean().default(false),
    useQueryCache: z.boolean().default(true),
    labels: z.record(z.string().regex(NAME, 'lower case, digits, _ and -'), z.string().regex(/^[a-z0-9_-]{0,63}$/, 'lower case, digits, _ and -')).default({}),
    apiEndpoint: z
      .string()
      .refine((text) => /^https?:\/\/[^/?#@]+$/.test(text) && URL.canParse(text), 'an address such as https://bigquery.example.com, without a path')
      .optional(),
  })
  .refine(({ keyFilename, credentials, accessToken }) => [keyFilename, credentials, accessToken].filter((given) => given !== undefined).length <= 1, 'name one of `keyFilename`, `credentials` and `accessToken`')

/** A service account's key, as Google hands it out. @throws SyntaxError where the text is no JSON. */
export function readServiceAccount(text: string): { readonly client_email: string; readonly private_key: string } {
  return z.object({ client_email: z.string().min(1), private_key: z.string().min(1) }).parse(JSON.parse(text))
}

function isServiceAccount(text: string): boolean {
  try {
    readServiceAccount(text)
    return true
  } catch {
    return false
  }
}
