import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { KpiqlError } from '../base/errors.ts'

/** What a folder of data brings its model from. */
export type FolderModel =
  /** Model files that stand in the folder. */
  | { readonly kind: 'own'; readonly paths: readonly string[] }
  /** Packs whose layout the folder has; `tables` are the tables that have a file. */
  | { readonly kind: 'packs'; readonly packs: readonly string[]; readonly tables: ReadonlySet<string>; readonly now: string | null }

const TABLE_FILE = /^(.+?)\.(?:csv|tsv|txt|parquet|json|ndjson|jsonl)(?:\.gz)?$/i
const MODEL_FILE = /^(?:kpiql|.+\.kpiql)\.ya?ml$/i

/**
 * Looks at the names in a folder, at the first line of `users.csv` and at a demo company's truth file, and nothing else.
 *
 * @throws KpiqlError `USAGE` when there is no such folder, no data in it, or no layout that is known.
 */
export async function recogniseFolder(folder: string): Promise<FolderModel> {
  const names = await namesIn(folder)
  const own = names.filter((name) => MODEL_FILE.test(name))
  if (names.includes('model') && (await stat(join(folder, 'model'))).isDirectory()) own.push('model')
  if (own.length > 0) return { kind: 'own', paths: own.map((name) => join(folder, name)) }

  const tables = tablesAmong(names)
  const has = (...wanted: readonly string[]): boolean => wanted.every((table) => tables.has(table))
  const packs: string[] = []
  if (has('customers', 'subscriptions', 'payments')) packs.push('saas')
  const now = await presentOfDemo(folder)
  if (packs.length > 0 && now !== null) packs.push('demo')
  if (has('feedback') || has('features') || (await holdsDailyUsers(folder, names))) packs.push('product-daily')
  if (packs.length > 0) return { kind: 'packs', packs, tables, now }

  throw new KpiqlError('USAGE', {
    message: tables.size === 0 ? 'The data folder holds no CSV, Parquet, JSON or NDJSON file.' : 'The data folder has none of the layouts that are known, and no model of its own.',
    hint: tables.size === 0 ? 'Name the folder that holds the files.' : 'Propose a model to edit with: kpiql init --data DIR',
  })
}

/** Names of the tables that a folder's files hold, by the names of the files; in lower case, since `Customers.CSV` is read as `customers`. */
export function tablesAmong(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.flatMap((name) => tableOf(name) ?? []))
}

function tableOf(name: string): string | undefined {
  return TABLE_FILE.exec(name)?.[1]?.toLowerCase()
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    throw new KpiqlError('USAGE', { message: 'The data folder cannot be read, or is none.', hint: 'Check the path after --data.', cause })
  }
}

/** A SaaS layout may have a `users` table of its own kind; that of daily figures has a column `dau`. */
async function holdsDailyUsers(folder: string, names: readonly string[]): Promise<boolean> {
  const name = names.find((candidate) => tableOf(candidate) === 'users')
  if (name === undefined) return false
  if (!/\.(csv|tsv|txt)$/i.test(name)) return true
  const file = await open(join(folder, name))
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const header = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0] ?? ''
    return /(^|[^\w])dau([^\w]|$)/i.test(header)
  } finally {
    await file.close()
  }
}

const demoTruth = z.object({ generator: z.literal('kpiql-demo'), history: z.object({ until: z.iso.date() }) })

/** The day after the last of a demo company, which is its present; null where there is none. */
export async function presentOfDemo(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, 'truth.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (!text.includes('"kpiql-demo"')) return null
  const truth = demoTruth.safeParse(JSON.parse(text))
  return truth.success ? dayAfter(truth.data.history.until) : null
}

/** @param day YYYY-MM-DD */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
}
