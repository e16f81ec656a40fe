import type { LandedTable, OpenLanding } from '../../../connectors/landing-contract.ts'
import { KpiqlError } from '../../base/errors.ts'
import type { SemanticModel } from '../../model/types.ts'
import type { LazyStore } from '../../store/lazy-store.ts'
import type { Identities } from '../identity/create-identities.ts'
import type { IdentityRule } from '../identity/types.ts'
import type { SyncedSource, SyncEngine } from '../sync/types.ts'
import { Counts } from './counts.ts'
import { findPerson, personIn, sharedDevices } from './find-person.ts'
import type { PersonBySource } from './find-person.ts'
import type { ForgottenList } from './forgotten-list.ts'
import { countReferences, overwriteReferences } from './overwrite-references.ts'
import { countOwnRows, removeOwnRows } from './own-rows.ts'
import { personTables } from './person-tables.ts'
import { findMentions, removeMentions } from './remove-mentions.ts'
import type { PersonTable } from './person-tables.ts'
import type { ForgetAsk, ForgetReport } from './types.ts'

export interface ForgetDeps {
  readonly sources: readonly SyncedSource[]
  readonly opened: Pick<OpenLanding, 'landing' | 'source'>
  readonly syncs: Pick<SyncEngine, 'cancel'>
  readonly identities: Pick<Identities, 'resolve'>
  readonly rules: readonly IdentityRule[]
  readonly list: ForgottenList
  readonly store: LazyStore
  /** How a text lands where personal columns are hashed; null where they are not. */
  readonly hashes: ((text: string, isEmail: boolean) => string) | null
}

/** Texts so short stand in many records: the quarantine is not searched for them beyond the tables of the person. */
const SHORTEST_MENTION = 5

/**
 * Removes a person from all that landed and from what the store keeps of cohorts, after it was put on the list of those whose
 * records land no more. In rows that are not the person's own, ids become others that lead to nobody, and addresses go. Syncs of its sources are
 * stopped before; their next run goes on where they were.
 *
 * @param semanticModels which tell of which entity the ids are.
 * @throws KpiqlError `USAGE` for an ask that names nobody, or several people; `SYNC_UNKNOWN`; `SOURCE_BUSY` where another gateway writes; `SOURCE_*`, `STORE_*`: what was removed before stays removed, and asking again removes the rest.
 */
export async function forgetPerson(ask: ForgetAsk, semanticModels: readonly SemanticModel[], deps: ForgetDeps): Promise<ForgetReport> {
  const { sources, opened, rules, list, store, syncs, identities } = deps
  if (ask.source !== null && !sources.some(({ name }) => name === ask.source)) throw new KpiqlError('SYNC_UNKNOWN', { message: `There is no synced source "${ask.source.slice(0, 100)}".`, hint: `Synced: ${sources.map(({ name }) => name).join(', ') || 'none'}.` })
  const tables = (await Promise.all(sources.map((source) => personTables(source, opened.landing)))).flat()
  const person = await seededPerson(ask, tables, deps)
  await findPerson(person, { tables, opened, rules })
  const ids = [...person].map(([source, { users, devices, emails }]) => ({ source, users: users.size, devices: devices.size, emails: new Set([...emails].map((email) => email.trim().toLowerCase())).size }))
  const found = [...person].map(([source, { users, devices, emails }]) => ({ source, users: [...users].toSorted(), devices: [...devices].toSorted(), emails: [...emails].toSorted() }))
  const records = async (dryRun: boolean) => (await store.openIfThere())?.forgotten.remove(idsByEntity(person, tables, semanticModels), dryRun)
  const [removed, overwritten] = [new Counts(), new Counts()]
  const addresses = [...new Set([...person.values()].flatMap(({ emails }) => [...emails].map((email) => email.trim().toLowerCase())))].filter((email) => email.includes('@'))
  if (ask.dryRun) {
    for (const table of tables) {
      removed.add(table.source, table.table, await countOwnRows(table, person.get(table.source), opened.landing))
      overwritten.add(table.source, table.table, await countReferences(table, person.get(table.source), opened.landing))
    }
    await eachLanded(deps, async (source, table) => {
      const own = tables.find(({ landed }) => landed.name === table.name)
      // Those of a row that goes are not told again.
      for (const { column, rows } of await findMentions(table, addresses, opened)) if (!own?.emails.includes(column)) overwritten.add(source, table.name.slice(source.length + 1), rows)
    })
    return { ...reportOf(true, removed, overwritten, 0, await records(true), true, ids), found }
  }

  const other = await opened.landing.claim()
  if (other !== null) throw new KpiqlError('SOURCE_BUSY', { message: `Another gateway (${other}) syncs into the same place, and nothing was removed.`, hint: 'Run the command where that gateway runs, or stop it.' })
  await list.add([...person].map(([source, { users, devices, emails }]) => ({ source, users: [...users], devices: [...devices], emails: [...emails] })))
  await Promise.all(sources.map(({ name }) => syncs.cancel(name)))
  let quarantined = 0
  // What was on its way to a commit before the list knew of the person is removed by the second turn.
  for (let turn = 0; turn < 2; turn++) {
    for (const { name } of sources) {
      const known = personIn(person, name)
      const { users, devices, emails } = known
      const shared = await sharedDevices(name, [...devices], known, { tables, opened, rules })
      const ids = [...users, ...[...devices].filter((id) => !shared.has(id))].filter((text) => text.length >= SHORTEST_MENTION)
      quarantined += await opened.landing.removeQuarantined(name, [...new Set([...addresses, ...emails, ...ids])])
    }
    for (const table of tables) {
      removed.add(table.source, table.table, await removeOwnRows(table, person.get(table.source), opened.landing))
      overwritten.add(table.source, table.table, await overwriteReferences(table, person.get(table.source), opened.landing, list.aliasOf))
    }
    await eachLanded(deps, async (source, table) => {
      const { removed: rows, changed } = await removeMentions(table, await findMentions(table, addresses, opened), list.redacted, opened)
      removed.add(source, table.name.slice(source.length + 1), rows)
      overwritten.add(source, table.name.slice(source.length + 1), changed)
    })
  }
  const kept = await records(false)
  await dropRollups(opened.source)
  await identities.resolve()
  const logIsClear = (await opened.landing.checkpoint?.()) ?? true
  return reportOf(false, removed, overwritten, quarantined, kept, logIsClear, ids)
}

