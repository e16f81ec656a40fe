import type { PersonColumns, SyncColumnKind } from '../sync-contract.ts'

export const STREAMS = ['opportunities', 'leads', 'accounts', 'contacts', 'users', 'campaigns', 'products', 'tasks'] as const
export type StreamName = (typeof STREAMS)[number]

/** An object of Salesforce and the table it lands in. */
export interface SalesforceObject {
  readonly name: string
  readonly table: string
  readonly description: string
  /** Columns that the model pack reads; they are there also where a user may not see the field, and are empty then. */
  readonly core: Readonly<Record<string, SyncColumnKind>>
  /** Columns that name people. */
  readonly person?: PersonColumns
  /** Of objects that belong to the stream's first: the column of its id. Their rows go with it. */
  readonly parent?: string
  /** Read whole with each parent that is read, rather than by its own instants. */
  readonly isHistory?: boolean
  /** What happened once, rather than what goes on being what it is: read from the first day that is wanted. */
  readonly isEvent?: boolean
}

const dated = { created_date: 'timestamp', system_modstamp: 'timestamp' } as const

/** What each stream reads, in this order. */
export const OBJECTS: Readonly<Record<StreamName, readonly [SalesforceObject, ...SalesforceObject[]]>> = {
  opportunities: [
    {
      name: 'Opportunity', table: 'opportunities', description: 'Opportunities.',
      core: { ...dated, name: 'text', account_id: 'text', owner_id: 'text', campaign_id: 'text', stage_name: 'text', amount: 'decimal', probability: 'decimal', close_date: 'date', is_closed: 'boolean', is_won: 'boolean', closed_on: 'date', type: 'text', lead_source: 'text', forecast_category_name: 'text' },
    },
    {
      name: 'OpportunityHistory', table: 'opportunity_history', description: 'Each state of stage, amount, probability and close date that an opportunity was in, from its creation until `left_at`.', parent: 'opportunity_id', isHistory: true,
      core: { ...dated, opportunity_id: 'text', stage_name: 'text', amount: 'decimal', probability: 'decimal', close_date: 'date', left_at: 'timestamp', is_closed: 'boolean', is_won: 'boolean' },
    },
    {
      name: 'OpportunityFieldHistory', table: 'opportunity_field_history', description: 'Changes of the fields of opportunities that are tracked.', parent: 'opportunity_id',
      core: { created_date: 'timestamp', opportunity_id: 'text', field: 'text', old_value: 'text', new_value: 'text' },
    },
    {
      name: 'OpportunityLineItem', table: 'opportunity_line_items', description: 'Products of opportunities.', parent: 'opportunity_id',
      core: { ...dated, opportunity_id: 'text', product2_id: 'text', quantity: 'float', unit_price: 'decimal', total_price: 'decimal' },
    },
  ],
  leads: [
    {
      name: 'Lead', table: 'leads', description: 'Leads.', person: { user: ['id', 'converted_contact_id'], email: ['email'] },
      core: { ...dated, email: 'text', company: 'text', status: 'text', lead_source: 'text', industry: 'text', country: 'text', owner_id: 'text', is_converted: 'boolean', converted_date: 'date', converted_account_id: 'text', converted_contact_id: 'text', converted_opportunity_id: 'text' },
    },
  ],
  accounts: [{ name: 'Account', table: 'accounts', description: 'Accounts: companies, and people where these are kept as accounts.', core: { ...dated, name: 'text', type: 'text', industry: 'text', billing_country: 'text', website: 'text', owner_id: 'text' } }],
  contacts: [{ name: 'Contact', table: 'contacts', description: 'Contacts.', person: { user: ['id'], email: ['email'] }, core: { ...dated, account_id: 'text', email: 'text', lead_source: 'text', owner_id: 'text' } }],
  users: [{ name: 'User', table: 'users', description: 'Users of Salesforce.', person: { staff: ['email'] }, core: { ...dated, name: 'text', email: 'text', is_active: 'boolean' } }],
  campaigns: [{ name: 'Campaign', table: 'campaigns', description: 'Campaigns.', core: { ...dated, name: 'text', type: 'text', status: 'text', start_date: 'date', end_date: 'date', actual_cost: 'decimal' } }],
  products: [{ name: 'Product2', table: 'products', description: 'Products.', core: { ...dated, name: 'text', product_code: 'text', family: 'text', is_active: 'boolean' } }],
  tasks: [{ name: 'Task', table: 'tasks', description: 'Tasks, logged calls and e-mails among them.', isEvent: true, person: { user: ['who_id'] }, core: { ...dated, who_id: 'text', what_id: 'text', owner_id: 'text', subject: 'text', status: 'text', task_subtype: 'text', activity_date: 'date', is_closed: 'boolean' } }],
}
