import { z } from 'zod'
import { secret } from '../sql-kit/options.ts'
import { DEFAULT_REPORTS, PERIODS } from './reports.ts'
import type { Period, ReportName } from './reports.ts'

export interface GoogleAnalyticsOptions {
  /** The property's number, as the admin pages of Analytics show it. */
  readonly property: string
  /** JSON key of a service account that may read the property. */
  readonly keyFile?: string | undefined
  /** An OAuth access token in place of a key; for trying out, since it ends after an hour. */
  readonly accessToken?: string | undefined
  readonly baseUrl: string
  readonly apiVersion: string
  /** Which of the reports that come with the connector are read. */
  readonly defaultReports: readonly ReportName[]
  readonly reports: readonly WrittenReport[]
  /** Days before the last one read that are read again, since Analytics goes on working on them. */
  readonly restateDays: number
  /** Days, weeks or months that one request asks for at most. */
  readonly periodsPerRequest: number
  readonly rowsPerPage: number
  readonly timeoutMs: number
}

export interface WrittenReport {
  readonly name: string
  readonly period: Period
  readonly dimensions: readonly string[]
  readonly metrics: readonly string[]
}

const apiName = z.string().regex(/^[A-Za-z][\w:]*$/, 'a name of the API, like sessionSource or customEvent:plan')

export const googleAnalyticsShape = {
  property: z.string().regex(/^\d+$/, "the property's number, like 213025502"),
  keyFile: z.string().min(1).optional(),
  accessToken: secret(z.string().min(1)).optional(),
  baseUrl: z.url().default('https://analyticsdata.googleapis.com'),
  apiVersion: z.string().min(1).default('v1beta'),
  defaultReports: z.array(z.enum(Object.keys(DEFAULT_REPORTS) as [ReportName, ...ReportName[]])).default(Object.keys(DEFAULT_REPORTS) as ReportName[]),
  reports: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name in snake_case').refine((name) => !(name in DEFAULT_REPORTS), 'a report of that name comes with the connector'),
        period: z.enum(PERIODS).default('day'),
        dimensions: z.array(apiName).max(8).default([]),
        metrics: z.array(apiName).min(1).max(10),
      }),
    )
    .default([]),
  restateDays: z.int().min(0).max(90).default(3),
  periodsPerRequest: z.int().min(1).max(366).default(31),
  rowsPerPage: z.int().min(1).max(250_000).default(100_000),
  timeoutMs: z.int().min(1).max(300_000).default(120_000),
}

export const googleAnalyticsOptions: z.ZodType<GoogleAnalyticsOptions> = z
  .strictObject(googleAnalyticsShape)
  .refine(({ keyFile, accessToken }) => (keyFile === undefined) !== (accessToken === undefined), 'name either `keyFile` or `accessToken`')
