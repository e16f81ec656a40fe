import { glob, readdir } from 'node:fs/promises'
import { DEFAULT_READ_OPTIONS } from '../base/read-options.ts'
import type { ReadOptions } from '../base/read-options.ts'
import type { Model, SemanticModel } from '../model/types.ts'
import type { SourceConfig } from './config/parse-config.ts'
import { tablesAmong } from './data-folder.ts'

/** A table as a connector of files is told of it. */
export interface FileTable {
  readonly name: string
  readonly read: ReadOptions
}

/**
 * What the model reads of folders of files, by source; sources that are no such folder know their own tables and have no
 * entry. A table without a file is left out, so that only the metrics that need it have no value (`SOURCE_MISSING`) and all
 * others are served. Reads the names in the folders, no file.
 */
export async function fileTables(model: Model, sources: ReadonlyMap<string, SourceConfig>): Promise<ReadonlyMap<string, readonly FileTable[]>> {
  const bySource = new Map<string, readonly FileTable[]>()
  for (const [source, { options }] of sources) {
    const folder = options['folder']
    if (typeof folder !== 'string') continue
    const names = await namesIn(folder)
    const present = names === null ? null : tablesAmong(names)
    const listed = new Map<string, FileTable>()
    for (const semanticModel of model.semanticModels.values()) {
      if (semanticModel.source !== source) continue
      for (const table of tablesOf(semanticModel)) {
        // A folder that is not there is for the source to tell.
        if (present !== null && !(await hasFile(table, present, folder))) continue
        if (!listed.has(table.name) || semanticModel.read !== null) listed.set(table.name, table)
      }
    }
    bySource.set(source, [...listed.values()])
  }
  return bySource
}

function tablesOf({ relation, read }: SemanticModel): readonly FileTable[] {
  return 'table' in relation ? [{ name: relation.table, read: read ?? DEFAULT_READ_OPTIONS }] : relation.tables.map((name) => ({ name, read: DEFAULT_READ_OPTIONS }))
}

async function hasFile({ name, read }: FileTable, present: ReadonlySet<string>, folder: string): Promise<boolean> {
  if (read.file === null) return present.has(name)
  const first = await glob(read.file, { cwd: folder }).next()
  return first.done !== true
}

async function namesIn(folder: string): Promise<readonly string[] | null> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}
