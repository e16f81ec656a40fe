import { countChange } from './store-files.ts'
import type { StoreFiles } from './store-files.ts'
import { stableHash } from '../base/stable-hash.ts'
import type { StoreWriter } from './tables.ts'

/** Ids by the entity whose keys they are. */
export type IdsByEntity = ReadonlyMap<string, readonly string[]>

export interface ForgottenRecords {
  /** Members of uploaded lists. */
  readonly listed: number
  /** Of what destinations were told. */
  readonly activated: number
  /** Answers to uploads, and refusals in reports, that name one. */
  readonly mentioned: number
}

const IDS_A_STATEMENT = 500

/** What the store keeps of people who asked to be forgotten: nothing but keyed hashes, by which they are kept out. */
export class ForgottenPeople {
  readonly #files: StoreFiles

  constructor(files: StoreFiles) {
    this.#files = files
  }

  async count(): Promise<number> {
    const { count } = await this.#files.read.selectFrom('forgotten').select((expression) => expression.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
    return Number(count)
  }

  async hashes(): Promise<readonly string[]> {
    return (await this.#files.read.selectFrom('forgotten').select('hash').execute()).map(({ hash }) => hash)
  }

  async add(hashes: readonly string[], nowIso: string): Promise<void> {
    await this.#files.write(async (writer) => {
      for (const hash of hashes) await writer.insertInto('forgotten').values({ hash, created_at: nowIso }).onConflict((conflict) => conflict.doNothing()).execute()
    })
  }

  /** What there is of people in lists, in the state of activations, and in what was answered. @param dryRun counts only. */
  async remove(ids: IdsByEntity, dryRun: boolean): Promise<ForgottenRecords> {
    return this.#files.write(async (writer) => {
      const total = { listed: 0, activated: 0, mentioned: 0 }
      for (const [entity, members] of ids) {
        for (let from = 0; from < members.length; from += IDS_A_STATEMENT) {
          const some = members.slice(from, from + IDS_A_STATEMENT)
          total.listed += await fromLists(writer, entity, some, dryRun)
          total.activated += await fromAudiences(writer, entity, some, dryRun)
        }
        total.mentioned += (await fromAnswers(writer, members, dryRun)) + (await fromReports(writer, members, dryRun))
      }
      if (total.listed > 0 && !dryRun) await countChange(writer, 'cohorts')
      return total
    })
  }
}

async function fromLists(writer: StoreWriter, entity: string, members: readonly string[], dryRun: boolean): Promise<number> {
  const found = await writer
    .selectFrom('cohort_members')
    .innerJoin('saved_cohorts', 'saved_cohorts.id', 'cohort_members.cohort_id')
    .select(['cohort_id', 'member'])
    .where('entity', '=', entity)
    .where('member', 'in', members)
    .execute()
  if (dryRun) return found.length
  for (const cohort of new Set(found.map((row) => row.cohort_id))) {
    await writer.deleteFrom('cohort_members').where('cohort_id', '=', cohort).where('member', 'in', members).execute()
    const left = (await writer.selectFrom('cohort_members').select('member').where('cohort_id', '=', cohort).execute()).map(({ member }) => member)
    await writer.updateTable('saved_cohorts').set({ list_version: stableHash(left.toSorted()), list_size: left.length }).where('id', '=', cohort).execute()
  }
  return found.length
}

async function fromAudiences(writer: StoreWriter, entity: string, members: readonly string[], dryRun: boolean): Promise<number> {
  const audiences = (await writer.selectFrom('activation_audiences').select('id').where('entity', '=', entity).execute()).map(({ id }) => id)
  if (audiences.length === 0) return 0
  const found = await writer.selectFrom('activation_members').select('member').where('audience_id', 'in', audiences).where('member', 'in', members).execute()
  if (!dryRun) await writer.deleteFrom('activation_members').where('audience_id', 'in', audiences).where('member', 'in', members).execute()
  return found.length
}

/** An upload is answered with the ids that the data did not know; its answer is kept for the case that it comes again. */
async function fromAnswers(writer: StoreWriter, members: readonly string[], dryRun: boolean): Promise<number> {
  const kept = await writer.selectFrom('answered_requests').select(['key', 'answer']).where('scope', '=', 'upload_cohort').execute()
  const found = kept.filter(({ answer }) => members.some((member) => answer.includes(JSON.stringify(member))))
  if (!dryRun) for (const { key } of found) await writer.deleteFrom('answered_requests').where('scope', '=', 'upload_cohort').where('key', '=', key).execute()
  return found.length
}

async function fromReports(writer: StoreWriter, members: readonly string[], dryRun: boolean): Promise<number> {
  const known = new Set(members)
  let count = 0
  for (const { id, report } of await writer.selectFrom('activation_reports').select(['id', 'report']).execute()) {
    if (!members.some((member) => report.includes(JSON.stringify(member)))) continue
    const told = JSON.parse(report) as { refusals?: readonly { readonly member: string }[] }
    const left = (told.refusals ?? []).filter(({ member }) => !known.has(member))
    if (left.length === (told.refusals ?? []).length) continue
    count++
    if (!dryRun) await writer.updateTable('activation_reports').set({ report: JSON.stringify({ ...told, refusals: left }) }).where('id', '=', id).execute()
  }
  return count
}
