import { KpiqlError } from '../../src/base/errors.ts'
import { HttpClient } from '../http-kit/http-client.ts'
import type { HttpRequest } from '../http-kit/http-client.ts'
import { listIn } from '../http-kit/list-in.ts'
import type { SyncDeps } from '../sync-contract.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { SegmentOptions } from './options.ts'

const TOOL = 'Segment'
const TIMEOUT_MS = 60_000
const ATTEMPTS = 8
const PROFILES_PER_PAGE = 100
const PER_PAGE = 100
const TRAITS_PER_PAGE = 200

const BASE_URLS = { us: 'https://profiles.segment.com/v1', eu: 'https://profiles.euw1.segment.com/v1' }

type Query = NonNullable<HttpRequest['query']>

interface Paged {
  readonly cursor?: { readonly has_more?: boolean; readonly next?: string } | undefined
}

export interface ProfileList {
  readonly ids: readonly string[]
  /** Of the next page; null after the last. */
  readonly next: string | null
}

export interface ExternalId {
  readonly type?: unknown
  readonly id?: unknown
  readonly created_at?: unknown
}

/** The Profile API of one space: its users. */
export class ProfileApi {
  readonly #client: HttpClient
  readonly #path: string

  constructor({ region, profilesUrl = BASE_URLS[region], requestsPerSecond }: SegmentOptions, spaceId: string, token: string, deps: SyncDeps) {
    const authorization = `Basic ${Buffer.from(`${token}:`).toString('base64')}`
    this.#client = new HttpClient({ tool: TOOL, baseUrl: profilesUrl, headers: () => ({ authorization }), deps, maxConcurrent: 10, spacingMs: Math.ceil(1_000 / requestsPerSecond), timeoutMs: TIMEOUT_MS, attempts: ATTEMPTS, secrets: [token] })
    this.#path = `spaces/${encodeURIComponent(spaceId)}/collections/users/profiles`
  }

  /** @param limit profiles at most, up to 100. */
  async list(next: string | null, signal: AbortSignal, limit: number = PROFILES_PER_PAGE): Promise<ProfileList> {
    const { body } = await this.#client.json<{ readonly data: readonly { readonly segment_id: string }[] } & Paged>({ path: this.#path, query: { limit, next } }, signal)
    return { ids: (listIn(TOOL, 'profiles', body, 'data') as typeof body.data).map(({ segment_id }) => segment_id), next: nextOf(body) }
  }

  /** Null where the profile is gone. */
  async traits(segmentId: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | null> {
    const pages = await this.#pages<{ readonly traits: Readonly<Record<string, unknown>> } & Paged>(segmentId, 'traits', { limit: TRAITS_PER_PAGE }, signal)
    if (pages?.some(({ traits }) => typeof traits !== 'object' || traits === null) === true) throw new KpiqlError('SOURCE_FAILED', { message: `${TOOL} answered a profile's traits without them.`, hint: 'Look whether a proxy answers in its place, and at `profilesUrl`. What was read before stays.' })
    return pages === null ? null : Object.assign({}, ...pages.map(({ traits }) => traits)) as Readonly<Record<string, unknown>>
  }

  async externalIds(segmentId: string, signal: AbortSignal): Promise<readonly ExternalId[]> {
    const pages = await this.#pages<{ readonly data: readonly ExternalId[] } & Paged>(segmentId, 'external_ids', { limit: PER_PAGE }, signal)
    return (pages ?? []).flatMap((page) => listIn(TOOL, 'external_ids', page, 'data') as readonly ExternalId[])
  }

  async metadata(segmentId: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const pages = await this.#pages<{ readonly metadata: Readonly<Record<string, unknown>> } & Paged>(segmentId, 'metadata', {}, signal)
    return pages?.[0]?.metadata ?? {}
  }

  /** Of the last 14 days. @param start ISO. */
  async events(segmentId: string, start: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const pages = await this.#pages<{ readonly data: readonly Readonly<Record<string, unknown>>[] } & Paged>(segmentId, 'events', { limit: PER_PAGE, start, sort: 'asc' }, signal)
    return (pages ?? []).flatMap((page) => listIn(TOOL, 'events', page, 'data') as typeof page.data)
  }

  async #pages<Page extends Paged>(segmentId: string, what: string, query: Query, signal: AbortSignal): Promise<readonly Page[] | null> {
    const pages: Page[] = []
    const enter = refuseLoops(TOOL)
    for (let next: string | null = ''; next !== null; ) {
      enter(next)
      const { status, body }: { readonly status: number; readonly body: Page } = await this.#client.json<Page>({ path: `${this.#path}/segment_id:${encodeURIComponent(segmentId)}/${what}`, query: { ...query, next: next === '' ? null : next }, accept: [404] }, signal)
      if (status === 404) return null
      pages.push(body)
      next = nextOf(body)
    }
    return pages
  }
}

function nextOf({ cursor }: Paged): string | null {
  return cursor?.has_more === true && cursor.next !== undefined && cursor.next !== '' ? cursor.next : null
}
