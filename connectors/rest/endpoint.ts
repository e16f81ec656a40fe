import { KpiqlError } from '../../src/base/errors.ts'
import { stableHash } from '../../src/base/stable-hash.ts'
import type { HttpClient } from '../http-kit/http-client.ts'
import { refuseLoops } from '../sync-kit/refuse-loops.ts'
import type { Credentials } from './auth.ts'
import { compileRecords } from './json-path.ts'
import type { EndpointOptions } from './option-types.ts'
import { keptPosition, pagingOf } from './paging.ts'
import type { Paging, Position, Shown } from './paging.ts'
import { wanted } from './stream-faults.ts'
import { fillJson, fillText } from './template.ts'
import type { Values } from './template.ts'

/** In a row, of a tool that says that more follow. */
const MOST_EMPTY_PAGES = 100

export interface EndpointWorld {
  readonly tool: string
  readonly client: HttpClient
  readonly baseUrl: string
  readonly query: Readonly<Record<string, string>>
  readonly credentials: Credentials
  /** Of one request. */
  readonly attempts: number
}

/** What a reading is about; written as the tool wants it. */
export interface Scope {
  readonly since: string | number | null
  readonly until: string | number | null
  readonly now: string | number | null
}

export interface EndpointPage {
  readonly shown: Shown
  readonly next: Position
}

/** One address of the tool, page by page. */
export class Endpoint {
  readonly #options: EndpointOptions
  readonly #world: EndpointWorld
  readonly #cursorIsSince: boolean
  readonly #records: (json: unknown) => readonly unknown[] | null
  readonly paging: Paging

  /** @param cursorIsSince a cursor stands for where the reading began, and tools refuse both at once. */
  constructor(options: EndpointOptions, world: EndpointWorld, cursorIsSince = false) {
    this.#options = options
    this.#cursorIsSince = cursorIsSince
    this.#world = world
    this.#records = compileRecords(options.records)
    this.paging = pagingOf(world.tool, options.paging)
  }

  /**
   * Pages from a position to the last.
   *
   * @throws KpiqlError `SOURCE_UNAVAILABLE` where the tool shows the same pages again and again; `SOURCE_*` of the client.
   */
  async *pages(from: Position, scope: Scope, signal: AbortSignal): AsyncGenerator<EndpointPage> {
    const { tool } = this.#world
    const check = refuseLoops(tool)
    const checkContent = refuseLoops(tool)
    let before: string | null = null
    let failures = 0
    let emptyPages = 0
    for (let position = from; ; ) {
      // Positions that count on never come again, so there it is what they show.
      if (!this.paging.counts) check(keptPosition(position, null))
      let shown: Shown
      try {
        shown = await this.page(position, scope, signal, this.paging.moves && position !== null ? 1 : undefined)
      } catch (error) {
        if (!this.paging.moves || position === null || !(error instanceof KpiqlError) || !error.retry || error.code === 'CANCELLED' || ++failures >= this.#world.attempts) throw error
        // A page that was refused was not passed; of any other failure nobody knows, so that all pages are read again.
        if (error.code !== 'SOURCE_BUSY') position = null
        continue
      }
      if (this.paging.counts) {
        const { length } = shown.records
        const content = stableHash([length, shown.records[0], shown.records.at(-1)])
        emptyPages = length === 0 ? emptyPages + 1 : 0
        if ((content === before && length > 0) || emptyPages > MOST_EMPTY_PAGES) checkContent(content)
        before = content
      }
      const next = this.paging.next(position, shown)
      yield { shown, next }
      if (next === null) return
      position = next
    }
  }

  /** @throws KpiqlError `SOURCE_FAILED` where the answer has no records at their path. */
  async page(position: Position, scope: Scope, signal: AbortSignal, attempts?: number): Promise<Shown> {
    const { tool, client } = this.#world
    const { method, emptyStatuses, body: template, records: path } = this.#options
    const values = this.#values(position, scope)
    const url = this.#address(position, values)
    const { status, headers, body } = await client.json<unknown>({ method, path: url, accept: emptyStatuses, attempts, ...(template === undefined ? {} : { json: fillJson(template, values) }) }, signal)
    if (emptyStatuses.includes(status) || status === 204) return { body: null, headers, records: [], url }
    const records = this.#records(body)
    if (records === null) throw new KpiqlError('SOURCE_FAILED', { message: `${tool}: the answer of ${this.#options.path.slice(0, 80)} has no list at ${path}; it has ${named(body)}.`, hint: 'Set `records` to the path of the list.' })
    return { body, headers, records, url }
  }

  #values(position: Position, scope: Scope): Values {
    const { paging } = this.#options
    const counted = paging.kind === 'page' || paging.kind === 'offset'
    return {
      since: this.#cursorIsSince && position?.cursor !== undefined ? null : scope.since,
      until: scope.until,
      now: scope.now,
      cursor: position?.cursor ?? null,
      page: paging.kind === 'page' || paging.kind === 'session' ? (position?.page ?? paging.first) : null,
      offset: position?.offset ?? 0,
      size: counted ? (paging.size ?? null) : null,
      session: position?.session ?? null,
    }
  }

  #address(position: Position, values: Values): string {
    const { baseUrl, query: common, credentials } = this.#world
    const { path, query, paging } = this.#options
    const url = new URL(typeof position?.url === 'string' ? position.url : `${baseUrl.replace(/\/+$/, '')}/${(fillText(path, values, encodeURIComponent) ?? path).replace(/^\/+/, '')}`)
    if (url.origin !== new URL(baseUrl).origin) throw new KpiqlError('SOURCE_FAILED', { message: `${this.#world.tool}: a page on another host is not followed.` })
    if (position?.url === undefined) {
      for (const [name, value] of Object.entries({ ...common, ...query })) {
        const filled = typeof value === 'string' ? fillText(value, values) : String(value)
        if (filled !== null) url.searchParams.append(name, filled)
      }
      for (const [placeholder, name] of wanted(paging)) {
        const value = values[placeholder]
        if (name !== undefined && value !== null) url.searchParams.set(name, String(value))
      }
    }
    if (credentials.query) url.searchParams.set(credentials.query.name, credentials.query.value)
    return url.href
  }
}

function named(body: unknown): string {
  if (Array.isArray(body)) return 'a list at the top ($[*])'
  if (typeof body !== 'object' || body === null) return 'no fields'
  const names = Object.keys(body).slice(0, 10)
  return names.length === 0 ? 'no fields' : names.map((name) => name.slice(0, 40)).join(', ')
}
