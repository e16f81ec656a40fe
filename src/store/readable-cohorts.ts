import { LRUCache } from 'lru-cache'
import { KpiqlError } from '../base/errors.ts'
import type { Predicate } from '../model/predicate.ts'
import { predicateSize } from '../model/predicate-size.ts'
import { predicateOfJson } from './predicate-json.ts'
import { toCohort } from './saved-cohort.ts'
import type { ResolvedCohort } from './saved-cohort.ts'
import type { CohortRows } from './cohort-rows.ts'
import type { StoreTables } from './tables.ts'

const MOST_KEPT_CHARACTERS = 50_000_000
/** What an id costs beside its characters. */
const ID_OVERHEAD = 30

interface Kept {
  /** The definition, or the version of the list. */
  readonly content: string
  readonly predicate: Predicate
  readonly characters: number
}

/** Saved cohorts with who belongs, each read when a question names it and kept while its content is the same. */
export class ReadableCohorts {
  readonly #rows: CohortRows
  readonly #kept = new LRUCache<string, Kept>({ maxSize: MOST_KEPT_CHARACTERS, sizeCalculation: ({ characters }) => characters + 1 })

  constructor(rows: CohortRows) {
    this.#rows = rows
  }

  /**
   * As it is now.
   *
   * @returns undefined where there is none.
   * @throws KpiqlError `STORE_INVALID` where this cohort cannot be read; others can.
   */
  get(id: string): ResolvedCohort | undefined {
    const row = this.#rows.row(id)
    if (row === undefined) return undefined
    const content = row.definition ?? row.list_version ?? ''
    const before = this.#kept.get(id)
    if (before?.content === content) return { ...toCohort(row), predicate: before.predicate }
    const read = row.definition === null ? this.#list(row) : definition(row, row.definition)
    this.#kept.set(id, { content, ...read })
    return { ...toCohort(row), predicate: read.predicate }
  }

  #list({ id, name, entity, list_version: version, list_size: size }: StoreTables['saved_cohorts']): Omit<Kept, 'content'> {
    const ids = this.#rows.members(id)
    // Deleted since its row was read, or damaged: a part of a list would be a wrong number.
    if (ids.length !== size) throw unreadable(name, null)
    return { predicate: { kind: 'member', of: { kind: 'list', entity, version: version ?? '', ids } }, characters: ids.reduce((sum, one) => sum + one.length + ID_OVERHEAD, 0) }
  }
}

function definition({ name }: StoreTables['saved_cohorts'], json: string): Omit<Kept, 'content'> {
  try {
    const predicate = predicateOfJson(json)
    predicateSize(predicate)
    return { predicate, characters: json.length * 2 }
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

function unreadable(name: string, cause: unknown): KpiqlError {
  return new KpiqlError('STORE_INVALID', { message: `The saved cohort "${name}" cannot be read.`, hint: 'Delete it with deleteCohort, and save it anew.', cause })
}
