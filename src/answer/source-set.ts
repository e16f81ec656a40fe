import type { ColumnInfo, QuerySource, TableStatistics } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Telemetry } from '../base/telemetry.ts'
import { utcMsOf } from '../base/time-zone.ts'
import type { Model, SemanticModel } from '../model/types.ts'
import type { Coverage } from '../plan/compile-metric.ts'
import type { Facts } from '../plan/facts.ts'
import type { Reason } from '../plan/reason.ts'
import type { ScanBudget } from './scan-budget.ts'

export interface ConnectedSource {
  readonly source: QuerySource
  readonly connector: string
  /** The source's own present, for data that ends in the past; null follows the clock. */
  readonly nowUtcMs: number | null
  /** Equal in all instances of the gateway that read the same place with the same rights; none, or null, for what only this one has. */
  readonly sharedAs?: string | null | undefined
}

/** One source as last looked at: its version, and what is known of its tables. */
export interface SourceState {
  readonly version: string
  readonly lookedAtUtcMs: number
  readonly tables: ReadonlyMap<string, KnownTable>
}

interface KnownTable {
  readonly columns: ReadonlyMap<string, ColumnInfo>
  readonly statistics: TableStatistics
  readonly watermarkUtcMs: number | null
}

/** All sources of a request at one moment: some may have failed, the rest answer. */
export interface Sources {
  readonly states: ReadonlyMap<string, SourceState>
  readonly failures: ReadonlyMap<string, KpiqlError>
  /** Sources that have not answered yet; none once all have. */
  readonly pending: ReadonlySet<string>
  readonly facts: Facts
  readonly coverage: Coverage
  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null
}

/** A look at all sources that is under way. Never rejects: a source that fails is among the failures. */
export interface Looking {
  readonly all: Promise<Sources>
  /** Those that have answered by now. */
  soFar(): Sources
}

/** A look that takes longer is not waited for by those who can do without it. */
const PATIENCE_MS = 50

