import type { OpenLanding } from '../../../connectors/landing-contract.ts'
import type { Clock } from '../../base/clock.ts'
import { describeError } from '../../base/log.ts'
import type { Log } from '../../base/log.ts'
import { Places } from '../../base/places.ts'
import type { IdentityStatus, SyncStatus } from '../types.ts'
import { findPeople } from './find-people.ts'
import { keepPeople, readKept, ruleText, writeKept } from './keep-people.ts'
import type { KeptStatus } from './keep-people.ts'
import { readIdentityRows } from './read-rows.ts'
import type { IdentityRule } from './types.ts'

/** Who is who over all tools. */
export interface Identities {
  /** As resolved last. */
  statuses(): Promise<readonly IdentityStatus[]>
  /** Resolves anew what depends on a source whose sync has ended, if it changed anything; waits for its end. Never rejects. */
  follow(synced: SyncStatus): Promise<void>
  /** Resolves what was never resolved by the rules of now, if anything has landed; waits for its end. Never rejects. */
  catchUp(): Promise<void>
  /** Resolves everything anew. @throws KpiqlError `CONFIG_INVALID`, `SOURCE_*`. */
  resolve(): Promise<void>
  /** Waits for what runs. */
  settled(): Promise<void>
}

export interface IdentitiesDeps {
  readonly rules: readonly IdentityRule[]
  readonly opened: Pick<OpenLanding, 'landing' | 'source'>
  readonly clock: Clock
  readonly log: Log
}

/** One after the other: each resolution reads what the last sync left. */
export function createIdentities({ rules, opened: { landing, source }, clock, log }: IdentitiesDeps): Identities {
  const resolving = new Places({ count: 1 })
  const resolveThose = async (chosen: (rule: IdentityRule, kept: KeptStatus | null) => boolean): Promise<void> => {
    if (rules.length === 0) return
    const before = await readKept(rules.map(({ entity }) => entity), landing)
    const kept = new Map(before)
    try {
      for (const rule of rules) {
        const last = before.get(rule.entity) ?? null
        if (!chosen(rule, last)) continue
        const rows = await readIdentityRows(rule, landing, source)
        if (rows.key.length === 0 && last === null) continue
        const found = await findPeople(rows, rule.match)
        const next = await keepPeople(rule, rows, found, landing, last, clock.nowMs())
        kept.set(rule.entity, next)
        log.info({ entity: rule.entity, people: next.status.people, conflicts: next.status.conflicts }, 'Identities were resolved.')
      }
    } finally {
      if (rules.some(({ entity }) => kept.get(entity) !== before.get(entity))) await writeKept(kept, landing)
    }
  }
  const inTurn = (work: () => Promise<void>): Promise<void> => resolving.within(undefined, work)
  const quietly = (name: string | null, work: () => Promise<void>): Promise<void> =>
    inTurn(work).catch((error: unknown) => log.warn({ source: name, error: describeError(error) }, 'Identities could not be resolved; links stay as they were.'))
  return {
    async statuses() {
      if (rules.length === 0) return []
      const kept = await readKept(rules.map(({ entity }) => entity), landing)
      return rules.map((rule) => kept.get(rule.entity)?.status ?? never(rule))
    },
    follow: ({ source: name, streams }) =>
      quietly(name, () => {
        const changed = streams.some(({ written, removed }) => written + removed > 0)
        return resolveThose((rule, kept) => rule.tables.some((table) => table.source === name) && (changed || isOutdated(rule, kept)))
      }),
    catchUp: () => quietly(null, () => resolveThose(isOutdated)),
    resolve: () => inTurn(() => resolveThose(() => true)),
    settled: () => inTurn(() => Promise.resolve()),
  }
}

function isOutdated(rule: IdentityRule, kept: KeptStatus | null): boolean {
  return kept?.rule !== ruleText(rule)
}

function never({ entity, tables }: IdentityRule): IdentityStatus {
  return { entity, people: 0, sources: tables.map(({ source, table }) => ({ source, table, rows: 0, linked: 0, unlinked: 0 })), conflicts: 0, examples: [], resolvedUtcMs: null }
}
