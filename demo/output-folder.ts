import { mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { KpiqlError } from '../src/base/errors.ts'

const ABANDONED_AFTER_MS = 3_600_000

/**
 * Lets `write` fill a hidden folder beside `out` and puts it in the place of `out` when done, so that a kill at any
 * moment leaves the old company, or none, but never half of one. An `out` that holds anything but an empty folder or
 * an earlier demo company is refused before any work, and never touched.
 *
 * @throws KpiqlError `USAGE` for a folder in use; whatever `write` throws, after the hidden folder is gone
 */
export async function replaceFolder<Result>(out: string, write: (folder: string) => Promise<Result>): Promise<Result> {
  const target = resolve(out)
  await refuseForeign(target)
  await mkdir(dirname(target), { recursive: true })
  await sweepAbandoned(target)
  const hidden = hiddenName(target, `partial-${process.pid}-${Date.now()}`)
  await mkdir(hidden)
  try {
    const result = await write(hidden)
    await refuseForeign(target)
    await swap(hidden, target)
    return result
  } catch (error) {
    await rm(hidden, { recursive: true, force: true })
    throw error
  }
}

async function swap(hidden: string, target: string): Promise<void> {
  const previous = hiddenName(target, `previous-${process.pid}-${Date.now()}`)
  const hadPrevious = await exists(target)
  if (hadPrevious) await rename(target, previous)
  try {
    await rename(hidden, target)
  } catch (error) {
    if (hadPrevious) await rename(previous, target)
    throw error
  }
  await rm(previous, { recursive: true, force: true })
}

async function refuseForeign(target: string): Promise<void> {
  if (!(await exists(target))) return
  const entries = (await stat(target)).isDirectory() ? await readdir(target) : null
  if (entries?.length === 0 || (entries !== null && (await holdsDemoCompany(target, entries)))) return
  throw new KpiqlError('USAGE', {
    message: 'The output folder exists and holds something else than a demo company.',
    hint: 'Name a folder that does not exist yet, an empty one, or one that an earlier demo company was written to.',
  })
}

async function holdsDemoCompany(target: string, entries: readonly string[]): Promise<boolean> {
  if (!entries.includes('truth.json') || !entries.every((name) => /^[a-z]+\.(csv|parquet|json)$/.test(name))) return false
  const truth = await readFile(join(target, 'truth.json'), 'utf8')
  return truth.includes('"generator": "kpiql-demo"')
}

/** Removes what runs killed long ago left beside the target; a recent one may still be at work. */
async function sweepAbandoned(target: string): Promise<void> {
  const prefixes = ['partial-', 'previous-'].map((kind) => basename(hiddenName(target, kind)))
  for (const name of await readdir(dirname(target))) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue
    const path = join(dirname(target), name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true })
  }
}

function hiddenName(target: string, suffix: string): string {
  return join(dirname(target), `.${basename(target)}.${suffix}`)
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
