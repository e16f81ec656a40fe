import type { Clock } from '../../base/clock.ts'
import type { Rollup } from '../../model/types.ts'
import { rollupForShape } from '../../plan/read-shape.ts'
import type { ReadShape } from '../../plan/read-shape.ts'
import { shapeOfRollup } from '../../plan/rollups/shape-of-rollup.ts'
import type { PlanContext } from '../../plan/rows.ts'
import type { QueryLogRecords } from '../../store/query-log-records.ts'
import { knownMeasures } from './suggest/known-reads.ts'
import type { LoggedShape } from './suggest/types.ts'

export interface UnusedDeps {
  readonly days: number
  readonly keepDays: number
  readonly declared: readonly Rollup[]
  readonly planning: () => Promise<PlanContext>
  /** Null while nothing was ever noted. */
  readonly log: () => Promise<Pick<QueryLogRecords, 'last' | 'declare' | 'declaredBefore'> | null>
  readonly clock: Clock
}

/** Between two looks at the log. */
const EVERY_MS = 600_000

/**
 * Tells, now and then anew, which declared rollups no question could be read from in the last so many days. Those that have not
 * been declared for as long are none of them, and a question that comes to the table makes its rollup one that is used.
 */
export function unusedRollups(deps: UnusedDeps): () => Promise<ReadonlySet<string>> {
  let last: { readonly atMs: number; readonly found: Promise<ReadonlySet<string>> } | null = null
  return () => {
    const nowMs = deps.clock.nowMs()
    if (last === null || nowMs - last.atMs >= EVERY_MS) {
      const found = unusedNow(deps, nowMs)
      const look = { atMs: nowMs, found }
      last = look
      found.catch(() => {
        if (last === look) last = null
      })
    }
    return last.found
  }
}

async function unusedNow({ days, keepDays, declared, planning, log }: UnusedDeps, nowUtcMs: number): Promise<ReadonlySet<string>> {
  const records = await log()
  if (records === null) return new Set()
  await records.declare(declared.map(({ name }) => name), keepDays, nowUtcMs)
  const before = await records.declaredBefore(days, nowUtcMs)
  const candidates = declared.filter(({ name }) => before.has(name))
  if (candidates.length === 0) return new Set()
  const logged = await records.last<ReadShape>(days, nowUtcMs)
  const read = new Set(logged.flatMap(({ rollup }) => rollup?.split(', ') ?? []))
  const unread = candidates.filter(({ name }) => !read.has(name))
  const wanted = unread.length === 0 ? new Set<string>() : wantedAmong(await planning(), unread, logged)
  return new Set(unread.map(({ name }) => name).filter((name) => !wanted.has(name)))
}

/** Those from which something could have been read that the table had to answer. */
function wantedAmong(context: PlanContext, rollups: readonly Rollup[], logged: readonly LoggedShape[]): ReadonlySet<string> {
  const measures = knownMeasures(context)
  const wanted = rollups.filter((rollup) => {
    const { shape, measures: kept } = shapeOfRollup(context, rollup)
    if (shape === null) return false
    const alone = { ...context, rollups: [{ shape, measures: kept, table: rollup.name, rows: 0 }] }
    return logged.some(({ rollup: by, shape: asked }) => {
      // Retention is asked in more ways than there are metrics of it: a rollup that follows entities in its tables is kept.
      if (asked.kind === 'retention' && shape.entities.length > 0 && [asked.semanticModel, asked.followedIn].includes(rollup.semanticModel)) return true
      const example = by === null && asked.semanticModel === rollup.semanticModel ? measures.get(asked.measure)?.example : undefined
      return example !== undefined && rollupForShape(alone, asked, example) !== null
    })
  })
  return new Set(wanted.map(({ name }) => name))
}