type Records = Pick<ForgetReport, 'listed' | 'activated' | 'mentioned'>

function reportOf(dryRun: boolean, removed: Counts, overwritten: Counts, quarantined: number, records: Records | undefined, logIsClear: boolean, ids: ForgetReport['ids']): ForgetReport {
  const tables = removed.list().map(({ source, table, count }) => ({ source, table, rows: count }))
  return { dryRun, found: [], tables, overwritten: overwritten.list().map(({ source, table, count }) => ({ source, table, cells: count })), quarantined, listed: records?.listed ?? 0, activated: records?.activated ?? 0, mentioned: records?.mentioned ?? 0, logIsClear, ids }
}

/** An address is the same person in every tool; an id is not, unless links say so. */
async function seededPerson({ user, email, source }: ForgetAsk, tables: readonly PersonTable[], { sources, opened, rules, hashes }: ForgetDeps): Promise<PersonBySource> {
  const asked = sources.filter(({ name }) => source === null || name === source).map(({ name }) => name)
  const spelt = (text: string, isEmail: boolean): readonly string[] => (hashes === null ? [text] : [text, hashes(text, isEmail)])
  const person: PersonBySource = new Map()
  if (email !== null) {
    const address = email.trim().toLowerCase()
    if (address === '' || !address.includes('@')) throw new KpiqlError('USAGE', { message: 'This is no e-mail address.', hint: 'Write: kpiql forget --email ann@example.com' })
    for (const name of asked) for (const text of spelt(address, true)) personIn(person, name).emails.add(text)
    return person
  }
  if (user === null || user.trim() === '') throw new KpiqlError('USAGE', { message: 'Nobody is named.', hint: 'Name a person with --user or --email.' })
  if (source !== null) {
    for (const text of spelt(user, false)) personIn(person, source).users.add(text)
    return person
  }
  const found: string[] = []
  for (const name of asked) {
    const own = tables.filter((table) => table.source === name)
    const known = { users: new Set(spelt(user, false)), devices: new Set<string>(), emails: new Set<string>() }
    const counts = await Promise.all(own.flatMap((table) => [countOwnRows(table, known, opened.landing), countReferences(table, known, opened.landing)]))
    if (counts.some((rows) => rows > 0)) found.push(name)
  }
  const [first] = found
  if (first === undefined) throw new KpiqlError('USAGE', { message: 'No synced source has a user of this id.', hint: 'To keep it out of later syncs all the same, say whose id it is: --source NAME.' })
  for (const text of spelt(user, false)) personIn(person, first).users.add(text)
  const linked: PersonBySource = new Map([...person].map(([name, known]) => [name, { users: new Set(known.users), devices: new Set(known.devices), emails: new Set(known.emails) }]))
  await findPerson(linked, { tables, opened, rules })
  const strange = found.find((name) => linked.get(name)?.users.has(user) !== true && linked.get(name)?.devices.has(user) !== true)
  if (strange !== undefined) throw new KpiqlError('USAGE', { message: `${found.join(' and ')} have users of this id, and nothing says that they are one person.`, hint: 'Say whose id it is: --source NAME.' })
  return person
}

/** Keys of entities stand in them; they are built anew from what is left. */
async function dropRollups({ rollups }: OpenLanding['source']): Promise<void> {
  for (const { name } of (await rollups?.list()) ?? []) await rollups?.drop(name)
}

async function eachLanded({ sources, opened: { landing } }: ForgetDeps, work: (source: string, table: LandedTable) => Promise<void>): Promise<void> {
  for (const { name } of sources) for (const table of await landing.tables(name)) await work(name, table)
}

/** Ids by the entities whose keys they are in the model. */
function idsByEntity(person: PersonBySource, tables: readonly PersonTable[], semanticModels: readonly SemanticModel[]): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, Set<string>>()
  for (const { source, landed, users, devices, emails } of tables) {
    const known = person.get(source)
    if (!known) continue
    for (const { relation, entities } of semanticModels) {
      if (!('table' in relation) || relation.table !== landed.name) continue
      for (const { entity, expr } of entities) {
        // A key may be one of several columns, such as the id of whoever is known and that of a device else.
        const names: readonly string[] = expr.match(/[A-Za-z_]\w*/g) ?? []
        const own = [...(users.some((name) => names.includes(name)) ? known.users : []), ...(devices.some((name) => names.includes(name)) ? known.devices : []), ...(emails.some((name) => names.includes(name)) ? known.emails : [])]
        const all = ids.get(entity) ?? new Set<string>()
        for (const id of own) all.add(id)
        if (all.size > 0) ids.set(entity, all)
      }
    }
  }
  return new Map([...ids].map(([entity, own]) => [entity, [...own]]))
}
