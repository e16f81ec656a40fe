import type { QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import type { Telemetry } from '../base/telemetry.ts'
import type { Model } from '../model/types.ts'
import type { RollupTable } from '../plan/rollups/rollup.ts'
import { noRollups } from './known-rollups.ts'
import type { KnownRollup, KnownRollups } from './known-rollups.ts'
import { LookedAt } from './looked-at.ts'
import type { ConnectedSource, KnownTable, SourceState, Sources } from './looked-at.ts'
import { ScanHistory } from './scan-history.ts'
import type { ScanBudget } from './scan-budget.ts'

export type { ConnectedSource, SourceState, Sources } from './looked-at.ts'

/** A look at all sources that is under way. Never rejects: a source that fails is among the failures. */
export interface Looking {
  readonly all: Promise<Sources>
  /** All sources, or after a little patience those that have answered: one that hangs must not keep the others' answers. */
  readonly patiently: () => Promise<Sources>
  /** Resolves when those named have answered, whatever the others do. */
  answered(names: readonly string[]): Promise<void>
  /** Those that have answered by now. */
  soFar(): Sources
}

/** A look that takes longer is not waited for by those who can do without it. */
const PATIENCE_MS = 50

async function withPatience({ all, soFar }: Pick<Looking, 'all' | 'soFar'>): Promise<Sources> {
  let clock: NodeJS.Timeout | undefined
  const patience = new Promise<null>((resolve) => (clock = setTimeout(() => resolve(null), PATIENCE_MS)))
  const sources = await Promise.race([all, patience])
  clearTimeout(clock)
  return sources ?? soFar()
}

/** Keeps what the planner must know of every source, reading it anew only when the source's data version moves. */
export class SourceSet {
  readonly model: Model
  /** Told of every scan and every look into a cache. */
  readonly telemetry: Telemetry
  readonly budget: ScanBudget
  /** What statements found and took. */
  readonly history: ScanHistory
  readonly #connected: ReadonlyMap<string, ConnectedSource>
  readonly #knownRollups: KnownRollups
  /** Those that may be read, by source: of its last version and the last rollups known. */
  readonly #usable = new Map<string, { readonly version: string; readonly known: readonly KnownRollup[]; readonly rollups: Promise<readonly RollupTable[]> }>()
  readonly #known = new Map<string, Promise<SourceState>>()
  readonly #tables = new Map<string, readonly string[]>()
  #ofTurn: Looking | null = null
  readonly #seen = new Map<string, { readonly version: string; readonly atUtcMs: number }>()

  constructor(model: Model, connected: ReadonlyMap<string, ConnectedSource>, telemetry: Telemetry, budget: ScanBudget, rollups: KnownRollups = noRollups, history = new ScanHistory()) {
    this.history = history
    this.model = model
    this.#knownRollups = rollups
    this.budget = budget
    this.#connected = connected
    this.telemetry = telemetry
  }

  connected(name: string): ConnectedSource | undefined {
    return this.#connected.get(name)
  }

  entries(): IterableIterator<[string, ConnectedSource]> {
    return this.#connected.entries()
  }

  /** When the source was last found to have this version, UTC ms; null where its last one was another. */
  lastSeen(name: string, version: string): number | null {
    const seen = this.#seen.get(name)
    return seen?.version === version ? seen.atUtcMs : null
  }

  /** One look for all who ask in this turn of the event loop: nobody outside can have learnt of anything newer within it. */
  lookingThisTurn(): Looking {
    if (this.#ofTurn === null) {
      this.#ofTurn = this.looking(false)
      setImmediate(() => (this.#ofTurn = null))
    }
    return this.#ofTurn
  }

  look(revalidate: boolean): Promise<Sources> {
    return this.looking(revalidate).all
  }

  looking(revalidate: boolean): Looking {
    const states = new Map<string, SourceState>()
    const rollups = new Map<string, readonly RollupTable[]>()
    const failures = new Map<string, KpiqlError>()
    const pending = new Set(this.#connected.keys())
    const look = async (name: string, { source }: ConnectedSource): Promise<void> => {
      try {
        const atUtcMs = Date.now()
        const state = await this.#state(name, source, revalidate)
        rollups.set(name, await this.#rollups(name, source, state.version))
        states.set(name, state)
        this.#seen.set(name, { version: state.version, atUtcMs })
      } catch (error) {
        failures.set(name, asKpiqlError(error, name))
      } finally {
        pending.delete(name)
      }
    }
    const looks = new Map([...this.#connected].map(([name, connected]) => [name, look(name, connected)]))
    const soFar = (): Sources => new LookedAt(this.model, this.#connected, { states: new Map(states), failures: new Map(failures), pending: new Set(pending), rollups: [...rollups.values()].flat() }, this.history)
    const all = Promise.all(looks.values()).then(soFar)
    let patient: Promise<Sources> | null = null
    return {
      all,
      patiently: () => (patient ??= withPatience({ all, soFar })),
      async answered(names) {
        await Promise.all(names.map((name) => looks.get(name)))
      },
      soFar,
    }
  }

  async #state(name: string, source: QuerySource, revalidate: boolean): Promise<SourceState> {
    const version = await this.#version(name, source, revalidate)
    const key = `${name}|${version}`
    let known = this.#known.get(key)
    if (known === undefined) {
      known = this.#read(name, source, version)
      this.#known.set(key, known)
      // A failed look is not remembered; older versions are of no use once a newer one is known.
      known.then(
        () => this.#forgetAllBut(name, key),
        () => this.#known.delete(key),
      )
    }
    return known
  }

  /** Rollups of the very data that the source has now. Where that cannot be told, none: a question is answered without them. */
  async #rollups(name: string, source: QuerySource, version: string): Promise<readonly RollupTable[]> {
    const known = this.#knownRollups.of(name)
    if (known.length === 0) return []
    const before = this.#usable.get(name)
    if (before?.version === version && before.known === known) return before.rollups
    const told = known.map(async ({ rollup, tables, dataVersion }) => ((await source.dataVersion(tables, false)) === dataVersion || (await source.rollups?.maker?.holds(rollup.table)) === true ? [rollup] : []))
    const rollups = Promise.all(told).then(
      (lists) => lists.flat(),
      () => {
        // The source has just told its version; whoever asks next tries again.
        this.#usable.delete(name)
        return []
      },
    )
    this.#usable.set(name, { version, known, rollups })
    return rollups
  }

  /** Of the tables that are there: one that is missing leaves only its own metrics without a value. */
  async #version(name: string, source: QuerySource, revalidate: boolean): Promise<string> {
    const tables = this.tablesOf(name)
    try {
      return await source.dataVersion(tables, revalidate)
    } catch (error) {
      if (!(error instanceof KpiqlError) || error.code !== 'TABLE_MISSING') throw error
      const there = new Set((await source.discover()).map((table) => table.name))
      return source.dataVersion(tables.filter((table) => there.has(table)), revalidate)
    }
  }

  #forgetAllBut(name: string, key: string): void {
    for (const known of this.#known.keys()) if (known !== key && known.startsWith(`${name}|`)) this.#known.delete(known)
  }

  /** Names of the tables of a source that the model reads. */
  tablesOf(source: string): readonly string[] {
    let tables = this.#tables.get(source)
    if (tables === undefined) {
      const models = [...this.model.semanticModels.values()].filter((model) => model.source === source)
      tables = [...new Set(models.flatMap(({ relation }) => ('table' in relation ? [relation.table] : relation.tables)))]
      this.#tables.set(source, tables)
    }
    return tables
  }

  async #read(name: string, source: QuerySource, version: string): Promise<SourceState> {
    const wanted = new Set(this.tablesOf(name))
    const found = (await source.discover()).filter((table) => wanted.has(table.name))
    const tables = await Promise.all(
      found.map(async ({ name: table, columns }): Promise<[string, KnownTable]> => {
        const [statistics, watermarkUtcMs, backfill] = await Promise.all([source.statistics(table), source.watermark(table), source.backfill?.(table) ?? null])
        return [table, { columns: new Map(columns.map((column) => [column.name, column])), statistics, watermarkUtcMs, backfill }]
      }),
    )
    return { version, lookedAtUtcMs: Date.now(), tables: new Map(tables) }
  }
}

export function asKpiqlError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  return new KpiqlError('SOURCE_FAILED', { message: `Source "${source}" failed.`, hint: 'See the gateway’s log.', cause: error })
}
