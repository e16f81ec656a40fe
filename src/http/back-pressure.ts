import { setTimeout as after } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/role.ts'
import { KpiqlError } from '../base/errors.ts'
import { ownTurn } from '../base/own-turn.ts'
import { Places } from '../base/places.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { watchLoopDelay } from './loop-delay.ts'
import type { PressureLimits } from './pressure-limits.ts'
import { sendRefusal } from './refusal.ts'
import { RunningLimit } from './running-limit.ts'

/** Keeps the gateway from taking on more than it can do. */
export interface BackPressure {
  /**
   * Does the work in its turn, callers taking turns. Where too many wait, the last one of the caller of most of them is answered
   * 503 `SERVER_BUSY` with `Retry-After` instead, before anything is done for it; also one whose time is up while it waits.
   *
   * @param signal ends the wait.
   */
  within(caller: string, signal: AbortSignal, reply: FastifyReply, work: () => Promise<unknown>): Promise<unknown>
  close(): void
}

const LOOK_MS = 250
const LONGEST_RETRY_SECONDS = 30
/** A refusal takes its time: clients that ask again at once would otherwise leave the process time for nothing but refusals. */
const HELD_MS = 3_000
const MOST_HELD = 5_000

export function applyBackPressure(limits: PressureLimits, telemetry: Telemetry, random: () => number = Math.random): BackPressure {
  const limit = new RunningLimit(limits.maxRequestsRunning, limits.maxLoopDelayMs)
  const places: Places = new Places({ count: limit.now })
  let done = 0
  /** Over some seconds. */
  let donePerSecond = 0
  let looked = performance.eventLoopUtilization()
  const unwatch = watchLoopDelay(LOOK_MS, (delayMs) => {
    const { utilization } = performance.eventLoopUtilization(looked)
    looked = performance.eventLoopUtilization()
    telemetry.loopDelay(delayMs)
    telemetry.requestsNow(places.running, places.waiting)
    places.changeCount(limit.told(delayMs, places.running, utilization))
    donePerSecond += (done * (1_000 / LOOK_MS) - donePerSecond) / 8
    done = 0
  })

  let held = 0
  const busy = async (reply: FastifyReply): Promise<unknown> => {
    if (held < MOST_HELD) {
      held += 1
      await after(HELD_MS)
      held -= 1
    }
    // Spread, so that those refused in one moment do not come back in one.
    const seconds = Math.min(LONGEST_RETRY_SECONDS, Math.ceil(places.waiting / Math.max(1, donePerSecond)) + Math.floor(random() * 3))
    return sendRefusal(reply.header('retry-after', String(Math.max(1, seconds))).header('cache-control', 'no-store'), 'SERVER_BUSY', 'The server has more requests than it can answer now.', 'Ask again after the seconds that `Retry-After` names.')
  }
  return {
    async within(caller, signal, reply, work) {
      let hasBegun = false
      try {
        if (places.isFull && places.waiting >= limits.maxRequestsWaiting && !places.sendLastAway(places.waitingOf(caller) + 1, new SentAway())) return await busy(reply)
        return await places.within(signal, async () => {
          hasBegun = true
          await ownTurn()
          return await work()
        }, caller)
      } catch (error) {
        if (hasBegun) throw error
        if (error instanceof KpiqlError && error.code === 'CANCELLED') return sendRefusal(reply.header('retry-after', '5'), 'SHUTTING_DOWN', error.message, error.hint)
        return await busy(reply)
      } finally {
        if (hasBegun) done += 1
      }
    },
    close: unwatch,
  }
}

/** Whose requests and statements take turns with those of others: those of one key, or of one address where keys are not needed. */
export function callerName(caller: Caller | null, { socket }: FastifyRequest): string {
  return caller?.keyId ?? socket.remoteAddress ?? ''
}

/** Made room for another caller's request. */
class SentAway extends Error {}
