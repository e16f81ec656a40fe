import type { HubspotClient } from './client.ts'
import type { HubspotObject } from './options.ts'
import type { PropertyColumn } from './properties.ts'

/** Records of one kind that records of another belong to. */
export interface Link {
  readonly to: HubspotObject
  readonly table: string
  /** The column of the other's id. */
  readonly column: string
  /** HubSpot's number of the association to the primary one, where there is such a one. */
  readonly primaryTypeId: number | null
}

/** What HubSpot calls things of one kind of records. */
export interface ObjectKind {
  readonly object: HubspotObject
  /** Of the id in tables that belong to this one. */
  readonly idColumn: string
  /** The property that says when a record was modified. */
  readonly modified: string
  /** The property whose history is landed, that of the pipeline it belongs to, and where. */
  readonly history: { readonly property: string; readonly pipeline: string; readonly table: string } | null
  readonly links: readonly Link[]
}

export interface ObjectReading {
  readonly kind: ObjectKind
  readonly client: HubspotClient
  readonly columns: readonly PropertyColumn[]
  /** Of deals: ISO 4217 of amounts that name no currency. */
  readonly currency: string | null
  readonly overlapSeconds: number
  /** Of a search; HubSpot returns 200 at most. */
  readonly pageSize: number
  /** Of the object's pipelines. */
  readonly stages: readonly Stage[]
}

/** A stage of a pipeline, as it is now. */
export interface Stage {
  readonly pipelineId: string
  readonly stageId: string
  readonly label: string
  readonly displayOrder: number
  readonly archived: boolean
  /** Of winning a deal in it, a decimal from 0 to 1; null for tickets. */
  readonly probability: string | null
  readonly isClosed: boolean
}

const COMPANIES = { to: 'companies', column: 'company_id' } as const

/** Numbers of associations: https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide (contact to primary company 1, deal to primary company 5, ticket to primary company 26). */
export const KINDS: Readonly<Record<HubspotObject, ObjectKind>> = {
  contacts: { object: 'contacts', idColumn: 'contact_id', modified: 'lastmodifieddate', history: null, links: [{ ...COMPANIES, table: 'contact_companies', primaryTypeId: 1 }] },
  companies: { object: 'companies', idColumn: 'company_id', modified: 'hs_lastmodifieddate', history: null, links: [] },
  deals: {
    object: 'deals', idColumn: 'deal_id', modified: 'hs_lastmodifieddate', history: { property: 'dealstage', pipeline: 'pipeline', table: 'deal_stage_history' },
    links: [{ ...COMPANIES, table: 'deal_companies', primaryTypeId: 5 }, { to: 'contacts', table: 'deal_contacts', column: 'contact_id', primaryTypeId: null }],
  },
  tickets: {
    object: 'tickets', idColumn: 'ticket_id', modified: 'hs_lastmodifieddate', history: { property: 'hs_pipeline_stage', pipeline: 'hs_pipeline', table: 'ticket_stage_history' },
    links: [{ ...COMPANIES, table: 'ticket_companies', primaryTypeId: 26 }],
  },
}
