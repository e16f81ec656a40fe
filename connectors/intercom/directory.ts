import type { SyncRecord, SyncTable } from '../sync-contract.ts'
import { columnsOf } from './columns.ts'
import { idOf, itemOf, listOf, others, pick, pickTimes } from './fields.ts'
import type { Item } from './fields.ts'

/** Lists that are read whole each time: companies, admins, teams, tags. */

const COMPANY = ['name', 'company_id', 'size', 'website', 'industry', 'monthly_spend', 'session_count', 'user_count', 'custom_attributes'] as const
const COMPANY_TIMES = ['remote_created_at', 'created_at', 'updated_at', 'last_request_at'] as const
/** The tool keeps amounts as binary fractions; digits beyond these are none. */
const DECIMALS = 6
const ADMIN = ['name', 'email', 'job_title', 'away_mode_enabled', 'has_inbox_seat', 'team_ids'] as const

export const companiesTable: SyncTable = {
  name: 'companies',
  description: 'Companies of contacts.',
  columns: [
    ...columnsOf('text', ['id', 'company_id', 'name', 'website', 'industry', 'plan_id', 'plan_name']),
    ...columnsOf('timestamp', COMPANY_TIMES),
    ...columnsOf('integer', ['size', 'session_count', 'user_count']),
    { name: 'monthly_spend', kind: 'decimal', scale: DECIMALS, description: 'As whoever writes companies says; the tool keeps no currency with it.' },
    ...columnsOf('json', ['custom_attributes', 'tags', 'segments']),
  ],
  key: ['id'],
}

export function companyRecord(company: Item): SyncRecord {
  const plan = itemOf(company['plan'])
  return {
    ...others(company, [...COMPANY, ...COMPANY_TIMES, 'id', 'plan', 'tags', 'segments', 'app_id']),
    id: idOf(company['id']),
    ...pick(company, COMPANY),
    monthly_spend: typeof company['monthly_spend'] === 'number' ? company['monthly_spend'].toFixed(DECIMALS) : (company['monthly_spend'] ?? null),
    ...pickTimes(company, COMPANY_TIMES),
    plan_id: idOf(plan['id']),
    plan_name: plan['name'] ?? null,
    tags: listOf(company['tags'], 'tags').map(({ name }) => name),
    segments: listOf(company['segments'], 'segments').map(({ name }) => name),
  }
}

export interface Listed {
  readonly path: string
  /** Where the answer holds its members. */
  readonly key: string
  readonly table: SyncTable
  readonly record: (item: Item) => SyncRecord
}

export const LISTS: readonly Listed[] = [
  {
    path: '/admins',
    key: 'admins',
    table: {
      name: 'admins',
      description: 'Teammates.',
      columns: [...columnsOf('text', ['id', 'job_title']), ...columnsOf('text', ['name', 'email'], true), ...columnsOf('boolean', ['away_mode_enabled', 'has_inbox_seat']), ...columnsOf('json', ['team_ids'])],
      key: ['id'],
      person: { staff: ['email'] },
    },
    record: (admin) => ({ ...others(admin, [...ADMIN, 'id', 'avatar', 'team_priority_level']), id: idOf(admin['id']), ...pick(admin, ADMIN) }),
  },
  {
    path: '/teams',
    key: 'teams',
    table: { name: 'teams', description: 'Teams of the inbox.', columns: [...columnsOf('text', ['id', 'name']), ...columnsOf('json', ['admin_ids'])], key: ['id'] },
    record: (team) => ({ ...others(team, ['id', 'name', 'admin_ids', 'admin_priority_level']), id: idOf(team['id']), ...pick(team, ['name', 'admin_ids']) }),
  },
  {
    path: '/tags',
    key: 'data',
    table: { name: 'tags', description: 'Tags of the workspace.', columns: columnsOf('text', ['id', 'name']), key: ['id'] },
    record: (tag) => ({ ...others(tag, ['id', 'name', 'applied_at', 'applied_by']), id: idOf(tag['id']), ...pick(tag, ['name']) }),
  },
]
