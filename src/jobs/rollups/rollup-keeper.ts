import type { QuerySource } from '../../../connectors/contract.ts'
import type { KeptRollup } from '../../../connectors/rollup-contract.ts'
import type { RollupRegistry } from '../../answer/known-rollups.ts'
import { hasMoved } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { Places } from '../../base/places.ts'
import type { Telemetry } from '../../base/telemetry.ts'
import type { Model, Rollup } from '../../model/types.ts'
import type { PlanContext } from '../../plan/rows.ts'
import { planRollup } from './plan-build.ts'
import type { PlannedRollup } from './plan-build.ts'
import type { RollupKeeper, RollupStatus } from './types.ts'

export interface RollupKeeperDeps {
  readonly model: Model
  readonly sources: ReadonlyMap<string, { readonly source: QuerySource }>
  readonly registry: RollupRegistry
  /** What planning knows of the sources now. */
  readonly planning: () => Promise<PlanContext>
  /** Of all rollups together, by their own measure. */
  readonly maxBytes: number
  /** Names of those that are not worth their bytes, since no question could be read from them for long; absent: none. */
  readonly unused?: (() => Promise<ReadonlySet<string>>) | undefined
  readonly log: Log
  readonly telemetry?: Telemetry | undefined
}

/** Builds what the model declares, in the order of the model, and lets questions read it while it is current. What fails is told and tried again; no question waits for it. */
export function keepRollups(deps: RollupKeeperDeps): RollupKeeper {
  return new Keeper(deps)
}

class Keeper implements RollupKeeper {
  readonly #deps: RollupKeeperDeps
  readonly #statuses = new Map<string, RollupStatus>()
  /** As they were last planned; the same while the tables they are made from are. */
  readonly #plans = new Map<string, { readonly planned: PlannedRollup; readonly dataVersion: string }>()
  /** Definitions by name. */
  readonly #tooLarge = new Map<string, string>()
  readonly #closing = new AbortController()
  readonly #turns = new Places({ count: 1 })
  #timer: NodeJS.Timeout | null = null
  #passing = false
  #hasSwept = false

  constructor(deps: RollupKeeperDeps) {
    this.#deps = deps
  }

  pass(): Promise<readonly RollupStatus[]> {
    return this.#turns.within(undefined, () => this.#all(true))
  }

  recall(): Promise<readonly RollupStatus[]> {
    return this.#turns.within(undefined, () => this.#all(false))
  }

