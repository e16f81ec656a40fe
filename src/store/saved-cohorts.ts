import type { Clock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import type { Predicate } from '../model/predicate.ts'
import { answerOnce } from './answer-once.ts'
import { cleanText } from './clean-text.ts'
import type { RejectedRow } from './csv-table.ts'
import { newId } from './new-id.ts'
import { predicateOfJson, predicateToJson } from './predicate-json.ts'
import { readIds } from './read-ids.ts'
import { countChange } from './store-files.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreReader, StoreTables, StoreWriter } from './tables.ts'

/** A cohort that clients saved or uploaded, without its members. */
export interface SavedCohort {
  readonly id: string
  /** Different from all others, also where upper and lower case are alike. */
  readonly name: string
  readonly description: string | null
  readonly entity: string
  readonly kind: 'definition' | 'list'
  /** Ids of an uploaded list, whether or not the data knows them; null for a definition. */
  readonly listSize: number | null
  /** UTC, ISO text. */
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ResolvedCohort extends SavedCohort {
  readonly predicate: Predicate
}

export interface CohortAsked {
  readonly name: string
  readonly description: string | null
  readonly entity: string
  /** Chosen by the client, so that repeating the request saves nothing twice. */
  readonly key: string | null
}

/** What became of an uploaded list. Unknown ids are kept: their entities may come with the next data. */
export interface UploadedCohort {
  readonly cohort: SavedCohort
  readonly blank: number
  readonly duplicates: number
  readonly unknownCount: number
  /** The first 1000 of them. */
  readonly unknown: readonly string[]
  readonly rejectedCount: number
  /** The first 1000 of them. */
  readonly rejected: readonly RejectedRow[]
}

/** Which of these ids the entity's own table does not have. */
export type UnknownIds = (entity: string, ids: readonly string[]) => Promise<readonly string[]>

const LONGEST_NAME = 100
const LONGEST_DESCRIPTION = 2000
const LISTED = 1000
const ROWS_A_STATEMENT = 5000

/** Cohorts beyond those of the model: saved definitions and uploaded lists. */
export class SavedCohorts {
  readonly #files: StoreFiles
  readonly #clock: Clock
  #resolved: { readonly revision: number; readonly cohorts: Promise<ReadonlyMap<string, ResolvedCohort>> } | null = null

  constructor(files: StoreFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  /** @param definition resolved: it names no cohort that could change or go. @throws KpiqlError `RECORD_INVALID`, `KEY_REUSED`. */
  async save(asked: CohortAsked, definition: Predicate): Promise<SavedCohort> {
    const json = predicateToJson(definition)
    return this.#change((writer) =>
      answerOnce(writer, { scope: 'save_cohort', key: asked.key, asked: [asked, json], nowIso: this.#nowIso() }, () => this.#insert(writer, asked, { definition: json, list_version: null, list_size: null })),
    )
  }

  /**
   * @param column of a CSV with a header; null: one id a line.
   * @throws KpiqlError `RECORD_INVALID`, `KEY_REUSED`; whatever `unknownIds` throws, and then nothing is kept.
   */
  async upload(asked: CohortAsked, csv: string, column: string | null, unknownIds: UnknownIds): Promise<UploadedCohort> {
    const { ids, blank, duplicates, rejected } = readIds(csv, asked.entity, column)
    const unknown = await unknownIds(asked.entity, ids)
    return this.#change((writer) =>
      answerOnce(writer, { scope: 'upload_cohort', key: asked.key, asked: [asked, csv, column], nowIso: this.#nowIso() }, async () => {
        const cohort = await this.#insert(writer, asked, { definition: null, list_version: stableHash(ids.toSorted()), list_size: ids.length })
        for (let from = 0; from < ids.length; from += ROWS_A_STATEMENT) {
          await writer
            .insertInto('cohort_members')
            .values(ids.slice(from, from + ROWS_A_STATEMENT).map((member) => ({ cohort_id: cohort.id, member })))
            .execute()
        }
        return { cohort, blank, duplicates, unknownCount: unknown.length, unknown: unknown.slice(0, LISTED), rejectedCount: rejected.length, rejected: rejected.slice(0, LISTED) }
      }),
    )
  }

  /** By name. @param entity null: of all. */
  async list(entity: string | null): Promise<readonly SavedCohort[]> {
    const rows = await this.#files.read
      .selectFrom('saved_cohorts')
      .selectAll()
      .$if(entity !== null, (query) => query.where('entity', '=', entity ?? ''))
      .orderBy('folded_name')
      .execute()
    return rows.map(toCohort)
  }

  /** @throws KpiqlError `RECORD_UNKNOWN`. */
  async find(id: string): Promise<SavedCohort> {
    return toCohort(await rowOf(this.#files.read, id))
  }

  /** Changes whenever a cohort is saved, renamed or deleted, whoever does it. */
  async revision(): Promise<number> {
    return this.#files.revision('cohorts')
  }

  /**
   * All cohorts by id, with who belongs, as questions take it: the definition, or the list with all its ids. Read again only when
   * one was changed.
   */
  async resolved(): Promise<ReadonlyMap<string, ResolvedCohort>> {
    const revision = await this.revision()
    if (this.#resolved?.revision !== revision) this.#resolved = { revision, cohorts: readResolved(this.#files.read) }
    const { cohorts } = this.#resolved
    // A failure is not remembered.
    cohorts.catch(() => {
      if (this.#resolved?.cohorts === cohorts) this.#resolved = null
    })
    return cohorts
  }

  /** Changes what is given. @throws KpiqlError `RECORD_UNKNOWN`, `RECORD_INVALID`. */
  async rename(id: string, changes: { readonly name?: string | undefined; readonly description?: string | null | undefined }): Promise<SavedCohort> {
    return this.#change(async (writer) => {
      const row = await rowOf(writer, id)
      const name = changes.name === undefined ? row.name : readName(changes.name)
      const description = changes.description === undefined ? row.description : readDescription(changes.description)
      await refuseTaken(writer, name, id)
      const changed = { name, folded_name: folded(name), description, updated_at: this.#nowIso() }
      await writer.updateTable('saved_cohorts').set(changed).where('id', '=', id).execute()
      return toCohort({ ...row, ...changed })
    })
  }

  /** With its members. @returns What was deleted. @throws KpiqlError `RECORD_UNKNOWN`. */
  async delete(id: string): Promise<SavedCohort> {
    return this.#change(async (writer) => {
      const row = await rowOf(writer, id)
      await writer.deleteFrom('saved_cohorts').where('id', '=', id).execute()
      return toCohort(row)
    })
  }

  async #insert(writer: StoreWriter, asked: CohortAsked, content: Pick<StoreTables['saved_cohorts'], 'definition' | 'list_version' | 'list_size'>): Promise<SavedCohort> {
    const name = readName(asked.name)
    await refuseTaken(writer, name, null)
    const nowIso = this.#nowIso()
    const row = { id: newId(this.#clock.nowMs()), name, folded_name: folded(name), description: readDescription(asked.description), entity: asked.entity, ...content, created_at: nowIso, updated_at: nowIso }
    await writer.insertInto('saved_cohorts').values(row).execute()
    return toCohort(row)
  }

  #change<Result>(work: (writer: StoreWriter) => Promise<Result>): Promise<Result> {
    return this.#files.write(async (writer) => {
      const result = await work(writer)
      await countChange(writer, 'cohorts')
      return result
    })
  }

  #nowIso(): string {
    return new Date(this.#clock.nowMs()).toISOString()
  }
}

function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

function readName(text: string): string {
  const cleaned = cleanText(text.trim() || null, LONGEST_NAME)
  if ('value' in cleaned && cleaned.value !== null) return cleaned.value
  throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: name ${'reason' in cleaned ? cleaned.reason : 'is blank'}.`, hint: `Names have 1 to ${LONGEST_NAME} characters.` })
}

function readDescription(text: string | null): string | null {
  const cleaned = cleanText(text?.trim() || null, LONGEST_DESCRIPTION)
  if ('value' in cleaned) return cleaned.value
  throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: description ${cleaned.reason}.`, hint: `Descriptions have at most ${LONGEST_DESCRIPTION} characters.` })
}

