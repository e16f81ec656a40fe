import { LRUCache } from 'lru-cache'
import { KpiqlError } from '../base/errors.ts'
import type { Predicate } from '../model/predicate.ts'
import { predicateSize } from '../model/predicate-size.ts'
import { predicateOfJson } from './predicate-json.ts'
import { toCohort } from './saved-cohort.ts'
import type { ResolvedCohort } from './saved-cohort.ts'
import type { CohortRow, CohortRows } from './cohort-rows.ts'

const MOST_KEPT_CHARACTERS = 50_000_000
/** What an id costs beside its characters. */
const ID_OVERHEAD = 30

interface Kept {
  readonly predicate: Predicate
  readonly characters: number
}

/** Saved cohorts with who belongs, each read when a question names it, and kept. */
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
    let kept = this.#kept.get(id)
    if (kept === undefined) this.#kept.set(id, (kept = row.list_size === null ? this.#definition(row) : this.#list(row)))
    return { ...toCohort(row), predicate: kept.predicate }
  }

  #list({ id, name, entity, list_version: version, list_size: size }: CohortRow): Kept {
    const ids = this.#rows.members(id)
    // Deleted since its row was read, or damaged: a part of a list would be a wrong number.
    if (ids.length !== size) throw unreadable(name, null)
    return { predicate: { kind: 'member', of: { kind: 'list', entity, version: version ?? '', ids } }, characters: ids.reduce((sum, one) => sum + one.length + ID_OVERHEAD, 0) }
  }

  #definition({ id, name }: CohortRow): Kept {
    const json = this.#rows.definition(id)
    try {
      const predicate = predicateOfJson(json ?? '')
      predicateSize(predicate)
      return { predicate, characters: (json ?? '').length * 2 }
    } catch (cause) {
      throw unreadable(name, cause)
    }
  }
}

function unreadable(name: string, cause: unknown): KpiqlError {
  return new KpiqlError('STORE_INVALID', { message: `The saved cohort "${name}" cannot be read.`, hint: 'Delete it with deleteCohort, and save it anew.', cause })
}
