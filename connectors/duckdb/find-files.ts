import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { KpiqlError } from '../../src/base/errors.ts'
import { nearest } from '../../src/base/nearest.ts'
import { DEFAULT_READ_OPTIONS, type ReadFormat } from '../../src/base/read-options.ts'
import type { TableSpec } from './options.ts'

/** What a table is made of, at one look. */
export interface TableFiles {
  readonly spec: TableSpec
  readonly files: readonly DataFile[]
  /** Changes with the files' names, sizes and times, with the `read` options, and with the way of loading. */
  readonly fingerprint: string
}

export interface DataFile {
  /** Path inside the folder, as people know it. */
  readonly name: string
  readonly path: string
  readonly format: ReadFormat
  readonly bytes: number
  readonly modifiedMs: number
  readonly modifiedNs: string
}

/** A table that cannot be loaded, in words for whoever wrote the model or the file. */
export interface TableProblem {
  readonly table: string
  readonly file: string | null
  readonly column: string | null
  readonly message: string
  readonly hint: string | null
}

/** Raised whenever the same file would be loaded into another table than before. */
const LOADER_VERSION = 1

const ENDING = /\.(csv|tsv|txt|parquet|json|ndjson|jsonl)(\.gz)?$/i
const FORMATS: Readonly<Record<string, ReadFormat>> = { csv: 'csv', tsv: 'csv', txt: 'csv', parquet: 'parquet', json: 'json', ndjson: 'ndjson', jsonl: 'ndjson' }
const PROSE = /^(readme|licen[cs]e|notice|changelog)\b/i

/**
 * Looks at the folder: which files make which table, and in what state they are. Reads no content.
 * Without specs every file with a known ending is a table named by its base name (dots become `_`).
 *
 * @throws KpiqlError `DATA_INVALID` where the folder is not there.
 */
export async function findFiles(folder: string, specs: readonly TableSpec[]): Promise<{ tables: TableFiles[]; problems: TableProblem[] }> {
  const names = await namesIn(folder)
  const problems: TableProblem[] = []
  const tables: TableFiles[] = []
  for (const spec of specs.length > 0 ? specs : specsOf(names, problems)) {
    const found = filesOf(spec, names)
    if ('message' in found) {
      problems.push(found)
      continue
    }
    const files: DataFile[] = []
    for (const name of found.names) {
      const file = await look(folder, name, spec)
      if ('message' in file) problems.push(file)
      else files.push(file)
    }
    if (files.length === found.names.length) tables.push({ spec, files, fingerprint: fingerprintOf(spec, files) })
  }
  return { tables, problems }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'))
      .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
      .sort()
  } catch (cause) {
    throw new KpiqlError('DATA_INVALID', { message: 'The data folder is not there or cannot be read.', hint: 'Check `folder` in the configuration, or --data.', cause })
  }
}

function specsOf(names: readonly string[], problems: TableProblem[]): TableSpec[] {
  const byTable = new Map<string, string>()
  for (const name of names) {
    if (name.includes('/') || !ENDING.test(name) || PROSE.test(name)) continue
    const table = name.replace(ENDING, '').replaceAll('.', '_')
    const other = byTable.get(table.toLowerCase())
    if (other === undefined) byTable.set(table.toLowerCase(), name)
    else problems.push({ table, file: name, column: null, message: `${other} and ${name} would both be table "${table}".`, hint: 'Rename one, or say in the model which file each table reads (`read: { file: … }`).' })
  }
  return [...byTable.values()].map((file) => ({ name: file.replace(ENDING, '').replaceAll('.', '_'), read: { ...DEFAULT_READ_OPTIONS, file } }))
}

function filesOf(spec: TableSpec, names: readonly string[]): { names: string[] } | TableProblem {
  const problem = (message: string, hint: string): TableProblem => ({ table: spec.name, file: spec.read.file, column: null, message, hint })
  const { file } = spec.read
  if (file === null) {
    const found = names.filter((name) => ENDING.test(name) && name.replace(ENDING, '').toLowerCase() === spec.name.toLowerCase())
    if (found.length === 1) return { names: found }
    if (found.length > 1) return problem(`Table "${spec.name}" could be ${found.join(' or ')}.`, 'Say which with `read: { file: … }`, or take the others out of the folder.')
    return problem(`Table "${spec.name}" has no file: the folder holds no ${spec.name}.csv, .tsv, .txt, .parquet, .json, .ndjson or .jsonl.`, filesHint(spec.name, names))
  }
  if (isAbsolute(file) || file.split(/[\\/]/).includes('..')) return problem(`Table "${spec.name}" reads "${basename(file)}" from outside the data folder.`, 'Name a file or pattern inside the folder.')
  // A name that is there is that file, whatever its brackets would mean as a pattern.
  if (names.includes(file)) return { names: [file] }
  const found = names.filter((name) => globPattern(file).test(name))
  if (found.length > 0) return { names: found }
  return problem(`Table "${spec.name}" has no file: nothing in the folder is named "${file}".`, filesHint(file, names))
}

/** `*` and `?` stay within a folder, `**` does not. */
function globPattern(glob: string): RegExp {
  const pattern = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '**/') return '(?:.*/)?'
    if (found === '**') return '.*'
    if (found === '*') return '[^/]*'
    return found === '?' ? '[^/]' : `\\${found}`
  })
  return new RegExp(`^${pattern}$`)
}

function filesHint(wanted: string, names: readonly string[]): string {
  const byBase = new Map(names.map((name) => [name.replace(ENDING, ''), name]))
  const near = nearest(wanted.replace(ENDING, ''), byBase.keys(), 3).map((base) => byBase.get(base))
  if (near.length > 0) return `Closest: ${near.join(', ')}.`
  const listed = names.slice(0, 10).join(', ')
  return names.length === 0 ? 'The folder is empty.' : `The folder holds ${listed}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`
}

async function look(folder: string, name: string, spec: TableSpec): Promise<DataFile | TableProblem> {
  const problem = (message: string, hint: string): TableProblem => ({ table: spec.name, file: name, column: null, message, hint })
  const format = spec.read.format ?? FORMATS[ENDING.exec(name)?.[1]?.toLowerCase() ?? '']
  if (format === undefined) return problem(`${name} has no ending that tells its format.`, 'Say `read: { format: csv }` (or parquet, json, ndjson).')
  const path = join(folder, name)
  try {
    const facts = await stat(path, { bigint: true })
    if (facts.size === 0n) return problem(`${name} is empty (0 bytes).`, 'Write the file again, or take it out of the folder.')
    return { name, path, format, bytes: Number(facts.size), modifiedMs: Number(facts.mtimeMs), modifiedNs: facts.mtimeNs.toString() }
  } catch {
    // Renamed or deleted between listing and looking: the reader of this message can only look again.
    return problem(`${name} cannot be read.`, 'Check its permissions, and that nothing is replacing it.')
  }
}

function fingerprintOf(spec: TableSpec, files: readonly DataFile[]): string {
  const facts = [LOADER_VERSION, spec.read, files.map(({ name, format, bytes, modifiedNs }) => [name, format, bytes, modifiedNs])]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
}
