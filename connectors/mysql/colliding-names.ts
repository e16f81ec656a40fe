import { KpiqlError } from '../../src/base/errors.ts'

/**
 * Tables whose names are one but for case. The server tells them apart, but not a named result from a table: with one of them put
 * before a statement as it is to be seen, the other would be read from it. So none of them can be read.
 */
export class CollidingNames {
  readonly #source: string
  /** By name in lower case. */
  readonly #collisions: ReadonlyMap<string, readonly string[]>

  constructor(source: string, tables: Iterable<string>) {
    this.#source = source
    const byLower = Map.groupBy(tables, (name) => name.toLowerCase())
    this.#collisions = new Map([...byLower].filter(([, names]) => names.length > 1).map(([lower, names]) => [lower, names.toSorted()]))
  }

  has(table: string): boolean {
    return this.#collisions.has(table.toLowerCase())
  }

  /** Why a table cannot be read; null where that is no fault of its name. */
  refusal(table: string): KpiqlError | null {
    const names = this.#collisions.get(table.toLowerCase())
    return names === undefined ? null : this.#error(names)
  }

  /** @throws KpiqlError where a statement reads one of the tables without naming its database. */
  refuseIn(text: string): void {
    for (const [name, names] of this.#collisions) {
      if (reads(name).test(text)) throw this.#error(names)
    }
  }

  #error(names: readonly string[]): KpiqlError {
    return new KpiqlError('SOURCE_FAILED', {
      message: `Source "${this.#source}" has tables whose names differ in case only: ${names.map((name) => `"${name}"`).join(', ')}. None of them can be read.`,
      hint: 'Rename all but one of them, or make views of other names over them and let the model name those.',
    })
  }
}

/** The name after FROM or JOIN, or in the list that begins there. */
function reads(name: string): RegExp {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const listed = '(?:(?!\\b(?:select|where|group|having|order|limit|union)\\b).)*,'
  return new RegExp(`(?<![\\p{L}\\p{N}_$])(?:from|join)(?![\\p{L}\\p{N}_$])(?:${listed})?[\\s(]*["\`]?${escaped}["\`]?(?![\\p{L}\\p{N}_$]|\\s*\\.)`, 'isu')
}
