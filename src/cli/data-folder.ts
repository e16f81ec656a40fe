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

/** The packs that fit the demo company. */
export const DEMO_PACKS = ['saas', 'product', 'satisfaction', 'delivery', 'demo'] as const

const TABLE_FILE = /^(.+?)\.(?:csv|tsv|txt|parquet|json|ndjson|jsonl)(?:\.gz)?$/i
const MODEL_FILE = /^(?:kpiql|.+\.kpiql)\.ya?ml$/i

/**
 * Looks at the names in a folder, at the first lines of files whose names many layouts use, and at a demo company's truth file,
 * and nothing else.
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
  const now = await presentOfDemo(folder)
  const isSaas = has('customers', 'subscriptions', 'payments')
  if (isSaas && now !== null) return { kind: 'packs', packs: DEMO_PACKS, tables, now }
  const packs: string[] = []
  if (isSaas) packs.push('saas')
  if (has('feedback') || has('features') || (await hasColumns(folder, names, 'users', ['dau']))) packs.push('product-daily')
  // One product pack at a time: both tell of daily active users.
  else if (await hasColumns(folder, names, 'events', ['event_id', 'user_id', 'customer_id', 'ts', 'event'])) packs.push('product')
  if (await hasColumns(folder, names, 'surveys', ['survey_id', 'user_id', 'ts', 'kind', 'score'])) packs.push('satisfaction')
  const delivers =
    packs.includes('product') || // its events tell of onboarding
    (await hasColumns(folder, names, 'sprints', ['sprint_id', 'team', 'start_date', 'end_date'])) ||
    (await hasColumns(folder, names, 'defects', ['defect_id', 'found_in', 'created_date']))
  if (delivers) packs.push('delivery')
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

/** Layouts of other kinds use the same names; the first line of a text file tells them apart, Parquet and JSON are taken at their name. */
async function hasColumns(folder: string, names: readonly string[], table: string, columns: readonly string[]): Promise<boolean> {
  const name = names.find((candidate) => tableOf(candidate) === table)
  if (name === undefined) return false
  if (!/\.(csv|tsv|txt)$/i.test(name)) return true
  const file = await open(join(folder, name))
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const header = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1)[0] ?? ''
    const words = new Set(header.toLowerCase().split(/\W+/))
    return columns.every((column) => words.has(column))
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
