import { FullReadNeeded } from '../sync-contract.ts'
import type { ReadRequest, Stream, SyncPage, TableWrite } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import { StripeApi } from './api.ts'
import type { StripePage, StripeQuery } from './api.ts'
import { Catalogue } from './catalogue.ts'
import { pendingOf } from './pending.ts'
import { BEGINNING, readCursor, writeCursor } from './cursor.ts'
import type { ListPlace, StripeCursor } from './cursor.ts'
import { subjectOf } from './object-kind.ts'
import type { ObjectKind, Reading } from './object-kind.ts'
import { numberOf, textOf } from './record.ts'
import type { StripeObject } from './record.ts'

const DAY = 86_400
/** "List events, going back up to 30 days": https://docs.stripe.com/api/events/list */
const EVENTS_REACH = 30 * DAY
const MOST_RECENT = 1_000

export interface StreamTimes {
  readonly lookbackMinutes: number
  readonly balanceLookbackDays: number
}

/**
 * A stream of one kind of objects. The first reading lists them, newest first; later ones follow the events since the cursor and
 * read each object again that they are about, since an event holds its object in the shape of another version, and of another moment.
 */
export function objectStream(kind: ObjectKind, openApi: (signal: AbortSignal) => StripeApi, times: StreamTimes): Stream {
  return {
    name: kind.name,
    tables: kind.tables,
    showsAll: !kind.isFact,
    ignoresSince: !kind.isFact,
    async *read(request) {
      const api = openApi(request.signal)
      const now = Math.floor(request.nowUtcMs / 1_000)
      const kept = readCursor(request.cursor)
      const since = request.sinceUtcMs === null ? null : Math.floor(request.sinceUtcMs / 1_000)
      const oldest = kind.isFact ? since : null
      const changedAt = new Map<string, number>()
      const reading: Reading & { changedAt: Map<string, number> } = { api, catalogue: new Catalogue(api), now, changedAt, pending: pendingOf(api, kept?.phase !== 'events'), observed: kept?.observed ?? {} }
      const cursor: StripeCursor = kept ?? { phase: 'list', begun: now, from: oldest, place: BEGINNING, observed: {} }
      if (kind.events === null) return yield* listed(kind, cursor.phase === 'list' ? cursor : { phase: 'list', begun: now, from: Math.max(oldest ?? 0, cursor.since - times.balanceLookbackDays * DAY), place: BEGINNING, observed: {} }, reading)
      const reachedBack = cursor.phase === 'list' ? cursor.begun : cursor.since
      if (reachedBack <= now - EVENTS_REACH) throw new FullReadNeeded(`Stripe keeps events for 30 days; the last sync of ${kind.name} was before.`)
      if (cursor.phase === 'list') yield* listed(kind, cursor, reading)
      else yield* followed(kind, kind.events, cursor, reading, times.lookbackMinutes * 60, request)
    },
  }
}

async function* listed(kind: ObjectKind, cursor: StripeCursor & { readonly phase: 'list' }, reading: Reading): AsyncGenerator<SyncPage> {
  const query = { ...kind.query, expand: kind.expand?.map((path) => `data.${path}`), 'created[gte]': cursor.from }
  for await (const { objects, place, isLast } of pagesOf(reading.api, kind.path, query, cursor.place)) {
    const writes = objects.length === 0 ? [] : await kind.writes(objects, reading)
    const { begun, from } = cursor
    const next: StripeCursor = isLast ? { phase: 'events', since: begun, until: null, place: BEGINNING, recent: [], observed: reading.observed } : { phase: 'list', begun, from, place, observed: reading.observed }
    yield { writes, cursor: writeCursor(next), done: isLast ? 1 : null, completeUntilUtcMs: isLast ? begun * 1_000 : null }
  }
}

