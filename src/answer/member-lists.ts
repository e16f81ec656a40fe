import { KpiqlError } from '../base/errors.ts'
import { SharedFlight } from '../cache/shared-flight.ts'
import { VersionedCache } from '../cache/versioned-cache.ts'
import { listsOthers, pushedForList, pushedQuery, putList } from '../plan/membership/membership-pushed.ts'
import type { PushedMembership } from '../plan/membership/membership-pushed.ts'
import { Relation, semanticModelOf } from '../plan/relation.ts'
import type { PlanContext } from '../plan/rows.ts'
import { aggregate, select } from '../sql/tree.ts'
import type { Query } from '../sql/tree.ts'
import { countedQuery } from './counted-query.ts'
import { rowsRead } from './scan-budget.ts'
import { asKpiqlError } from './source-set.ts'
import { sourcesOf, versionsOf } from './sources-behind.ts'
import type { SourceSet, Sources } from './source-set.ts'
import type { Freshness, RequestStats } from './types.ts'

export interface ListOptions {
  readonly context: PlanContext
  readonly sources: Sources
  readonly freshness: Freshness
  readonly signal: AbortSignal
  readonly caller: string
  readonly stats: RequestStats
}

/** Keys of one membership, sorted. */
interface MemberList {
  readonly ids: readonly string[]
}

/** Lists of one request that are read side by side. */
const AT_ONCE = 4
/** What is carried for one request is bounded by that many full lists. */
const MOST_LISTS = 10

/** Members read from the source that decides them, for plans over other sources. Bounded: a cohort of more is refused, never cut. */
export class MemberLists {
  readonly #set: SourceSet
  readonly #cache: VersionedCache<MemberList>
  readonly #maxMembers: number
  readonly #flights = new Map<string, SharedFlight<MemberList>>()
  // Members of each list of a request, by the dimension of its membership. All sessions of a request share its signal.
  readonly #carried = new WeakMap<AbortSignal, Map<string, number>>()

  constructor(set: SourceSet, cacheBytes: number, maxMembers: number) {
    this.#set = set
    this.#cache = new VersionedCache<MemberList>(cacheBytes, ({ ids }) => 64 + ids.reduce((bytes, id) => bytes + 24 + id.length * 2, 0))
    this.#maxMembers = maxMembers
  }

  clear(): void {
    this.#cache.clear()
  }

