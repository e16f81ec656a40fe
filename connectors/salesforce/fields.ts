import type { Reference, SyncColumn, SyncColumnKind, SyncTable } from '../sync-contract.ts'
import { columnNames } from '../sync-kit/column-names.ts'
import { utcMsOfIso } from '../../src/base/instants.ts'
import { roundDecimal } from '../sync-kit/round-decimal.ts'
import type { SalesforceObject } from './objects.ts'

/** What `GET /sobjects/{object}/describe` tells of a field. */
export interface DescribedField {
  readonly name: string
  readonly label: string
  readonly type: string
  /** Formulas and roll-ups. */
  readonly calculated: boolean
  /** Null for roll-ups, and for what is no formula. */
  readonly calculatedFormula?: string | null
}

export interface Described {
  readonly name: string
  /** Whether deletions are logged. */
  readonly replicateable: boolean
  readonly fields: readonly DescribedField[]
}

export interface FieldColumn {
  readonly field: string
  /** Holds ids of records. */
  readonly isReference: boolean
  readonly column: SyncColumn
}

/** Columns that no field fills. */
const OWN = ['currency', 'closed_on']
/** API numbers may have more decimals than the field shows. */
const SCALE = 6
const KINDS: Readonly<Record<string, SyncColumnKind | null>> = {
  boolean: 'boolean', int: 'integer', long: 'integer', double: 'float', currency: 'decimal', percent: 'decimal', date: 'date', datetime: 'timestamp',
  // Compounds of fields that are listed on their own, and what is no value.
  address: null, location: null, complexvalue: null, base64: null,
}
const PEOPLE = ['Contact', 'Lead', 'User']
/** Fields that accounts have where people are kept as accounts. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_account.htm */
const PERSON_ACCOUNT = /^(IsPersonAccount|PersonEmail|PersonContactId)$/
const PERSONAL = /^(Name|FirstName|MiddleName|LastName|Salutation|Suffix|Username|Alias|CommunityNickname|Birthdate|SenderEmail|SenderName|Signature|\w*(Street|PostalCode|Latitude|Longitude))$/

/** Fields that people fill with words. */
const WRITTEN = /^(Name|Description|NextStep|Subject)$/
/** Of histories: whatever a field held, which may be an id. */
const CHANGED = /^(Old|New)Value$/
const OF_CUSTOMER = /^(ContactId|AccountId|WhoId|WhatId)$/

/** Fields that are read, each with its column. Formulas change without the record being modified, so that they are read only where that is wanted; roll-ups are fields of their own. */
export function fieldsOf({ name: object, core }: SalesforceObject, { fields }: Described, formulas: boolean): readonly FieldColumn[] {
  const read = fields.filter(({ type, calculated, calculatedFormula }) => KINDS[type] !== null && (formulas || !calculated || (calculatedFormula ?? null) === null))
  const isOfPeople = PEOPLE.includes(object) || (object === 'Account' && fields.some(({ name }) => PERSON_ACCOUNT.test(name)))
  const names = columnNames(read.map(({ name }) => name), OWN)
  return read.map((field, index) => {
    const name = names[index] ?? field.name
    const kind = core[name] ?? KINDS[field.type] ?? 'text'
    const isPersonal = field.type === 'phone' || field.type === 'email' || (field.type !== 'reference' && /^Person[A-Z]/.test(field.name)) || (isOfPeople && PERSONAL.test(field.name)) || (object === 'Task' && field.name === 'Description')
    return { field: field.name, isReference: field.type === 'reference' || CHANGED.test(field.name), column: { name, kind, description: field.label, ...(kind === 'decimal' ? { scale: SCALE } : {}), ...(isPersonal ? { personal: true } : {}) } }
  })
}

/** The table of an object: its fields, and the columns that the pack reads whether the user may see them or not. */
export function tableOf({ table, description, core, person }: SalesforceObject, fields: readonly FieldColumn[]): SyncTable {
  const known = new Set(fields.map(({ column }) => column.name))
  const finding = table === 'accounts' ? personAccounts(known) : person
  const missing = Object.entries(core).filter(([name]) => !known.has(name))
  const columns: readonly SyncColumn[] = [
    ...(known.has('id') ? [] : [{ name: 'id', kind: 'text' as const }]),
    ...fields.map(({ column }) => column),
    ...missing.map(([name, kind]): SyncColumn => ({ name, kind, ...(kind === 'decimal' ? { scale: SCALE } : {}) })),
    { name: 'currency', kind: 'text', description: 'ISO 4217 of the amounts: that of the record, else that of the configuration.' },
  ]
  return { name: table, description, columns, key: ['id'], ...(finding === undefined ? {} : { person: finding }), refers: references(fields, finding?.user ?? []) }
}

/** Ids of Salesforce are of one record alone, so that it does not matter of which object a field holds them. What people write about the customer of a row is told by its contact and account; by its owner nothing is. */
function references(fields: readonly FieldColumn[], own: readonly string[]): readonly Reference[] {
  const written = fields.filter(({ field, isReference }) => !isReference && WRITTEN.test(field)).map(({ column }) => column.name)
  return fields.filter(({ column, isReference }) => isReference && !own.includes(column.name)).map(({ field, column }) => ({ column: column.name, tells: OF_CUSTOMER.test(field) ? written : [] }))
}

/** A person account is its contact too, which has an id of its own. */
function personAccounts(known: ReadonlySet<string>): SalesforceObject['person'] {
  if (!['is_person_account', 'person_email', 'person_contact_id'].some((name) => known.has(name))) return undefined
  return { user: ['id', ...(known.has('person_contact_id') ? ['person_contact_id'] : [])], email: known.has('person_email') ? ['person_email'] : [] }
}

/** A value of an answer as its column takes it; what does not fit stays as it came. */
export function valueOf(value: unknown, { kind, scale = SCALE }: SyncColumn): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'timestamp') return utcMsOfIso(value) ?? value
  if (kind === 'decimal') return roundDecimal(plain(value), scale)
  if (kind === 'text' && typeof value === 'object') return JSON.stringify(value)
  return value
}

function plain(value: unknown): string {
  const text = String(value)
  return typeof value === 'number' && /e/.test(text) ? value.toFixed(SCALE) : text
}