async function refuseTaken(reader: StoreReader, name: string, but: string | null): Promise<void> {
  const other = await reader.selectFrom('saved_cohorts').select('id').where('folded_name', '=', folded(name)).executeTakeFirst()
  if (other === undefined || other.id === but) return
  throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: name "${name}" is taken by another cohort.`, hint: 'Choose another name, or rename or delete the other cohort.', data: { id: other.id } })
}

function readResolved(read: StoreReader): Promise<ReadonlyMap<string, ResolvedCohort>> {
  return read.transaction().execute(async (reader) => {
    const cohorts = await reader.selectFrom('saved_cohorts').selectAll().orderBy('folded_name').execute()
    const members = Map.groupBy(await reader.selectFrom('cohort_members').selectAll().orderBy('member').execute(), ({ cohort_id: id }) => id)
    return new Map(
      cohorts.map((row) => {
        const { id, entity, definition, list_version: version } = row
        const ids = (members.get(id) ?? []).map(({ member }) => member)
        const predicate: Predicate = definition === null ? { kind: 'member', of: { kind: 'list', entity, version: version ?? '', ids } } : predicateOfJson(definition)
        return [id, { ...toCohort(row), predicate }]
      }),
    )
  })
}

async function rowOf(reader: StoreReader, id: string): Promise<StoreTables['saved_cohorts']> {
  const row = await reader.selectFrom('saved_cohorts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row !== undefined) return row
  throw new KpiqlError('RECORD_UNKNOWN', { message: 'There is no saved cohort with this id.', hint: 'List them with { savedCohorts { id name } }.' })
}

function toCohort({ id, name, description, entity, list_size, created_at, updated_at }: StoreTables['saved_cohorts']): SavedCohort {
  return { id, name, description, entity, kind: list_size === null ? 'definition' : 'list', listSize: list_size, createdAt: created_at, updatedAt: updated_at }
}
