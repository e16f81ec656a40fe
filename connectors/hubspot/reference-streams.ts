import type { Stream, SyncRecord } from '../sync-contract.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { HubspotClient } from './client.ts'
import type { Listed } from './find-archived.ts'
import { readPipelines, stagesOfPipelines } from './pipelines.ts'
import type { Pipeline } from './pipelines.ts'
import { OWNER_TABLE, PIPELINE_TABLE, STAGE_TABLE } from './tables.ts'

interface Owner {
  readonly id: string
  readonly email?: string | null
  readonly type?: string
  readonly firstName?: string | null
  readonly lastName?: string | null
  readonly userId?: number | null
  readonly archived?: boolean
  readonly createdAt?: string
  readonly updatedAt?: string
  readonly teams?: readonly { readonly name: string; readonly primary?: boolean }[]
}

const OWNERS = 500

/** Pipelines and their stages; read whole every time. @param objects those with pipelines. */
export function pipelineStream(client: HubspotClient, objects: readonly string[]): Stream {
  return {
    name: 'pipelines',
    tables: [PIPELINE_TABLE, STAGE_TABLE],
    showsAll: true,
    ignoresSince: true,
    async *read({ nowUtcMs, signal }) {
      const found: { object: string; pipelines: readonly Pipeline[] }[] = []
      for (const object of objects) found.push({ object, pipelines: await readPipelines(client, object, signal) })
      const where = { column: 'object_type', values: objects }
      const pipelines = found.flatMap((one) => one.pipelines.map(({ id, label, displayOrder, archived }) => ({ object_type: one.object, pipeline_id: id, label, display_order: displayOrder, archived })))
      const stages = found.flatMap((one) =>
        stagesOfPipelines(one.pipelines).map(({ pipelineId, stageId, label, displayOrder, archived, probability, isClosed }): SyncRecord => ({
          object_type: one.object, pipeline_id: pipelineId, stage_id: stageId, label, display_order: displayOrder, archived, probability, is_closed: isClosed,
        })),
      )
      yield {
        writes: [{ kind: 'replace', table: PIPELINE_TABLE.name, where, records: pipelines }, { kind: 'replace', table: STAGE_TABLE.name, where, records: stages }],
        cursor: { readUtcMs: nowUtcMs }, done: 1, completeUntilUtcMs: nowUtcMs,
      }
    },
  }
}

/** Owners, also those who left; read whole every time. */
export function ownerStream(client: HubspotClient): Stream {
  return {
    name: 'owners',
    tables: [OWNER_TABLE],
    showsAll: true,
    ignoresSince: true,
    async *read({ cursor, nowUtcMs, signal }) {
      for (const archived of [false, true]) {
        const refuse = refuseLoops('HubSpot')
        let after: string | undefined
        do {
          refuse(after ?? null)
          const page: Listed<Owner> = await client.get(client.paths.owners, { limit: OWNERS, archived, after }, signal)
          after = page.paging?.next?.after
          const isLast = archived && after === undefined
          yield {
            writes: [{ kind: 'upsert', table: OWNER_TABLE.name, records: page.results.map((owner) => ownerRow(owner, archived)) }],
            cursor: isLast ? { readUtcMs: nowUtcMs } : cursor, done: null, completeUntilUtcMs: isLast ? nowUtcMs : null,
          }
        } while (after !== undefined)
      }
    },
  }
}

function ownerRow({ id, email, type, firstName, lastName, userId, createdAt, updatedAt, teams = [], archived = false }: Owner, isArchived: boolean): SyncRecord {
  return {
    id, email: email ?? null, type: type ?? null, first_name: firstName ?? null, last_name: lastName ?? null, user_id: userId ?? null,
    team: (teams.find(({ primary }) => primary === true) ?? teams[0])?.name ?? null,
    archived: archived || isArchived, created_at: utcMsOfIso(createdAt), updated_at: utcMsOfIso(updatedAt),
  }
}
