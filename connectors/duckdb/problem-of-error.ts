import { KpiqlError } from '../../src/base/errors.ts'
import { BrokenJson } from './split-json.ts'
import { classOf } from './translate-error.ts'
import type { TableFiles, TableProblem } from './find-files.ts'

/** What a file's own fault is in words; null for errors that are not the file's (memory, disk, locks). */
export function problemOfError(error: unknown, table: TableFiles): TableProblem | null {
  const text = error instanceof Error ? error.message : String(error)
  const files = table.files.map(({ name }) => name).join(', ')
  const problem = (message: string, hint: string | null, file: string | null = files): TableProblem => ({ table: table.spec.name, file, column: null, message, hint })
  if (error instanceof KpiqlError) return problem(error.message, error.hint ?? null)
  if (/^Out of Memory|No space left|ENOSPC|Interrupted|^FATAL|^INTERNAL/i.test(text)) return null
  // Our own statement is at fault, not the file.
  if (/(Parser|Catalog|Binder) Error/.test(text)) return problem(`${files} cannot be loaded.`, `Please report it; the engine's name for the fault is ${classOf(text) ?? 'not known'}.`)
  const format = table.files[0]?.format
  if (format === 'parquet' && /parquet|magic bytes|thrift|snappy|zstd|metadata|too small/i.test(text)) {
    return problem(`${files} cannot be read as Parquet.`, 'Write the file again; it may be cut off.')
  }
  if (/column .* (schema|type)|schema mismatch|cast|Conversion/i.test(text) && format === 'parquet') {
    return problem(`The files ${files} do not have the same columns and types.`, 'Write them with one schema, or make a table of each.')
  }
  if (error instanceof BrokenJson) return problem(`${files} is not valid JSON: on line ${error.line}, ${error.message}.`, 'Write the file again; it may be cut off. A file of one object a line loses only its broken lines.')
  if (/incorrect header check|unexpected end of file|invalid (block|distance|stored|code|bit)|Z_(DATA|BUF)_ERROR/i.test(text)) return problem(`${files} cannot be unzipped.`, 'Write the file again; it may be cut off.')
  if (/ENOENT|EACCES|EPERM|EISDIR|No such file/i.test(text)) return problem(`${files} cannot be read.`, 'Check its permissions, and that nothing is replacing it.')
  return problem(`${files} cannot be loaded.`, `Check that it is what its name says; the engine's name for the fault is ${classOf(text) ?? 'not known'}.`)
}