  /**
   * Puts the lists into the context's memberships, those they need themselves first.
   *
   * @returns What kept a list from being read, by the dimension of its membership.
   */
  async read(pushed: readonly PushedMembership[], options: ListOptions): Promise<ReadonlyMap<string, KpiqlError>> {
    const failures = new Map<string, KpiqlError>()
    const read = async (one: PushedMembership): Promise<void> => {
      try {
        const { ids } = await this.#listOf(one, options)
        this.#carry(one, ids.length, options.signal)
        putList(options.context.memberships, one.membership, ids)
      } catch (error) {
        failures.set(one.membership.dimension, asKpiqlError(error, this.#sourceOf(options.context, one)))
      }
    }
    // A cohort as at each of many buckets is as many lists: all at once, they would crowd out everybody else.
    const waiting = pushed.values()
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, pushed.length) }, async () => {
      for (const one of waiting) await read(one)
    }))
    return failures
  }

  /** @throws KpiqlError of the first list that cannot be read: `TOO_MANY_MEMBERS`, `SOURCE_*`. */
  async require(pushed: readonly PushedMembership[], options: ListOptions): Promise<void> {
    const [failure] = (await this.read(pushed, options)).values()
    if (failure) throw failure
  }

  /** The statement that reads a list. */
  queryOf(one: PushedMembership, context: PlanContext): Query {
    return pushedQuery(context, (name) => new Relation(context, name), one, this.#maxMembers + 1)
  }

  /** A list counts once, however many of a request's questions need it. */
  #carry({ membership }: PushedMembership, members: number, request: AbortSignal): void {
    const lists = this.#carried.get(request) ?? new Map<string, number>()
    this.#carried.set(request, lists)
    const together = [...lists].reduce((sum, [dimension, count]) => sum + (dimension === membership.dimension ? 0 : count), members)
    if (together > this.#maxMembers * MOST_LISTS) throw this.#tooManyTogether(together)
    lists.set(membership.dimension, members)
  }

  #sourceOf({ model }: PlanContext, { home }: PushedMembership): string {
    return semanticModelOf(model, home).source
  }

  async #listOf(one: PushedMembership, options: ListOptions): Promise<MemberList> {
    const { context, sources, freshness, signal } = options
    const failure = sources.failures.get(this.#sourceOf(context, one))
    if (failure) throw failure
    await this.require(pushedForList(context, one), options)
    const key = [versionsOf(sourcesOf(context, [one]), sources), context.model.version, one.membership.dimension].join('|')
    const known = freshness === 'NO_CACHE' ? undefined : this.#cache.get(key)
    if (known) return known
    const under = freshness === 'NO_CACHE' ? undefined : this.#flights.get(key)
    if (under && !under.isAbandoned) return under.join(signal)
    const flight = new SharedFlight(async (stop) => {
      try {
        const list = await this.#readList(one, { ...options, signal: stop }, signal)
        this.#cache.set(key, list)
        return list
      } finally {
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
      }
    })
    this.#flights.set(key, flight)
    return flight.join(signal)
  }

  async #readList(one: PushedMembership, { context, sources, signal, caller, stats }: ListOptions, request: AbortSignal): Promise<MemberList> {
    const name = this.#sourceOf(context, one)
    const connected = this.#set.connected(name)
    if (connected === undefined) throw new KpiqlError('SOURCE_UNAVAILABLE', { message: `Source "${name}" is not connected.`, hint: 'Add it to the configuration.' })
    const state = sources.states.get(name)
    const ask = async (query: Query, kind: 'text' | 'integer') => {
      const tooCostly = this.#set.budget.charge(request, rowsRead(query, context.model, state))
      if (tooCostly !== null) throw tooCostly
      const { text, params } = connected.source.dialect.print(query)
      const { columns } = await countedQuery(this.#set, name, connected, { text, params, columns: [kind] }, { signal, dataVersion: state?.version, caller }, stats)
      return columns[0] ?? []
    }
    const query = this.queryOf(one, context)
    const ids = (await ask(query, 'text')).map(String)
    if (ids.length <= this.#maxMembers) return { ids: ids.toSorted() }
    const whole: Query = query.kind === 'select' ? { ...query, limit: null } : query
    const [count] = await ask(select({ columns: [{ expr: aggregate({ name: 'count' }, null), as: 'members' }], from: { kind: 'query', query: whole, as: 'listed' } }), 'integer')
    throw this.#tooMany(one, name, Number(count ?? ids.length))
  }

  #tooManyTogether(members: number): KpiqlError {
    const limit = this.#maxMembers * MOST_LISTS
    return new KpiqlError('TOO_MANY_MEMBERS', {
      message: `The cohorts of this request have ${members} members or more in other sources than its metrics; at most ${limit} are carried over for one request.`,
      hint: 'Ask for fewer cohorts or buckets at once, bring the tables into one source, or raise limits.maxPushedMembers in the configuration.',
      data: { members, limit },
    })
  }

  #tooMany({ membership }: PushedMembership, source: string, members: number): KpiqlError {
    const who = listsOthers(membership) ? 'leaves out' : 'has'
    return new KpiqlError('TOO_MANY_MEMBERS', {
      message: `A cohort of the entity ${membership.entity} ${who} ${members} of source "${source}"; at most ${this.#maxMembers} are carried into another source.`,
      hint: 'Narrow the cohort, bring both tables into one source, or raise limits.maxPushedMembers in the configuration.',
      data: { members, limit: this.#maxMembers },
    })
  }
}
