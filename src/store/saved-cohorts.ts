import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import { stableHash } from '../base/stable-hash.ts'
import type { Predicate } from '../model/predicate.ts'
import { predicateSize } from '../model/predicate-size.ts'
import { answeredBefore, answerOnce } from './answer-once.ts'
import { cleanText } from './clean-text.ts'
import type { RejectedRow } from './csv-table.ts'
import { newId } from './new-id.ts'
import { predicateToJson } from './predicate-json.ts'
import { readIds } from './read-ids.ts'
import { ReadableCohorts } from './readable-cohorts.ts'
import { toCohort } from './saved-cohort.ts'
import type { SavedCohort } from './saved-cohort.ts'
import { countChange } from './store-files.ts'
import type { StoreFiles } from './store-files.ts'
import type { StoreReader, StoreTables, StoreWriter } from './tables.ts'

export type { ResolvedCohort, SavedCohort } from './saved-cohort.ts'

export interface CohortAsked {
  readonly name: string
  readonly description: string | null
  /** Chosen by the client, so that repeating the request saves nothing twice. */
  readonly key: string | null
  /** The request as it was sent: what a key is remembered with. */
  readonly sent: unknown
}

/** Who belongs, and of which entity. */
export interface CohortDefinition {
  readonly entity: string
  /** Resolved: it names no cohort that could change or go. */
  readonly predicate: Predicate
}

export interface ListAsked extends CohortAsked {
  readonly entity: string
  readonly csv: string
  /** Of a CSV with a header; null: one id a line. */
  readonly column: string | null
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
const ROWS_A_STATEMENT = 2000
const MOST_DEFINITION_KEYS = 20_000
const MOST_DEFINITION_CHARACTERS = 1_000_000
const MOST_COHORTS = 1000
const MOST_LISTED_IDS = 5_000_000

/** Cohorts beyond those of the model: saved definitions and uploaded lists. */
export class SavedCohorts {
  readonly #files: StoreFiles
  readonly #clock: Clock
  /** For questions that name one. */
  readonly readable: ReadableCohorts

  constructor(files: StoreFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
    this.readable = new ReadableCohorts(files.cohorts)
  }

  /** @param define not called for a request that was answered before. @throws KpiqlError `RECORD_INVALID`, `KEY_REUSED`, and whatever `define` throws. */
  async save(asked: CohortAsked, define: () => CohortDefinition): Promise<SavedCohort> {
    const once = { scope: 'save_cohort', key: asked.key, sent: asked.sent }
    const before = await answeredBefore<SavedCohort>(this.#files.read, once)
    if (before !== null) return before
    const { entity, predicate } = define()
    const definition = definitionText(predicate)
    return this.#change((writer) => answerOnce(writer, once, this.#nowIso(), () => this.#insert(writer, asked, { entity, definition, list_version: null, list_size: null })))
  }

  /** @throws KpiqlError `RECORD_INVALID`, `KEY_REUSED`; whatever `unknownIds` throws, and then nothing is kept. */
  async upload(asked: ListAsked, unknownIds: UnknownIds): Promise<UploadedCohort> {
    const once = { scope: 'upload_cohort', key: asked.key, sent: asked.sent }
    const before = await answeredBefore<UploadedCohort>(this.#files.read, once)
    if (before !== null) return before
    const { entity } = asked
    const { ids, blank, duplicates, rejected } = await readIds(asked.csv, entity, asked.column)
    const unknown = await unknownIds(entity, ids)
    return this.#change((writer) =>
      answerOnce(writer, once, this.#nowIso(), async () => {
        const cohort = await this.#insert(writer, asked, { entity, definition: null, list_version: stableHash(ids.toSorted()), list_size: ids.length })
        for (let from = 0; from < ids.length; from += ROWS_A_STATEMENT) {
          // Other requests are answered between the statements of a long upload.
          if (from > 0) await nextTurn()
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
      .select(['id', 'name', 'description', 'entity', 'list_size', 'created_at', 'updated_at'])
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

  async #insert(writer: StoreWriter, asked: CohortAsked, content: Pick<StoreTables['saved_cohorts'], 'entity' | 'definition' | 'list_version' | 'list_size'>): Promise<SavedCohort> {
    const name = readName(asked.name)
    await refuseTaken(writer, name, null)
    await refuseTooMany(writer, content.list_size ?? 0)
    const nowIso = this.#nowIso()
    const row = { id: newId(this.#clock.nowMs()), name, folded_name: folded(name), description: readDescription(asked.description), ...content, created_at: nowIso, updated_at: nowIso }
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

async function refuseTooMany(reader: StoreReader, ids: number): Promise<void> {
  const { cohorts, listed } = await reader
    .selectFrom('saved_cohorts')
    .select(({ fn }) => [fn.countAll<number>().as('cohorts'), fn.sum<number | null>('list_size').as('listed')])
    .executeTakeFirstOrThrow()
  const hint = 'Delete cohorts that nobody asks for: { savedCohorts { id name listSize updatedAt } } lists them, deleteCohort deletes one.'
  if (cohorts >= MOST_COHORTS) throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: there are ${cohorts} already, and ${MOST_COHORTS} are the most.`, hint, data: { limit: MOST_COHORTS } })
  if (ids > 0 && (listed ?? 0) + ids > MOST_LISTED_IDS) throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: all lists together would hold more than ${MOST_LISTED_IDS} ids.`, hint, data: { limit: MOST_LISTED_IDS } })
}

/** @throws KpiqlError `RECORD_INVALID` for more than a question could be asked with. */
function definitionText(predicate: Predicate): string {
  const { keys } = predicateSize(predicate)
  if (keys > MOST_DEFINITION_KEYS) {
    throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: its definition would hold the ${keys} ids of the lists in it, and ${MOST_DEFINITION_KEYS} are the most.`, hint: 'Combine large lists in the question itself, with {saved: "…"}, or upload the outcome as a list of its own.', data: { limit: MOST_DEFINITION_KEYS } })
  }
  const json = predicateToJson(predicate)
  if (json.length <= MOST_DEFINITION_CHARACTERS) return json
  throw new KpiqlError('RECORD_INVALID', { message: `The cohort cannot be saved: its definition has ${json.length} characters, and ${MOST_DEFINITION_CHARACTERS} are the most.`, hint: 'Upload long lists with uploadCohort, and shorten what is compared with.', data: { limit: MOST_DEFINITION_CHARACTERS } })
}

async function rowOf(reader: StoreReader, id: string): Promise<StoreTables['saved_cohorts']> {
  const row = await reader.selectFrom('saved_cohorts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row !== undefined) return row
  throw new KpiqlError('RECORD_UNKNOWN', { message: 'There is no saved cohort with this id.', hint: 'List them with { savedCohorts { id name } }.' })
}
