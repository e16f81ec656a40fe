import type { SyncColumn, SyncColumnKind } from '../sync-contract.ts'
import { columnNames } from '../sync-kit/column-names.ts'
import { utcMsOfEpochMs, utcMsOfIso } from '../../src/base/instants.ts'
import { roundDecimal } from '../sync-kit/round-decimal.ts'
import { CORE } from './core.ts'
import type { HubspotObject } from './options.ts'

/** A property as `GET /crm/properties/{version}/{objectType}` tells it. */
export interface Property {
  readonly name: string
  readonly label?: string
  /** `string`, `number`, `date`, `datetime`, `enumeration`, `bool`, `phone_number`, `json`, `object_coordinates`. */
  readonly type: string
  readonly archived?: boolean
  readonly showCurrencySymbol?: boolean
  readonly numberDisplayHint?: string
  readonly dataSensitivity?: string
}

/** A property and the column it lands in. */
export interface PropertyColumn {
  readonly property: string
  readonly column: SyncColumn
}

const MONEY_SCALE = 6
/** Columns that no property fills. */
const OWN = ['id', 'created_at', 'updated_at', 'currency', 'closed_at', 'primary_company_id']
const DAY_MS = 86_400_000
const KINDS: Readonly<Record<string, SyncColumnKind>> = { number: 'float', bool: 'boolean', date: 'date', datetime: 'timestamp' }
const PERSONAL = /(^|_)(first_?name|last_?name|full_?name|phone|mobile|fax|address\d*|street|zip|postal|birth|gender|marital|linkedin|twitter|twitterhandle|facebook)|(^|_)emails?$|^hs_full_name_or_email$|ip_address|latlon|(^|_)(latitude|longitude)/

/** The columns of an object's properties: those that packs read, whether the account has them or not, and all others that it has. */
export function columnsOf(object: HubspotObject, known: readonly Property[], wanted: readonly string[] | undefined): readonly PropertyColumn[] {
  const core = CORE[object]
  const others = known.filter(({ name, archived }) => archived !== true && name !== 'hs_object_id' && !(name in core) && (wanted?.includes(name) ?? true))
  const all: readonly Property[] = [...Object.entries(core).map(([name, type]) => ({ name, ...known.find((one) => one.name === name), type })), ...others]
  const names = columnNames(all.map(({ name }) => name), OWN)
  return all.map((property, index) => ({ property: property.name, column: columnOf(object, property, names[index] ?? property.name) }))
}

function columnOf(object: HubspotObject, { name: property, label, type, showCurrencySymbol, numberDisplayHint, dataSensitivity }: Property, name: string): SyncColumn {
  const isMoney = type === 'decimal' || (type === 'number' && (showCurrencySymbol === true || numberDisplayHint === 'currency'))
  const isPersonal = (object === 'contacts' && PERSONAL.test(property)) || (object === 'tickets' && (property === 'subject' || property === 'content')) || (dataSensitivity ?? 'non_sensitive') !== 'non_sensitive'
  return {
    name,
    kind: isMoney ? 'decimal' : (KINDS[type] ?? 'text'),
    ...(isMoney ? { scale: MONEY_SCALE } : {}),
    ...(label === undefined ? {} : { description: label }),
    ...(isPersonal ? { personal: true } : {}),
  }
}

/** A value as HubSpot sends it, always text, as its column takes it; an empty text is null, and what does not fit stays as it came. */
export function valueOf(value: string | null | undefined, { kind, scale = MONEY_SCALE }: SyncColumn): unknown {
  if (value === null || value === undefined || value === '') return null
  if (kind === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  if (kind === 'timestamp') return instantOf(value) ?? value
  if (kind === 'decimal') return roundDecimal(value, scale)
  if (kind !== 'date') return value
  // Dates are days, or midnight UTC as an epoch.
  const ms = instantOf(value)
  return ms === null || ms % DAY_MS !== 0 ? value : new Date(ms).toISOString().slice(0, 10)
}

/** Epoch milliseconds, or ISO text. */
function instantOf(value: string): number | null {
  return /^-?\d{5,}$/.test(value) ? utcMsOfEpochMs(value) : utcMsOfIso(value)
}