/** All sources, or after a little patience those that have answered: one that hangs must not keep the others' answers. */
export async function withPatience({ all, soFar }: Looking): Promise<Sources> {
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
  readonly #connected: ReadonlyMap<string, ConnectedSource>
  readonly #known = new Map<string, Promise<SourceState>>()
  readonly #tables = new Map<string, readonly string[]>()
  readonly #seen = new Map<string, { readonly version: string; readonly atUtcMs: number }>()

  constructor(model: Model, connected: ReadonlyMap<string, ConnectedSource>, telemetry: Telemetry, budget: ScanBudget) {
    this.model = model
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

  look(revalidate: boolean): Promise<Sources> {
    return this.looking(revalidate).all
  }

  looking(revalidate: boolean): Looking {
    const states = new Map<string, SourceState>()
    const failures = new Map<string, KpiqlError>()
    const pending = new Set(this.#connected.keys())
    const looks = [...this.#connected].map(async ([name, { source }]) => {
      try {
        const atUtcMs = Date.now()
        const state = await this.#state(name, source, revalidate)
        states.set(name, state)
        this.#seen.set(name, { version: state.version, atUtcMs })
      } catch (error) {
        failures.set(name, asKpiqlError(error, name))
      } finally {
        pending.delete(name)
      }
    })
    const soFar = (): Sources => new LookedAt(this.model, this.#connected, new Map(states), new Map(failures), new Set(pending))
    return { all: Promise.all(looks).then(soFar), soFar }
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

  /** Of the tables that are there: one that is missing leaves only its own metrics without a value. */
  async #version(name: string, source: QuerySource, revalidate: boolean): Promise<string> {
    const tables = this.#tablesOf(name)
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

  #tablesOf(source: string): readonly string[] {
    let tables = this.#tables.get(source)
    if (tables === undefined) {
      const models = [...this.model.semanticModels.values()].filter((model) => model.source === source)
      tables = [...new Set(models.flatMap(({ relation }) => ('table' in relation ? [relation.table] : relation.tables)))]
      this.#tables.set(source, tables)
    }
    return tables
  }

  async #read(name: string, source: QuerySource, version: string): Promise<SourceState> {
    const wanted = new Set(this.#tablesOf(name))
    const found = (await source.discover()).filter((table) => wanted.has(table.name))
    const tables = await Promise.all(
      found.map(async ({ name: table, columns }): Promise<[string, KnownTable]> => {
        const [statistics, watermarkUtcMs] = await Promise.all([source.statistics(table), source.watermark(table)])
        return [table, { columns: new Map(columns.map((column) => [column.name, column])), statistics, watermarkUtcMs }]
      }),
    )
    return { version, lookedAtUtcMs: Date.now(), tables: new Map(tables) }
  }
}

export function asKpiqlError(error: unknown, source: string): KpiqlError {
  if (error instanceof KpiqlError) return error
  return new KpiqlError('SOURCE_FAILED', { message: `Source "${source}" failed.`, hint: 'See the gateway’s log.', cause: error })
}

const COLUMN_TYPES = {
  text: 'text',
  boolean: 'boolean',
  integer: 'integer',
  decimal: 'decimal',
  float: 'float',
  date: 'date',
  timestamp: 'instant',
} as const

class LookedAt implements Sources {
  readonly states: ReadonlyMap<string, SourceState>
  readonly failures: ReadonlyMap<string, KpiqlError>
  readonly pending: ReadonlySet<string>
  readonly facts: Facts
  readonly coverage: Coverage
  readonly #model: Model
  readonly #connected: ReadonlyMap<string, ConnectedSource>

  constructor(model: Model, connected: ReadonlyMap<string, ConnectedSource>, states: ReadonlyMap<string, SourceState>, failures: ReadonlyMap<string, KpiqlError>, pending: ReadonlySet<string>) {
    this.pending = pending
    this.#model = model
    this.#connected = connected
    this.states = states
    this.failures = failures
    this.facts = {
      rows: (semanticModel) => this.#table(semanticModel)?.statistics.rows ?? null,
      distinct: (semanticModel, expr) => this.#table(semanticModel)?.statistics.columns[expr]?.distinct ?? null,
      columnType: (semanticModel, expr) => {
        const column = this.#table(semanticModel)?.columns.get(expr)
        if (column === undefined) return null
        return column.kind === 'timestamp' && column.zoned !== true ? 'clock' : COLUMN_TYPES[column.kind]
      },
      range: (semanticModel, expr) => {
        const column = this.#table(semanticModel)?.statistics.columns[expr]
        return column?.min == null || column.max == null ? null : { min: column.min, max: column.max }
      },
    }
    this.coverage = {
      first: (semanticModel, dimension) => this.#first(semanticModel, dimension),
      watermarkUtcMs: (semanticModel) => this.#table(semanticModel)?.watermarkUtcMs ?? null,
    }
  }

  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined) return null
    if (!this.#connected.has(found.source)) {
      return { reason: 'SOURCE_MISSING', remedy: `Connect the source "${found.source}", which semantic model "${semanticModel}" reads.` }
    }
    const state = this.states.get(found.source)
    if (state === undefined || !('table' in found.relation) || state.tables.has(found.relation.table)) return null
    const { table } = found.relation
    const near = nearest(table, state.tables.keys(), 3)
    return {
      reason: 'SOURCE_MISSING',
      remedy: `Source "${found.source}" has no table "${table}"${near.length > 0 ? ` (closest: ${near.join(', ')})` : ''}. Add it to the source, or the file of that name to its folder.`,
    }
  }

  #table(semanticModel: string): KnownTable | undefined {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined || !('table' in found.relation)) return undefined
    return this.states.get(found.source)?.tables.get(found.relation.table)
  }

  #first(semanticModel: string, dimension: string): { readonly kind: 'date' | 'timestamp'; readonly ms: number } | null {
    const written = this.#dimension(this.#model.semanticModels.get(semanticModel), dimension)
    if (written === undefined) return null
    const range = this.facts.range(semanticModel, written.expr)
    if (range === null) return null
    const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(range.min) ? range.min : range.min.replace(' ', 'T').replace(/(?<!Z)$/, 'Z').replace(/ZZ$/, 'Z'))
    if (Number.isNaN(ms)) return null
    if (written.kind === 'date') return { kind: 'date', ms }
    return { kind: 'timestamp', ms: written.timezone === null || written.timezone === 'UTC' ? ms : utcMsOf(written.timezone, ms) }
  }

  #dimension(semanticModel: SemanticModel | undefined, name: string) {
    return semanticModel?.dimensions.find(({ publicName }) => publicName === name)
  }
}
