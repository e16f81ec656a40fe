import type { Backfill, ColumnInfo, QuerySource, TableStatistics } from '../../connectors/contract.ts'
import type { KpiqlError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { utcMsOf } from '../base/time-zone.ts'
import type { Model, SemanticModel } from '../model/types.ts'
import type { Coverage } from '../plan/metrics/compile-metric.ts'
import type { Facts } from '../plan/facts.ts'
import type { Observed } from '../plan/observed.ts'
import type { Reason } from '../plan/reason.ts'
import type { RollupTable } from '../plan/rollups/rollup.ts'

export interface ConnectedSource {
  readonly source: QuerySource
  readonly connector: string
  /** The source's own present, for data that ends in the past; null follows the clock. */
  readonly nowUtcMs: number | null
  /** Equal in all instances of the gateway that read the same place with the same rights; none, or null, for what only this one has. */
  readonly sharedAs?: string | null | undefined
  /** UTC ms before which nothing was wanted of a table, such as of a tool that is synced from some day on; null where all was. */
  readonly wantedFromUtcMs?: ((table: string) => number | null) | undefined
  /** What to do where a table of the model is not there; without it: add it to the source. */
  readonly whenMissing?: string | undefined
}

/** One source as last looked at: its version, and what is known of its tables. */
export interface SourceState {
  readonly version: string
  readonly lookedAtUtcMs: number
  readonly tables: ReadonlyMap<string, KnownTable>
}

export interface KnownTable {
  readonly columns: ReadonlyMap<string, ColumnInfo>
  readonly statistics: TableStatistics
  readonly watermarkUtcMs: number | null
  /** Null once all of it has been read. */
  readonly backfill: Backfill | null
}

/** All sources of a request at one moment: some may have failed, the rest answer. */
export interface Sources {
  readonly states: ReadonlyMap<string, SourceState>
  readonly failures: ReadonlyMap<string, KpiqlError>
  /** Sources that have not answered yet; none once all have. */
  readonly pending: ReadonlySet<string>
  readonly facts: Facts
  readonly coverage: Coverage
  /** Those that hold what their tables hold now. */
  readonly rollups: readonly RollupTable[]
  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null
  /** Does the work, and tells which of the pending sources it asked about: what it made may be another once they have answered. */
  watched<T>(work: () => T): { readonly made: T; readonly asked: ReadonlySet<string> }
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

/** What a look at all sources found, as the planner wants it. */
export class LookedAt implements Sources {
  readonly states: ReadonlyMap<string, SourceState>
  readonly failures: ReadonlyMap<string, KpiqlError>
  readonly pending: ReadonlySet<string>
  readonly facts: Facts
  readonly coverage: Coverage
  readonly rollups: readonly RollupTable[]
  readonly #model: Model
  readonly #connected: ReadonlyMap<string, ConnectedSource>
  #asked = new Set<string>()

  constructor(model: Model, connected: ReadonlyMap<string, ConnectedSource>, { states, failures, pending, rollups }: Pick<Sources, 'states' | 'failures' | 'pending' | 'rollups'>, observed?: Observed) {
    this.rollups = rollups
    this.pending = pending
    this.#model = model
    this.#connected = connected
    this.states = states
    this.failures = failures
    const stated = (semanticModel: string, expr: string): number | null => this.#table(semanticModel)?.statistics.columns[expr]?.distinct ?? null
    this.facts = {
      rows: (semanticModel) => this.#table(semanticModel)?.statistics.rows ?? null,
      byRow: (semanticModel) => this.#connected.get(model.semanticModels.get(semanticModel)?.source ?? '')?.source.can.byRow ?? false,
      distinct: (semanticModel, expr) => {
        const known = stated(semanticModel, expr)
        return known === null ? null : Math.max(Math.min(known, observed?.all(semanticModel, expr) ?? known), observed?.distinct(semanticModel, expr) ?? 0)
      },
      stated,
      observed,
      columnType: (semanticModel, expr) => {
        const column = this.#table(semanticModel)?.columns.get(expr)
        if (column === undefined) return null
        return column.kind === 'timestamp' && column.zoned !== true ? 'clock' : COLUMN_TYPES[column.kind]
      },
      exactCollation: (semanticModel, expr) => this.#table(semanticModel)?.columns.get(expr)?.exactCollation ?? null,
      range: (semanticModel, expr) => {
        const column = this.#table(semanticModel)?.statistics.columns[expr]
        return column?.min == null || column.max == null ? null : { min: column.min, max: column.max }
      },
    }
    this.coverage = {
      first: (semanticModel, dimension) => this.#first(semanticModel, dimension),
      wantedFromUtcMs: (semanticModel) => this.#wantedFrom(semanticModel),
      watermarkUtcMs: (semanticModel) => this.#table(semanticModel)?.watermarkUtcMs ?? null,
      backfill: (semanticModel) => this.#backfill(semanticModel),
    }
  }

  missing(semanticModel: string): { readonly reason: Reason; readonly remedy: string } | null {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined) return null
    if (!this.#connected.has(found.source)) {
      return { reason: 'SOURCE_MISSING', remedy: `Connect the source "${found.source}", which semantic model "${semanticModel}" reads.` }
    }
    const state = this.#stateOf(found.source)
    if (state === undefined || !('table' in found.relation) || state.tables.has(found.relation.table)) return null
    const { table } = found.relation
    const near = nearest(table, state.tables.keys(), 3)
    return {
      reason: 'SOURCE_MISSING',
      remedy: `Source "${found.source}" has no table "${table}"${near.length > 0 ? ` (closest: ${near.join(', ')})` : ''}. ${this.#connected.get(found.source)?.whenMissing ?? 'Add it to the source, or the file of that name to its folder.'}`,
    }
  }

  #table(semanticModel: string): KnownTable | undefined {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined || !('table' in found.relation)) return undefined
    return this.#stateOf(found.source)?.tables.get(found.relation.table)
  }

  /** Of rows that a statement makes of several tables nothing is known before all of these have been read. */
  #backfill(semanticModel: string): Backfill | null {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined) return null
    if ('table' in found.relation) return this.#table(semanticModel)?.backfill ?? null
    const tables = this.#stateOf(found.source)?.tables
    return found.relation.tables.some((table) => (tables?.get(table)?.backfill ?? null) !== null) ? { completeFromUtcMs: null } : null
  }

  watched<T>(work: () => T): { readonly made: T; readonly asked: ReadonlySet<string> } {
    const outer = this.#asked
    const asked = new Set<string>()
    this.#asked = asked
    try {
      return { made: work(), asked }
    } finally {
      this.#asked = outer
    }
  }

  #wantedFrom(semanticModel: string): number | null {
    const found = this.#model.semanticModels.get(semanticModel)
    if (found === undefined) return null
    const wantedOf = this.#connected.get(found.source)?.wantedFromUtcMs
    const tables = 'table' in found.relation ? [found.relation.table] : found.relation.tables
    const days = tables.map((table) => wantedOf?.(table) ?? null).filter((day) => day !== null)
    return days.length === 0 ? null : Math.max(...days)
  }

  #stateOf(source: string): SourceState | undefined {
    if (this.pending.has(source)) this.#asked.add(source)
    return this.states.get(source)
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
