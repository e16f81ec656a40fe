import { glob, readdir } from 'node:fs/promises'
import { nearest } from '../base/nearest.ts'
import { DEFAULT_READ_OPTIONS } from '../base/read-options.ts'
import type { ReadOptions } from '../base/read-options.ts'
import type { Problem } from '../model/problem.ts'
import type { Model, SemanticModel } from '../model/types.ts'
import type { SourceConfig } from './config/parse-config.ts'
import { tablesAmong } from './data-folder.ts'
import { problemOf } from './problems-found.ts'

/** A table as a connector of files is told of it. */
export interface FileTable {
  readonly name: string
  readonly read: ReadOptions
}

/** A model over the files that are there. */
export interface FiledModel {
  readonly model: Model
  /** By source; sources that are no folder of files know their own tables and have no entry. */
  readonly tables: ReadonlyMap<string, readonly FileTable[]>
  /** One for each table without a file. */
  readonly missing: readonly MissingTable[]
}

export interface MissingTable {
  readonly semanticModel: string
  readonly problem: Problem
}

/**
 * Brings a model together with folders of files. A semantic model whose table has no file is bound to a source that nobody
 * can configure, so that its metrics answer `SOURCE_MISSING`, or use their next implementation, and all others are served.
 * Reads the names in the folders, no file.
 */
export async function fileTables(model: Model, sources: ReadonlyMap<string, SourceConfig>): Promise<FiledModel> {
  const tables = new Map<string, readonly FileTable[]>()
  const semanticModels = new Map(model.semanticModels)
  const missing: MissingTable[] = []
  for (const [source, { options }] of sources) {
    const folder = options['folder']
    if (typeof folder !== 'string') continue
    const names = await namesIn(folder)
    if (names === null) continue // for the source to tell
    const present = tablesAmong(names)
    const listed = new Map<string, FileTable>()
    const declared = readOptionsOf(model, source)
    for (const semanticModel of model.semanticModels.values()) {
      if (semanticModel.source !== source) continue
      const wanted = tablesOf(semanticModel, declared)
      const lacking = await withoutFile(wanted, present, folder)
      if (lacking.length > 0) {
        semanticModels.set(semanticModel.name, Object.freeze({ ...semanticModel, source: `${lacking.join(' and ')} (no file yet)` }))
        missing.push(...lacking.map((table) => ({ semanticModel: semanticModel.name, problem: noFile(table, semanticModel, present) })))
      } else {
        for (const table of wanted) listed.set(table.name, table)
      }
    }
    tables.set(source, [...listed.values()])
  }
  return { model: missing.length === 0 ? model : Object.freeze({ ...model, semanticModels }), tables, missing }
}

/** A table is read one way, whichever of its semantic models says how; a query over it follows. */
function readOptionsOf(model: Model, source: string): ReadonlyMap<string, ReadOptions> {
  return new Map([...model.semanticModels.values()].flatMap((one) => (one.source === source && one.read !== null && 'table' in one.relation ? [[one.relation.table, one.read] as const] : [])))
}

function tablesOf({ relation }: SemanticModel, declared: ReadonlyMap<string, ReadOptions>): readonly FileTable[] {
  const names = 'table' in relation ? [relation.table] : relation.tables
  return names.map((name) => ({ name, read: declared.get(name) ?? DEFAULT_READ_OPTIONS }))
}

async function withoutFile(tables: readonly FileTable[], present: ReadonlySet<string>, folder: string): Promise<readonly string[]> {
  const lacking: string[] = []
  for (const { name, read } of tables) {
    const found = read.file === null ? present.has(name.toLowerCase()) : (await glob(read.file, { cwd: folder }).next()).done !== true
    if (!found) lacking.push(name)
  }
  return lacking
}

function noFile(table: string, { name }: SemanticModel, present: ReadonlySet<string>): Problem {
  const [near] = nearest(table, present)
  return problemOf(`semantic_models.${name}.table`, `The table "${table}" of "${name}" has no file in the data folder; metrics that need it have no values.`, near === undefined ? null : `Did you mean "${near}"?`)
}

async function namesIn(folder: string): Promise<readonly string[] | null> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}
