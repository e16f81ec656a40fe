import type { ShapedFile } from './check-shape.ts'
import type { TextFault } from './filter-language.ts'
import type { ModelSource, Path } from './model-source.ts'
import type { Problem } from './problem.ts'

/** One map of a model file with what is needed to blame its parts. */
export interface Section<Data extends object> {
  readonly data: Data
  readonly source: ModelSource
  /** A map inside this one. */
  part<Part extends object>(data: Part): Section<Part>
  /** `keys` lead from this map to the value at fault. */
  blame(keys: Path, message: string, hint?: string | null): void
  /** The problem itself, for what is not a fault. */
  problem(keys: Path, message: string, hint?: string | null): Problem
  blameText(keys: Path, fault: TextFault): void
  /** `file:line` of this map. */
  readonly place: string
  /** A scalar as it was written, with every digit. */
  written(keys: Path): string | null
  /** Whether the file has the key, though its value may have been taken out as faulty: nothing is missing then. */
  has(key: string): boolean
}

export function sectionOf<Data extends object>(data: Data, source: ModelSource, shaped: ShapedFile, report: Problem[]): Section<Data> {
  const path = shaped.pathOf(data)
  return {
    data,
    source,
    part: (inner) => sectionOf(inner, source, shaped, report),
    problem: (keys, message, hint = null) => source.problem([...path, ...keys], message, hint),
    blame(keys, message, hint = null) {
      report.push(source.problem([...path, ...keys], message, hint))
    },
    blameText(keys, fault) {
      report.push(source.problemInText([...path, ...keys], fault.offset, fault.message, fault.hint))
    },
    place: `${source.name}:${source.line(path)}`,
    written: (keys) => source.written([...path, ...keys]),
    has: (key) => source.has([...path, key]),
  }
}