  start(everyMs: number): void {
    const pass = async (): Promise<void> => {
      if (this.#passing || this.#closing.signal.aborted) return
      this.#passing = true
      try {
        await this.pass()
      } catch (err) {
        this.#deps.log.warn({ err }, 'Rollups could not be looked at')
      } finally {
        this.#passing = false
      }
    }
    this.#timer ??= setInterval(() => void pass(), everyMs).unref()
    void pass()
  }

  statuses(): readonly RollupStatus[] {
    return this.#deps.model.rollups.flatMap(({ name }) => this.#statuses.get(name) ?? [])
  }

  async close(): Promise<void> {
    this.#closing.abort()
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#turns.within(undefined, () => Promise.resolve())
  }

  async #all(builds: boolean): Promise<readonly RollupStatus[]> {
    const { model, sources, registry } = this.#deps
    const bySource = Map.groupBy(model.rollups, ({ semanticModel }) => model.semanticModels.get(semanticModel)?.source ?? '')
    const context = model.rollups.length === 0 ? null : await this.#deps.planning()
    if (builds) await this.#dropOfOthers(bySource)
    const unused = await this.#unused()
    let bytesLeft = this.#deps.maxBytes
    for (const [name, declared] of bySource) {
      const source = sources.get(name)?.source
      const host = source?.rollups
      if (source === undefined || host === undefined || context === null) {
        for (const rollup of declared) this.#tell(rollup, name, 'unsupported', `The source "${name}" keeps no rollups.`)
        continue
      }
      let kept: ReadonlyMap<string, KeptRollup>
      try {
        kept = new Map((await host.list()).map((one) => [one.name, one]))
      } catch (err) {
        // One source that is down keeps the rollups of no other from being built.
        this.#deps.log.warn({ source: name, err }, 'The rollups of a source could not be looked at')
        for (const rollup of declared) this.#tell(rollup, name, 'failed', err instanceof Error ? err.message : String(err))
        continue
      }
      for (const gone of kept.keys()) {
        if (!builds || host.maker !== undefined || declared.some((rollup) => rollup.name === gone)) continue
        registry.remove(name, gone)
        await host.drop(gone)
      }
      for (const rollup of declared) {
        if (this.#closing.signal.aborted) break
        if (host.maker === undefined && unused.has(rollup.name)) {
          registry.remove(name, rollup.name)
          if (builds && kept.has(rollup.name)) await host.drop(rollup.name)
          this.#tell(rollup, name, 'unused', 'No question could be read from it for the time of rollups.dropUnusedDays. It is built again when one comes.')
          continue
        }
        const current = await this.#one(rollup, name, source, context, kept.get(rollup.name) ?? null, builds)
        if (current === null) continue
        if (host.maker === undefined && current.bytes > bytesLeft) {
          registry.remove(name, rollup.name)
          if (builds) await host.drop(rollup.name)
          this.#tooLarge.set(rollup.name, current.definition)
          this.#tell(rollup, name, 'over_budget', `It takes ${current.bytes} bytes, and ${bytesLeft} are left of rollups.maxBytes.`, current)
        } else if (host.maker === undefined) bytesLeft -= current.bytes
      }
    }
    return this.statuses()
  }

  /** What is kept in sources of which none is declared any more; looked for once, since only another start can have left it. */
  async #dropOfOthers(declared: ReadonlyMap<string, readonly Rollup[]>): Promise<void> {
    if (this.#hasSwept) return
    this.#hasSwept = true
    for (const [name, { source: { rollups: host } }] of this.#deps.sources) {
      if (declared.has(name) || host === undefined || !host.mayKeep()) continue
      try {
        for (const { name: gone } of await host.list()) await host.drop(gone)
      } catch (err) {
        this.#deps.log.warn({ source: name, err }, 'Rollups that are not declared any more could not be dropped')
      }
    }
  }

  async #unused(): Promise<ReadonlySet<string>> {
    try {
      return (await this.#deps.unused?.()) ?? new Set()
    } catch (err) {
      this.#deps.log.warn({ err }, 'Which rollups are used could not be told: all are kept')
      return new Set()
    }
  }

  /** The rollup as it is kept, once it is; null where there is none. */
  async #one(rollup: Rollup, name: string, source: QuerySource, context: PlanContext, kept: KeptRollup | null, builds: boolean): Promise<KeptRollup | null> {
    try {
      const plan = await this.#plan(rollup, source, context)
      if ('unserved' in plan) {
        this.#tell(rollup, name, 'unserved', plan.unserved.join('; '))
        return null
      }
      const { planned, dataVersion } = plan
      const message = planned.unserved.length === 0 ? null : `Not served: ${planned.unserved.join('; ')}`
      if (kept !== null && kept.definition === planned.definition && kept.dataVersion === dataVersion) return this.#ready(rollup, name, planned, kept, message)
      // What another definition made means something else; what is only behind is left out by its version.
      if (kept === null || kept.definition !== planned.definition) this.#deps.registry.remove(name, rollup.name)
      if (source.rollups?.maker !== undefined) {
        const isThere = kept !== null && kept.definition === planned.definition
        this.#tell(rollup, name, 'waiting', isThere ? 'It does not hold the rows of its table: they were changed, or are being written. If it stays so, make it again with: kpiql rollups apply' : 'Make it with: kpiql rollups apply', kept)
        return null
      }
      if (!builds) {
        this.#tell(rollup, name, 'waiting', message, kept)
        return null
      }
      // What was too large is not built again only to be dropped again.
      if (this.#tooLarge.get(rollup.name) === planned.definition) return null
      this.#tell(rollup, name, 'building', message, kept, 0)
      const built = await source.rollups?.build(await planned.build(kept, dataVersion), this.#closing.signal, (share) => this.#tell(rollup, name, 'building', message, kept, share))
      if (built === undefined) return null
      this.#deps.log.info({ rollup: rollup.name, source: name, rows: built.rows, buildMs: built.buildMs }, 'Rollup built')
      return this.#ready(rollup, name, planned, built, message)
    } catch (err) {
      if (this.#closing.signal.aborted) return null
      if (hasMoved(err)) this.#tell(rollup, name, 'waiting', 'The data moved while it was built.', kept)
      else {
        this.#deps.log.warn({ rollup: rollup.name, source: name, err }, 'A rollup could not be built')
        this.#tell(rollup, name, 'failed', err instanceof Error ? err.message : String(err), kept)
      }
      return null
    }
  }

  /** What it is made of, and the version of that now. */
  async #plan(rollup: Rollup, source: QuerySource, context: PlanContext): Promise<{ readonly planned: PlannedRollup; readonly dataVersion: string } | { readonly unserved: readonly string[] }> {
    const before = this.#plans.get(rollup.name)
    if (before !== undefined && before.dataVersion === (await source.dataVersion(before.planned.tables, false))) return before
    const planned = planRollup(context, source, rollup)
    if (!('shape' in planned)) return planned
    const plan = { planned, dataVersion: await source.dataVersion(planned.tables, false) }
    this.#plans.set(rollup.name, plan)
    return plan
  }

  #ready(rollup: Rollup, source: string, { shape, measures, tables }: PlannedRollup, kept: KeptRollup, message: string | null): KeptRollup {
    const known = this.#deps.registry.of(source).find((one) => one.rollup.shape.name === rollup.name)
    if (known?.rollup.table !== kept.table || known.dataVersion !== kept.dataVersion) this.#deps.registry.put(source, { rollup: { shape, measures, table: kept.table, rows: kept.rows }, tables, dataVersion: kept.dataVersion })
    this.#tell(rollup, source, 'ready', message, kept)
    return kept
  }

  #tell({ name }: Rollup, source: string, state: RollupStatus['state'], message: string | null, kept: KeptRollup | null = null, progress: number | null = null): void {
    this.#deps.telemetry?.rollupStands(source, name, state === 'ready', progress)
    this.#statuses.set(name, { name, source, state, message, progress, rows: kept?.rows ?? null, bytes: kept?.bytes ?? null, buildMs: kept?.buildMs ?? null, builtUtcMs: kept?.builtUtcMs ?? null })
  }
}