async function* followed(kind: ObjectKind, types: readonly string[], cursor: StripeCursor & { readonly phase: 'events' }, reading: Reading & { changedAt: Map<string, number> }, lookback: number, { nowUtcMs }: ReadRequest): AsyncGenerator<SyncPage> {
  const { since } = cursor
  const until = cursor.until ?? Math.floor(nowUtcMs / 1_000)
  const query = { types, 'created[gte]': since - lookback, 'created[lte]': until }
  const read = new Set<string>()
  let { recent } = cursor
  if (kind.tellsChange) await noteChanges(kind, query, reading, new Set(recent))
  for await (const { objects: events, place, isLast } of pagesOf(reading.api, '/v1/events', query, cursor.place)) {
    const known = new Set(recent)
    const fresh = events.filter(({ id }) => typeof id === 'string' && !known.has(id))
    const ids = new Set<string>()
    for (const event of fresh) {
      for (const id of await idsOf(kind, event, reading.api)) {
        if (!read.has(id)) ids.add(id)
      }
    }
    for (const id of ids) read.add(id)
    const writes = await readAgain(kind, [...ids], reading)
    recent = [...recent, ...fresh.filter(({ created }) => (numberOf(created) ?? 0) >= until - lookback).map(({ id }) => textOf(id) ?? '')].slice(-MOST_RECENT)
    const next: StripeCursor = { phase: 'events', since: isLast ? until : since, until: isLast ? null : until, place: isLast ? BEGINNING : place, recent, observed: reading.observed }
    yield {
      writes,
      cursor: writeCursor(next),
      done: isLast ? 1 : until <= since ? null : Math.min(1, Math.max(0, (until - (place.created ?? until)) / (until - since))),
      completeUntilUtcMs: isLast ? until * 1_000 : null,
    }
  }
}

/** When objects changed is known before the first is read, as the event that tells may stand pages below the one that calls for reading it. */
async function noteChanges(kind: ObjectKind, query: StripeQuery, { api, changedAt }: Reading & { changedAt: Map<string, number> }, known: ReadonlySet<string>): Promise<void> {
  for await (const { objects: events } of pagesOf(api, '/v1/events', query, BEGINNING)) {
    for (const event of events) {
      if (known.has(textOf(event['id']) ?? '') || kind.tellsChange?.(event) !== true) continue
      for (const id of await idsOf(kind, event, api)) changedAt.set(id, Math.max(changedAt.get(id) ?? 0, numberOf(event['created']) ?? 0))
    }
  }
}

function idsOf(kind: ObjectKind, event: StripeObject, api: StripeApi): readonly string[] | Promise<readonly string[]> {
  return kind.idsOf?.(event, api) ?? subjectOf(event, kind.object)
}

/** Objects by id as they are now; what is no more is removed. */
async function readAgain(kind: ObjectKind, ids: readonly string[], reading: Reading): Promise<readonly TableWrite[]> {
  if (ids.length === 0) return []
  const found = await Promise.all(ids.map((id) => reading.api.find(`${kind.path}/${encodeURIComponent(id)}`, { expand: kind.expand })))
  const objects = found.filter((one) => one !== null)
  const gone = ids.filter((_, index) => found[index] === null)
  const [table] = kind.tables
  return [
    ...(objects.length === 0 ? [] : await kind.writes(objects, reading)),
    ...(gone.length === 0 || table === undefined ? [] : [{ kind: 'delete' as const, table: table.name, keys: gone.map((id) => [id]) }, ...(kind.alsoRemoved?.(gone) ?? [])]),
  ]
}

interface Listed {
  readonly objects: readonly StripeObject[]
  readonly place: ListPlace
  readonly isLast: boolean
}

/** Pages from a place on. Where the object that a page ended with is no more, goes on by when it was created. */
async function* pagesOf(api: StripeApi, path: string, query: StripeQuery, from: ListPlace): AsyncGenerator<Listed> {
  const guard = refuseLoops('Stripe')
  for (let place = from; ; ) {
    guard([place.after, place.created])
    const page: StripePage | null = (await api.page(path, query, place.after)) ?? (await api.page(path, { ...query, 'created[lte]': place.created }, null))
    if (page === null) return
    const last = page.objects.at(-1)
    if (last) place = { after: textOf(last['id']), created: numberOf(last['created']) }
    yield { objects: page.objects, place, isLast: !page.hasMore }
    if (!page.hasMore) return
  }
}
