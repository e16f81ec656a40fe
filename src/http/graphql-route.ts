import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { KpiqlError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { NotedMetrics } from '../jobs/own-telemetry/noted-session.ts'
import { cohortsNow } from '../store/cohorts-now.ts'
import { AnswerShortcuts } from './answer-shortcuts.ts'
import { callerName } from './back-pressure.ts'
import type { BackPressure } from './back-pressure.ts'
import { zipLongAnswers } from './gzip-answer.ts'
import { refusedInput } from './input-depth.ts'
import { takeBodiesRaw } from './json-body.ts'
import type { ReadJson } from './json-body.ts'
import { KnownRequests } from './known-requests.ts'
import { onceATurn } from './once-a-turn.ts'
import { sendRefusal } from './refusal.ts'
import { openRequestScope } from './request-scope.ts'
import type { RequestScope } from './request-scope.ts'
import type { SendPieces } from './send-pieces.ts'
import type { HttpSettings, OperationNote, Served } from './served.ts'
import { openDoors } from './two-doors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What is known of the operation a request asked; null for requests that were none. */
    operationNote: OperationNote | null
  }
}

/** What answers at `/graphql` now. */
interface Current {
  readonly served: Served
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
  readonly stop: () => Promise<void>
  readonly open: Set<RequestScope>
  /** Set when another took its place: called when its last request is answered. */
  drained: (() => void) | null
}

/** What the route needs of the server around it. */
export interface Surroundings {
  readonly pressure: BackPressure
  readonly readJson: ReadJson
  readonly send: SendPieces
  readonly log: Log
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

export async function serveGraphql(app: FastifyInstance, first: Served, settings: HttpSettings, around: Surroundings): Promise<GraphqlRoute> {
  let current = await open(first, settings, around)
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
      const next = await open(served, settings, around)
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

async function open(served: Served, settings: HttpSettings, { pressure, readJson, send, log }: Surroundings): Promise<Current> {
  const { model, analytics, store } = served
  const shortcuts = new AnswerShortcuts(analytics, model.version, settings.keptAnswersBytes, settings.telemetry, send)
  const doors = await openDoors(served, settings, shortcuts, send, log)
  const requests = new KnownRequests()
  const cohortsOfTurn = onceATurn(() => cohortsNow(store))

  const current: Current = {
    served,
    open: new Set(),
    drained: null,
    stop: () => doors.stop(),
    async handle(request, reply) {
      const fromMs = performance.now()
      const raw = request.body
      const requestName = requests.nameOf(request)
      const known = requests.find(requestName)
      const parse = (): void => {
        if (Buffer.isBuffer(raw)) request.body = readJson(request, raw)
      }
      if (known === null) {
        parse()
        const refused = refusedInput(request)
        if (refused !== null) return sendRefusal(reply, refused.code, refused.message, refused.hint)
      }
      const asked = known ?? requests.read(request, requestName)
      const { version, cohorts } = await cohortsOfTurn()
      const { caller } = request
      const role = caller?.role ?? null
      const place = asked === null || caller === null ? null : await shortcuts.placeOf(request, asked, caller, version)
      if (asked !== null && place !== null && !asked.registers) {
        const found = await shortcuts.find(request, place)
        if (found !== null) settings.usage?.asked(found.asked, role)
        if (shortcuts.confirm(request, reply, place) || found !== null) request.operationNote = { operationName: found?.operationName ?? asked.operationName, errorCodes: [] }
        if (reply.sent) return reply
        if (found !== null) return shortcuts.send(request, reply, place, found, fromMs)
      }
      if (known !== null) parse()
      const name = callerName(caller, request)
      const scope = openRequestScope(analytics, request.id, name, settings.deadlineMs, reply.raw)
      const noted = settings.usage === undefined ? null : new NotedMetrics()
      current.open.add(scope)
      try {
        return await pressure.within(name, scope.signal, reply, () => doors.answer(request, reply, { caller, scope, asked, place, savedCohorts: cohorts, noted }))
      } finally {
        if (noted !== null) settings.usage?.asked(noted.all, role)
        current.open.delete(scope)
        scope.end()
        if (current.open.size === 0) current.drained?.()
      }
    },
  }
  return current
}
