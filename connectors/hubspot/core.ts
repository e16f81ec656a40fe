import type { HubspotObject } from './options.ts'

/**
 * Properties that the model pack reads, with HubSpot's types; what is multiplied with amounts of money, and those, as `decimal`. Their columns are there also where an
 * account lacks the property, and are empty then.
 */
export const CORE: Readonly<Record<HubspotObject, Readonly<Record<string, string>>>> = {
  contacts: {
    email: 'string', firstname: 'string', lastname: 'string', createdate: 'datetime', lifecyclestage: 'enumeration', hs_lead_status: 'enumeration',
    hs_analytics_source: 'enumeration', country: 'string', hubspot_owner_id: 'enumeration', hs_merged_object_ids: 'enumeration', hs_calculated_merged_vids: 'enumeration',
    hs_lifecyclestage_lead_date: 'datetime', hs_lifecyclestage_marketingqualifiedlead_date: 'datetime', hs_lifecyclestage_salesqualifiedlead_date: 'datetime',
    hs_lifecyclestage_opportunity_date: 'datetime', hs_lifecyclestage_customer_date: 'datetime', lastmodifieddate: 'datetime',
  },
  companies: {
    name: 'string', domain: 'string', industry: 'enumeration', country: 'string', numberofemployees: 'number', annualrevenue: 'decimal', lifecyclestage: 'enumeration',
    hubspot_owner_id: 'enumeration', createdate: 'datetime', hs_merged_object_ids: 'enumeration', hs_lastmodifieddate: 'datetime',
  },
  deals: {
    dealname: 'string', amount: 'decimal', amount_in_home_currency: 'decimal', deal_currency_code: 'enumeration', dealstage: 'enumeration', pipeline: 'enumeration',
    dealtype: 'enumeration', hs_deal_stage_probability: 'decimal', createdate: 'datetime', closedate: 'datetime', hs_is_closed: 'bool', hs_is_closed_won: 'bool',
    hubspot_owner_id: 'enumeration', hs_analytics_source: 'enumeration', hs_merged_object_ids: 'enumeration', hs_lastmodifieddate: 'datetime',
  },
  tickets: {
    subject: 'string', content: 'string', hs_pipeline: 'enumeration', hs_pipeline_stage: 'enumeration', hs_ticket_priority: 'enumeration', hs_ticket_category: 'enumeration',
    source_type: 'enumeration', createdate: 'datetime', closed_date: 'datetime', hubspot_owner_id: 'enumeration', hs_merged_object_ids: 'enumeration', hs_lastmodifieddate: 'datetime',
  },
}
