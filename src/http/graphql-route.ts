import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { SavedCohorts } from '../../schema/context.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { NotedMetrics } from '../jobs/own-telemetry/noted-session.ts'
import type { Jobs } from '../jobs/types.ts'
import { cohortsNow } from '../store/cohorts-now.ts'
import type { LazyStore } from '../store/lazy-store.ts'
import type { AccessGate } from './access-gate.ts'
import { AnswerShortcuts } from './answer-shortcuts.ts'
import type { Place } from './answer-shortcuts.ts'
import { callerName } from './back-pressure.ts'
import type { BackPressure } from './back-pressure.ts'
import { startGraphqlServer } from './graphql-server.ts'
import { zipLongAnswers } from './gzip-answer.ts'
import { refusedInput } from './input-depth.ts'
import { takeBodiesRaw } from './json-body.ts'
import type { ReadJson } from './json-body.ts'
import { KnownRequests } from './known-requests.ts'
import { refuseOperation, sendRefusal } from './refusal.ts'
import { openRequestScope } from './request-scope.ts'
import type { RequestScope } from './request-scope.ts'
import type { GraphqlContext, HttpSettings, OperationNote, Served } from './served.ts'

/** What answers at `/graphql` now. */
interface Current {
  readonly served: Served
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
  readonly stop: () => Promise<void>
  readonly open: Set<RequestScope>
  /** Set when another took its place: called when its last request is answered. */
  drained: (() => void) | null
}

/** A request on its way. */
interface Opened {
  readonly scope: RequestScope
  /** Null where its answer is not kept. */
  readonly place: Place | null
  readonly savedCohorts: SavedCohorts
  /** Null where nobody wants to know. */
  readonly noted: NotedMetrics | null
}

/** `/graphql`, behind which the model can be changed. */
export interface GraphqlRoute {
  served(): Served
  /** Puts another model in place at once. Resolves when the last request to the old one is answered. */
  swap(served: Served): Promise<void>
  /** Stops the scans of all requests under way. */
  cancelAll(reason: KpiqlError): void
  close(): Promise<void>
}

const notes = new WeakMap<FastifyRequest, OperationNote>()

/** What is known of the operation a request asked; null for requests that were none. */
export function operationNote(request: FastifyRequest): OperationNote | null {
  return notes.get(request) ?? null
}

export async function serveGraphql(app: FastifyInstance, first: Served, settings: HttpSettings, gate: AccessGate, pressure: BackPressure, readJson: ReadJson, log: Log): Promise<GraphqlRoute> {
  let current = await open(first, settings, gate, pressure, readJson, log)
  const retiring = new Set<Current>()

  void app.register(async (scoped) => {
    takeBodiesRaw(scoped)
    zipLongAnswers(scoped)
    scoped.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/graphql',
      handler: (request, reply) => current.handle(request, reply),
    })
  })

  return {
    served: () => current.served,
    async swap(served) {
      const next = await open(served, settings, gate, pressure, readJson, log)
      const previous = current
      current = next
      retiring.add(previous)
      if (previous.open.size > 0) await new Promise<void>((resolve) => (previous.drained = resolve))
      retiring.delete(previous)
      await previous.stop()
    },
    cancelAll(reason) {
      for (const { open: scopes } of [current, ...retiring]) for (const scope of scopes) scope.cancel(reason)
    },
    close: () => current.stop(),
  }
}

async function open(served: Served, settings: HttpSettings, gate: AccessGate, pressure: BackPressure, readJson: ReadJson, log: Log): Promise<Current> {
  const { model, analytics, store, jobs } = served
  const server = await startGraphqlServer(served, settings, log)
  const opened = new WeakMap<FastifyRequest, Opened>()
  const shortcuts = new AnswerShortcuts(analytics, model.version, settings.keptAnswersBytes, settings.telemetry)
  const requests = new KnownRequests()

  const answer = fastifyApolloHandler(server, {
    async context(request: FastifyRequest): Promise<GraphqlContext> {
      const found = opened.get(request)
      if (found === undefined) throw new KpiqlError('PLAN_BROKEN', { message: 'A request came without its scope.' })
      const caller = gate.callerOf(request)
      // Only pages are let in without a caller, and they ask nothing.
      if (caller === null) throw refuseOperation('UNAUTHENTICATED', 'This needs an API key.', { hint: 'Send a valid one as the header: Authorization: Bearer kpiql_…' })
      const { scope, place, savedCohorts, noted } = found
      const note: OperationNote = { operationName: null, errorCodes: [] }
      notes.set(request, note)
      const session: GraphqlContext['session'] = (freshness, maxStaleMs) => {
        const own = scope.session(freshness, maxStaleMs)
        return noted === null ? own : noted.of(own)
      }
      return { model, calendar: model.calendar, analytics: scope.analytics, requestId: request.id, savedCohorts, store: storeFor(scope, store), jobs: jobsFor(scope, jobs), session, caller, scope, note, keep: place === null ? null : (data, operationName) => shortcuts.keep(place, scope, data, operationName, () => noted?.all ?? []) }
    },
  })

  const current: Current = {
    served,
    open: new Set(),
    drained: null,
    stop: () => server.stop(),
    async handle(request, reply) {
      const fromMs = performance.now()
      const raw = request.body
      const known = requests.find(request)
      const parse = (): void => {
        if (Buffer.isBuffer(raw)) request.body = readJson(request, raw)
      }
      if (known === null) {
        parse()
        const refused = refusedInput(request)
        if (refused !== null) return sendRefusal(reply, refused.code, refused.message, refused.hint)
      }
      const asked = known ?? requests.read(request, raw)
      const { version, cohorts } = await cohortsNow(store)
      const caller = gate.callerOf(request)
      const role = caller?.role ?? null
      const place = asked === null || caller === null ? null : await shortcuts.placeOf(request, asked, caller, version)
      if (asked !== null && place !== null && !asked.registers) {
        const found = await shortcuts.find(request, place)
        if (found !== null) settings.usage?.asked(found.asked, role)
        if (shortcuts.confirm(request, reply, place) || found !== null) notes.set(request, { operationName: found?.operationName ?? asked.operationName, errorCodes: [] })
        if (reply.sent) return reply
        if (found !== null) return shortcuts.send(request, reply, place, found, fromMs)
      }
      if (known !== null) parse()
      const name = callerName(caller, request)
      const scope = openRequestScope(analytics, request.id, name, settings.deadlineMs, reply.raw)
      const noted = settings.usage === undefined ? null : new NotedMetrics()
      opened.set(request, { scope, place, savedCohorts: cohorts, noted })
      current.open.add(scope)
      try {
        return await pressure.within(name, scope.signal, reply, async () => {
          const sent: unknown = await answer.call(request.server, request, reply)
          if (place !== null) shortcuts.answered(request, reply)
          return sent
        })
      } finally {
        if (noted !== null) settings.usage?.asked(noted.all, role)
        current.open.delete(scope)
        // What a weak map holds outlives the next small collection, whatever becomes of its key.
        opened.delete(request)
        scope.end()
        if (current.open.size === 0) current.drained?.()
      }
    },
  }
  return current
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
