import type { SyncColumn, SyncTable } from '../sync-contract.ts'
import { CLOSED_AT } from './closed-at.ts'
import type { Link, ObjectKind } from './object-reading.ts'
import type { PropertyColumn } from './properties.ts'

export const PIPELINE_TABLE: SyncTable = {
  name: 'pipelines',
  description: 'Pipelines of deals and tickets.',
  columns: [
    { name: 'object_type', kind: 'text', description: 'deals or tickets.' }, { name: 'pipeline_id', kind: 'text' }, { name: 'label', kind: 'text' },
    { name: 'display_order', kind: 'integer' }, { name: 'archived', kind: 'boolean' },
  ],
  key: ['object_type', 'pipeline_id'],
}

export const STAGE_TABLE: SyncTable = {
  name: 'pipeline_stages',
  description: 'Stages of pipelines.',
  columns: [
    { name: 'object_type', kind: 'text', description: 'deals or tickets.' }, { name: 'pipeline_id', kind: 'text' }, { name: 'stage_id', kind: 'text' }, { name: 'label', kind: 'text' },
    { name: 'display_order', kind: 'integer' }, { name: 'archived', kind: 'boolean' },
    { name: 'probability', kind: 'decimal', scale: 6, description: 'Of winning a deal in this stage, 0 to 1; null for tickets.' }, { name: 'is_closed', kind: 'boolean' },
  ],
  key: ['object_type', 'pipeline_id', 'stage_id'],
}

export const OWNER_TABLE: SyncTable = {
  name: 'owners',
  description: 'Users to whom records are assigned.',
  columns: [
    { name: 'id', kind: 'text' }, { name: 'email', kind: 'text', personal: true }, { name: 'type', kind: 'text' }, { name: 'first_name', kind: 'text', personal: true },
    { name: 'last_name', kind: 'text', personal: true }, { name: 'user_id', kind: 'text' }, { name: 'team', kind: 'text', description: 'The primary team.' },
    { name: 'archived', kind: 'boolean' }, { name: 'created_at', kind: 'timestamp' }, { name: 'updated_at', kind: 'timestamp' },
  ],
  key: ['id'],
  person: { staff: ['email'] },
}

/** The tables of a kind of records: the records, what they are associated with, and the history of their stage. */
export function tablesOf(kind: ObjectKind, properties: readonly PropertyColumn[]): readonly SyncTable[] {
  const extra: readonly SyncColumn[] = [
    { name: 'id', kind: 'text' }, { name: 'created_at', kind: 'timestamp' }, { name: 'updated_at', kind: 'timestamp' },
    ...(kind.object === 'deals' ? [{ name: 'currency', kind: 'text' as const, description: 'ISO 4217 of `amount`: that of the deal, else that of the account.' }, CLOSED_AT] : []),
    ...(kind.links.some(({ to }) => to === 'companies') ? [{ name: 'primary_company_id', kind: 'text' as const }] : []),
  ]
  const records: SyncTable = {
    name: kind.object,
    description: `The ${kind.object} of HubSpot, with their properties.`,
    columns: [...extra, ...properties.map(({ column }) => column)],
    key: ['id'],
    ...(kind.object === 'contacts' ? { person: { user: ['id'], email: ['email'] } } : {}),
  }
  return [records, ...kind.links.map((link) => linkTable(kind, link)), ...(kind.history === null ? [] : [historyTable(kind, kind.history.table)])]
}

function linkTable(kind: ObjectKind, { table, column, to }: Link): SyncTable {
  return {
    name: table,
    description: `Which ${to} the ${kind.object} are associated with.`,
    columns: [{ name: kind.idColumn, kind: 'text' }, { name: column, kind: 'text' }, { name: 'is_primary', kind: 'boolean' }, { name: 'labels', kind: 'text', description: 'Names of the associations, with semicolons.' }],
    key: [kind.idColumn, column],
    ...(kind.object === 'contacts' ? { person: { user: [kind.idColumn] } } : to === 'contacts' ? { person: { user: [column] } } : {}),
  }
}

function historyTable(kind: ObjectKind, name: string): SyncTable {
  return {
    name,
    description: `The stages that ${kind.object} went through.`,
    columns: [
      { name: kind.idColumn, kind: 'text' }, { name: 'position', kind: 'integer', description: 'From 1, oldest first.' }, { name: 'pipeline_id', kind: 'text' }, { name: 'stage', kind: 'text' }, { name: 'entered_at', kind: 'timestamp' },
      { name: 'left_at', kind: 'timestamp', description: 'Null while the record is in it.' }, { name: 'is_closed', kind: 'boolean', description: 'Whether the stage is one of those that close.' },
      { name: 'probability', kind: 'decimal', scale: 6, description: 'Of winning a deal in the stage, 0 to 1, as the pipeline says now.' }, { name: 'source_type', kind: 'text', description: 'What moved it, such as CRM_UI or WORKFLOW.' },
      ...(kind.object === 'deals' ? [{ name: 'amount', kind: 'decimal' as const, scale: 6, description: 'The present amount of the deal.' }, { name: 'currency', kind: 'text' as const }] : []),
    ],
    key: [kind.idColumn, 'position'],
  }
}
