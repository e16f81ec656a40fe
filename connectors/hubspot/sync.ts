import { KpiqlError } from '../../src/base/errors.ts'
import { defineSyncConnector } from '../sync-contract.ts'
import type { Stream, SyncDeps } from '../sync-contract.ts'
import { verdictOf } from '../sync-kit/verdict-of.ts'
import { openClient } from './client.ts'
import type { HubspotClient } from './client.ts'
import type { Listed } from './find-archived.ts'
import { KINDS } from './object-reading.ts'
import type { ObjectKind, Stage } from './object-reading.ts'
import { OBJECTS, hubspotOptions } from './options.ts'
import type { HubspotObject, HubspotOptions } from './options.ts'
import { readPipelines, stagesOfPipelines } from './pipelines.ts'
import { columnsOf } from './properties.ts'
import type { Property } from './properties.ts'
import { readObjects } from './read-objects.ts'
import { ownerStream, pipelineStream } from './reference-streams.ts'
import { tablesOf } from './tables.ts'

const REFUSED = 403
const WITH_PIPELINES: readonly HubspotObject[] = ['deals', 'tickets']

/** HubSpot's CRM: contacts, companies, deals, tickets, their associations, pipelines and owners. */
export default defineSyncConnector<HubspotOptions>({
  name: 'hubspot',
  kind: 'sync',
  options: hubspotOptions,
  paths: [],
  secrets: ['accessToken'],
  open: (name, options, deps) => {
    const client = openClient(options, deps)
    return {
      name,
      maxConcurrent: 3,
      test: () =>
        verdictOf('HubSpot', async (signal) => {
          const once = openClient(options, deps, 1)
          const [object = 'contacts'] = options.objects ?? []
          await once.get(once.paths.objects(object), { limit: 1 }, signal)
          return `the token may read ${object}.`
        }),
      streams: (signal) => streamsOf(client, options, deps, signal),
      close: () => Promise.resolve(),
    }
  },
})

async function streamsOf(client: HubspotClient, options: HubspotOptions, deps: SyncDeps, signal: AbortSignal): Promise<readonly Stream[]> {
  const known = new Map<HubspotObject, readonly Property[]>()
  for (const object of options.objects ?? OBJECTS) {
    const properties = await allowed(() => client.get<Listed<Property>>(client.paths.properties(object), {}, signal), options.objects !== undefined)
    if (properties === null) deps.log.warn({ object }, `The HubSpot token may not read ${object}; they are left out.`)
    else known.set(object, properties.results)
  }
  if (known.size === 0) throw new KpiqlError('SOURCE_FAILED', { message: 'The HubSpot token may read none of contacts, companies, deals and tickets.', hint: 'Give the private app the scopes that read them, such as crm.objects.contacts.read.' })
  const currency = known.has('deals') ? await currencyOf(client, options, deps, signal) : null
  const objects = [...known.keys()]
  const piped = objects.filter((object) => WITH_PIPELINES.includes(object))
  const stages = new Map<HubspotObject, readonly Stage[]>()
  for (const object of piped) stages.set(object, stagesOfPipelines((await allowed(() => readPipelines(client, object, signal), false)) ?? []))
  return [
    ownerStream(client),
    ...(piped.length === 0 ? [] : [pipelineStream(client, piped)]),
    ...[...known].map(([object, properties]): Stream => {
      const kind: ObjectKind = { ...KINDS[object], links: KINDS[object].links.filter(({ to }) => known.has(to)) }
      const columns = columnsOf(object, properties, options.properties[object])
      return { name: object, tables: tablesOf(kind, columns), showsAll: true, ignoresSince: true, read: (request) => readObjects({ kind, client, columns, currency, overlapSeconds: options.overlapSeconds, pageSize: options.pageSize, stages: stages.get(object) ?? [] }, request) }
    }),
  ]
}

/** The currency of amounts that name none; null where neither the configuration nor the account tells it. */
async function currencyOf(client: HubspotClient, { currency }: HubspotOptions, deps: SyncDeps, signal: AbortSignal): Promise<string | null> {
  if (currency !== undefined) return currency
  const account = await allowed(() => client.get<{ readonly companyCurrency?: string }>(client.paths.account, {}, signal), false)
  if (account?.companyCurrency === undefined) deps.log.warn({}, 'The HubSpot account does not tell its currency; name it with `currency`.')
  return account?.companyCurrency ?? null
}

/** Null where the token may not ask this, unless that is an error. */
async function allowed<T>(ask: () => Promise<T>, isNeeded: boolean): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (!isNeeded && error instanceof KpiqlError && error.data?.status === REFUSED) return null
    throw error
  }
}
