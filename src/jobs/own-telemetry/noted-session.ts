import type { AnalyticsSession } from '../../answer/types.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { AskedMetric } from './types.ts'

/** Metrics of one request, each question once, however many of its fields are asked. */
export class NotedMetrics {
  readonly #noted = new Map<string, AskedMetric>()
  readonly #sessions = new WeakMap<AnalyticsSession, AnalyticsSession>()

  get all(): readonly AskedMetric[] {
    return [...this.#noted.values()]
  }

  /** The session, with what is asked of it noted; the same for the same. */
  of(session: AnalyticsSession): AnalyticsSession {
    const known = this.#sessions.get(session)
    if (known) return known
    const noted: AnalyticsSession = {
      get nowUtcMs() {
        return session.nowUtcMs
      },
      get stats() {
        return session.stats
      },
      get hasFailed() {
        return session.hasFailed
      },
      metric: (ask) => {
        this.#note(ask.metric, ask.grain, ask.predicate)
        return session.metric(ask)
      },
      breakdown: (asked) => {
        this.#note(asked.ask.metric, asked.ask.grain, asked.ask.predicate)
        return session.breakdown(asked)
      },
      table: (ask) => {
        const period = ask.by.find((key) => key.kind === 'time' && key.dimension === null)
        const grain = period?.kind === 'time' ? period.grain : null
        const rows = ask.by.reduce((sum, key) => (key.kind === 'cohorts' ? sum + key.cohorts.length : sum), 0)
        for (const metric of ask.metrics) this.#note(metric, grain, ask.predicate, rows)
        return session.table(ask)
      },
      size: (ask) => session.size(ask),
      members: (ask) => session.members(ask),
      dimensionValues: (ask) => session.dimensionValues(ask),
      explain: (ask) => session.explain(ask),
      retention: (ask) => session.retention(ask),
      funnel: (ask) => session.funnel(ask),
      drill: (ask) => session.drill(ask),
    }
    this.#sessions.set(session, noted)
    return noted
  }

  #note(metric: string, grain: string | null, predicate: Predicate, more = 0): void {
    const asked = { metric, grain, cohorts: cohortsIn(predicate) + more }
    this.#noted.set(JSON.stringify(asked), asked)
  }
}

function cohortsIn(predicate: Predicate): number {
  switch (predicate.kind) {
    case 'and':
    case 'or':
      return predicate.of.reduce((sum, part) => sum + cohortsIn(part), 0)
    case 'not':
      return cohortsIn(predicate.of)
    case 'cohort':
    case 'member':
      return 1
    default:
      return 0
  }
}
