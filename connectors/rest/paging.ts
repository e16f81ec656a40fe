import LinkHeader from 'http-link-header'
import { KpiqlError } from '../../src/base/errors.ts'
import type { Json } from '../sync-contract.ts'
import { compileOne } from './json-path.ts'
import type { PagingOptions } from './option-types.ts'

/** Where a page is; null for the first. Made of what can be kept beside the data. */
export type Position = null | { readonly [name in 'page' | 'offset' | 'cursor' | 'url' | 'session']?: string | number | undefined }

/** What a page showed. */
export interface Shown {
  readonly body: unknown
  readonly headers: Headers
  readonly records: readonly unknown[]
  /** The page's own address. */
  readonly url: string
}

export interface Paging {
  /** The page that comes next; null after the last. */
  next(position: Position, shown: Shown): Position
  /** Whether a reading that was cut off may go on from a position kept before: `always`, `soon` (pages shift as rows come and go), or `never`. */
  readonly resumes: 'always' | 'soon' | 'never'
  /** Whether positions count on by themselves, so that a tool that passes them over would be read for ever. */
  readonly counts: boolean
  /** Whether asking for a page moves the tool on, so that a page whose answer was lost cannot be asked for again. */
  readonly moves: boolean
  /** Of paging by cursors: the cursor that a page showed, also the last. */
  readonly cursorOf: (shown: Shown) => string | number | null
}

export function pagingOf(tool: string, options: PagingOptions): Paging {
  return { ...walkOf(tool, options), moves: options.kind === 'scroll' }
}

function walkOf(tool: string, options: PagingOptions): Omit<Paging, 'moves'> {
  const none = (): null => null
  switch (options.kind) {
    case 'none':
      return { next: none, resumes: 'always', counts: false, cursorOf: none }
    case 'page': {
      const { first, size, shortPageEnds } = options
      const [total, more] = [one(options.total), one(options.more)]
      return {
        next: (position, { body, records }) => {
          const page = Number(position?.page ?? first)
          const pages = numberOf(total(body))
          const ends = pages === null ? isLast(more(body), records.length, size, shortPageEnds) : page - first + 1 >= pages
          return ends ? null : { page: page + 1 }
        },
        resumes: 'soon',
        counts: true,
        cursorOf: none,
      }
    }
    case 'offset': {
      const { size, shortPageEnds } = options
      const [total, more] = [one(options.total), one(options.more)]
      return {
        // By what came and not by what was asked for: tools give less than asked, and pages would be skipped.
        next: (position, { body, records }) => {
          const offset = Number(position?.offset ?? 0) + records.length
          const rows = numberOf(total(body))
          const ends = records.length === 0 || (rows === null ? isLast(more(body), records.length, size, shortPageEnds) : offset >= rows)
          return ends ? null : { offset }
        },
        resumes: 'soon',
        counts: true,
        cursorOf: none,
      }
    }
    case 'cursor': {
      const [next, more, ended] = [compileOne(options.next), one(options.more), one(options.ended)]
      const cursorOf = ({ body }: Shown): string | number | null => tokenOf(next(body))
      return {
        next: (_, shown) => {
          const cursor = cursorOf(shown)
          return cursor === null || more(shown.body) === false || ended(shown.body) === true ? null : { cursor }
        },
        resumes: 'always',
        counts: false,
        cursorOf,
      }
    }
    case 'url': {
      const [next, more] = [compileOne(options.next), one(options.more)]
      return {
        next: (_, { body, url }) => {
          const found = tokenOf(next(body))
          return found === null || more(body) === false ? null : { url: sameOrigin(tool, String(found), url) }
        },
        resumes: 'always',
        counts: false,
        cursorOf: none,
      }
    }
    case 'link':
      return { next: (_, { headers, url }) => linked(tool, headers.get('link'), options.rel, url), resumes: 'always', counts: false, cursorOf: none }
    case 'last-id': {
      const [field, more] = [compileOne(options.field), one(options.more)]
      return {
        next: (position, { body, records }) => {
          const has = more(body)
          if (has === false || (has !== true && records.length === 0)) return null
          // A page without records that says there are more is asked for again; the guard against circles counts.
          if (records.length === 0) return position
          const cursor = tokenOf(field(records.at(-1)))
          if (cursor === null) throw new KpiqlError('SOURCE_FAILED', { message: `${tool}: the last record of a page has nothing at \`paging.field\`.`, hint: 'Check the path; it reads a record.' })
          return { cursor }
        },
        resumes: 'always',
        counts: false,
        cursorOf: none,
      }
    }
    case 'session': {
      const session = compileOne(options.session)
      return {
        next: (position, { body, records }) => {
          const id = tokenOf(session(body)) ?? position?.session ?? null
          if (records.length === 0) return null
          if (id === null) throw new KpiqlError('SOURCE_FAILED', { message: `${tool}: a page has nothing at \`paging.session\`, so that the next one cannot be asked for.` })
          return { page: Number(position?.page ?? options.first) + 1, session: id }
        },
        resumes: 'never',
        counts: true,
        cursorOf: none,
      }
    }
    case 'scroll': {
      const next = compileOne(options.next)
      return {
        next: (_, { body, records }) => {
          const cursor = tokenOf(next(body))
          return cursor === null || records.length === 0 ? null : { cursor }
        },
        resumes: 'never',
        // The same token comes with every page of some tools.
        counts: true,
        cursorOf: none,
      }
    }
  }
}

/** As it is kept beside the data: without a key that the tool wrote into the address. */
export function keptPosition(position: Position, secretParameter: string | null): Json {
  if (position === null) return null
  const { url, ...rest } = position
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Record<string, string | number>
  if (typeof url !== 'string') return kept
  const clean = new URL(url)
  if (secretParameter !== null) clean.searchParams.delete(secretParameter)
  return { ...kept, url: clean.href }
}

function isLast(more: unknown, count: number, size: number | undefined, shortPageEnds: boolean): boolean {
  if (typeof more === 'boolean') return !more
  return count === 0 || (shortPageEnds && size !== undefined && count < size)
}

function linked(tool: string, header: string | null, rel: string, url: string): Position {
  if (header === null || header.trim() === '') return null
  let found: string | undefined
  try {
    found = LinkHeader.parse(header).rel(rel)[0]?.uri
  } catch {
    throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} sent a Link header that cannot be read.` })
  }
  return found === undefined ? null : { url: sameOrigin(tool, found, url) }
}

/** Pages are asked for with the credentials, so they are followed on the tool's own host only. */
function sameOrigin(tool: string, found: string, url: string): string {
  const target = URL.canParse(found, url) ? new URL(found, url) : null
  if (target === null || target.origin !== new URL(url).origin) throw new KpiqlError('SOURCE_FAILED', { message: `${tool} names a next page on another host, which is not followed.`, hint: 'Check `baseUrl`: it must be the address that the tool itself uses, with its scheme.' })
  return target.href
}

function one(path: string | undefined): (json: unknown) => unknown {
  return path === undefined ? () => undefined : compileOne(path)
}

function tokenOf(value: unknown): string | number | null {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? value : null
}

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
