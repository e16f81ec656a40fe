import type { SavedCohorts } from '../../schema/context.ts'
import type { Caller } from '../access/role.ts'
import type { NotedMetrics } from '../jobs/own-telemetry/noted-session.ts'
import type { Jobs } from '../jobs/types.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { Place } from './answer-shortcuts.ts'
import type { AskedRequest } from './asked-request.ts'
import type { RequestScope } from './request-scope.ts'
import type { GraphqlContext, Served } from './served.ts'

/** A request on its way. */
export interface Opened {
  readonly caller: Caller | null
  readonly scope: RequestScope
  /** Null for what is asked in no ordinary way. */
  readonly asked: AskedRequest | null
  /** Null where its answer is not kept. */
  readonly place: Place | null
  readonly savedCohorts: SavedCohorts
  /** Null where nobody wants to know. */
  readonly noted: NotedMetrics | null
}

/** What the resolvers see of a request. */
export function graphqlContext({ model, store, jobs }: Served, { scope, savedCohorts, noted }: Opened, own: Pick<GraphqlContext, 'caller' | 'note' | 'keep' | 'told'>): GraphqlContext {
  const session: GraphqlContext['session'] = (freshness, maxStaleMs) => {
    const opened = scope.session(freshness, maxStaleMs)
    return noted === null ? opened : noted.of(opened)
  }
  return { model, calendar: model.calendar, analytics: scope.analytics, requestId: scope.requestId, savedCohorts, store: storeFor(scope, store), jobs: jobsFor(scope, jobs), session, scope, executed: null, ...own }
}

/** How syncs stand is another answer every time. */
function jobsFor(scope: RequestScope, jobs: Jobs | undefined): GraphqlContext['jobs'] {
  if (jobs === undefined) return undefined
  return {
    open() {
      scope.notRepeatable()
      return jobs
    },
  }
}

/** What is recorded or listed through the store is never answered from what was kept. */
function storeFor(scope: RequestScope, store: LazyStore | undefined): GraphqlContext['store'] {
  if (store === undefined) return undefined
  return {
    open() {
      scope.notRepeatable()
      return store.open()
    },
  }
}
