import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

interface Contact {
  readonly id: string
  properties: Record<string, string>
}

interface Input {
  readonly id: string
  readonly idProperty?: string
  readonly properties?: Readonly<Record<string, string>>
}

export interface FakeHubspotIngest extends VendorServer {
  token: string
  readonly contacts: Map<string, Contact>
  readonly properties: Map<string, { readonly name: string; readonly type: string; readonly groupName: string }>
  readonly groups: Set<string>
  readonly lists: Map<string, { readonly name: string; readonly processingType: string; readonly members: Set<string> }>
  /** Members whose records are refused alone, with 207. */
  readonly refused: Map<string, string>
  add(email: string, more?: readonly string[]): string
}

const MOST = 100

/**
 * What `destinations` of HubSpot need, as https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/batch/upsert-contacts (and
 * …/batch/update-contacts, …/batch/read, /crm/properties/…, /crm/lists/memberships/update-list-memberships) show it; answers have the shapes of
 * `@hubspot/api-client` 14 (`BatchResponseSimplePublicUpsertObjectWithErrors`, `StandardError`, `MembershipsUpdateResponse`). A bad address, an
 * unknown property or an id that comes twice refuses the whole request with 400; the rest with 207 and an error a record.
 */
export async function startHubspotIngest(): Promise<FakeHubspotIngest> {
  const state = {
    token: 'pat-eu1-of-an-account',
    contacts: new Map<string, Contact>(),
    properties: new Map([['email', { name: 'email', type: 'string', groupName: 'contactinformation' }]]),
    groups: new Set(['contactinformation']),
    lists: new Map<string, { readonly name: string; readonly processingType: string; readonly members: Set<string> }>(),
    refused: new Map<string, string>(),
  }
  let ids = 100
  const add = (email: string, more: readonly string[] = []): string => {
    const id = String(++ids)
    state.contacts.set(id, { id, properties: { email: email.toLowerCase(), ...(more.length === 0 ? {} : { hs_additional_emails: more.join(';') }) } })
    return id
  }
  const byEmail = (email: string): Contact | undefined => [...state.contacts.values()].find(({ properties }) => [properties['email'], ...(properties['hs_additional_emails'] ?? '').split(';')].includes(email.toLowerCase()))
  const invalid = (message: string): Reply => ({ status: 400, json: { status: 'error', message, category: 'VALIDATION_ERROR', correlationId: 'c' } })

  const batch = (how: string, inputs: readonly Input[], idProperty: string | undefined): Reply => {
    if (inputs.length > MOST) return invalid(`The batch holds more than ${MOST} records`)
    if (new Set(inputs.map(({ id }) => id.toLowerCase())).size < inputs.length) return invalid('Duplicate IDs found in batch input')
    const unknown = inputs.flatMap(({ properties = {} }) => Object.keys(properties)).find((name) => !state.properties.has(name))
    if (unknown !== undefined) return invalid(`Property "${unknown}" does not exist`)
    if (how === 'upsert') {
      const bad = inputs.find(({ id }) => !/^[^\s@]+@[^\s@]+\.[a-z]+$/i.test(id))
      if (bad !== undefined) return invalid(`Property values were not valid: Email address ${bad.id} is invalid`)
    }
    const results: unknown[] = []
    const errors: unknown[] = []
    for (const { id, properties = {}, idProperty: own } of inputs) {
      const key = how === 'read' ? idProperty : own
      const reason = state.refused.get(id)
      let contact = key === undefined ? state.contacts.get(id) : byEmail(id)
      if (reason !== undefined && how !== 'read') errors.push({ status: 'error', category: 'VALIDATION_ERROR', message: reason, context: { id: [id] }, errors: [], links: {} })
      else if (contact === undefined && how !== 'upsert') errors.push({ status: 'error', category: 'OBJECT_NOT_FOUND', message: 'Could not get some objects', context: { ids: [id] }, errors: [], links: {} })
      else {
        contact ??= state.contacts.get(add(id))
        if (contact !== undefined && how !== 'read') contact.properties = { ...contact.properties, ...properties }
        results.push({ ...contact, archived: false, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' })
      }
    }
    return { status: errors.length === 0 ? 200 : 207, json: { status: 'COMPLETE', results, startedAt: '', completedAt: '', ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }) } }
  }

  const property = ({ method, path, body }: Heard, rest: string): Reply => {
    if (method === 'GET' && rest === '') return { json: { results: [...state.properties.values()] } }
    if (method === 'GET') {
      const found = state.properties.get(rest.slice(1))
      return found === undefined ? { status: 404, json: { status: 'error', category: 'OBJECT_NOT_FOUND', message: `No property named ${path}` } } : { json: found }
    }
    const asked = JSON.parse(body.toString()) as { name: string; type: string; groupName: string }
    if (rest === '/groups') return state.groups.has(asked.name) ? { status: 409, json: { message: 'exists' } } : (state.groups.add(asked.name), { status: 201, json: asked })
    if (!state.groups.has(asked.groupName)) return invalid('the group does not exist')
    if (state.properties.has(asked.name)) return { status: 409, json: { message: 'exists' } }
    state.properties.set(asked.name, asked)
    return { status: 201, json: asked }
  }

  const list = ({ method, body }: Heard, rest: string): Reply => {
    const name = /^\/object-type-id\/0-1\/name\/(.+)$/.exec(rest)?.[1]
    if (method === 'GET' && name !== undefined) {
      const found = [...state.lists].find(([, one]) => one.name === decodeURIComponent(name))
      return found === undefined ? { status: 404, json: { message: 'List does not exist' } } : { json: { list: { listId: found[0], name: found[1].name, processingType: found[1].processingType, objectTypeId: '0-1' } } }
    }
    const changes = /^\/(\d+)\/memberships\/add-and-remove$/.exec(rest)
    const of = state.lists.get(changes?.[1] ?? '')
    if (method === 'PUT' && of !== undefined) {
      const { recordIdsToAdd, recordIdsToRemove } = JSON.parse(body.toString()) as { recordIdsToAdd: string[]; recordIdsToRemove: string[] }
      for (const id of recordIdsToAdd) if (state.contacts.has(id)) of.members.add(id)
      for (const id of recordIdsToRemove) of.members.delete(id)
      return { json: { recordsIdsAdded: recordIdsToAdd, recordIdsRemoved: recordIdsToRemove, recordIdsMissing: [] } }
    }
    if (method !== 'POST' || (rest !== '/' && rest !== '')) return { status: 404, json: {} }
    const asked = JSON.parse(body.toString()) as { name: string; processingType: string }
    const id = String(++ids)
    state.lists.set(id, { name: asked.name, processingType: asked.processingType, members: new Set() })
    return { json: { list: { listId: id, ...asked } } }
  }

  const server = await startVendor((heard) => {
    if (heard.headers['authorization'] !== `Bearer ${state.token}`) return { status: 401, json: { status: 'error', category: 'INVALID_AUTHENTICATION', message: 'Authentication credentials not found' } }
    const { path, body } = heard
    const how = /^\/crm\/objects\/2026-03\/contacts\/batch\/(read|update|upsert)$/.exec(path)?.[1]
    if (how !== undefined) {
      const { inputs, idProperty } = JSON.parse(body.toString()) as { inputs: Input[]; idProperty?: string }
      return batch(how, inputs, idProperty)
    }
    const properties = /^\/crm\/properties\/2026-03\/contacts(.*)$/.exec(path)?.[1]
    if (properties !== undefined) return property(heard, properties)
    const lists = /^\/crm\/lists\/2026-03(.*)$/.exec(path)?.[1]
    return lists === undefined ? { status: 404, json: {} } : list(heard, lists)
  })
  return Object.assign(state, { add }, server)
}
