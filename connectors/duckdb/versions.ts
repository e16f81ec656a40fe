import { KpiqlError } from '../../src/base/errors.ts'
import type { Look } from './contents.ts'
import type { Session } from './session.ts'
import { quoteName } from './sql-text.ts'

export interface Version {
  /** A catalog of views; a connection that uses it sees this version and no other. */
  readonly catalog: string
  readonly look: Look
}

interface Kept extends Version {
  users: number
  /** Monotonic ms at which a newer version took its place; null while it is the newest. */
  replacedAt: number | null
}

/**
 * The versions of all tables together. A new one is published in one step; queries that run, and requests that name the version they began
 * with, go on seeing theirs. The views live in memory: nothing of this outlives the process.
 */
export class Versions {
  private readonly session: Session
  private readonly source: string
  private readonly graceMs: number
  private kept: Kept[] = []
  private count = 0
  /** Which version a data version that was handed out belongs to. */
  private readonly named = new Map<string, Kept>()

  /** @param graceMs how long a replaced version can still be asked for by name. */
  constructor(session: Session, source: string, graceMs: number) {
    this.session = session
    this.graceMs = graceMs
    this.source = source
  }

  get current(): Version | null {
    return this.kept.at(-1) ?? null
  }

  /** A look that is published already is not published again. */
  async publish(look: Look): Promise<void> {
    if (this.current?.look === look) return
    const catalog = `kpiql_version_${++this.count}`
    await this.session.run(`ATTACH ':memory:' AS ${quoteName(catalog)}`)
    const schemas = new Set<string>()
    for (const { name, target } of look.tables.values()) {
      const { schema, table } = placeOf(name)
      if (schema !== 'main' && !schemas.has(schema)) await this.session.run(`CREATE SCHEMA ${quoteName(catalog)}.${quoteName(schema)}`)
      schemas.add(schema)
      await this.session.run(`CREATE VIEW ${quoteName(catalog)}.${quoteName(schema)}.${quoteName(table)} AS SELECT * FROM ${target}`)
    }
    const last = this.kept.at(-1)
    if (last) last.replacedAt = performance.now()
    this.kept.push({ catalog, look, users: 0, replacedAt: null })
  }

  /** Remembers that this data version of a version's tables was told to someone, who may name it in a query. */
  handOut(dataVersion: string, version: Version): void {
    this.named.set(dataVersion, version as Kept)
  }

  /** @throws KpiqlError `SOURCE_BUSY` where the version named is gone. */
  enter(dataVersion: string | undefined): Version {
    const version = dataVersion === undefined ? this.kept.at(-1) : this.named.get(dataVersion)
    if (!version) {
      throw new KpiqlError('SOURCE_BUSY', { message: `The data of source "${this.source}" changed while it was read.`, hint: 'Ask again.' })
    }
    const kept = version as Kept
    kept.users++
    return kept
  }

  leave(version: Version): void {
    const kept = version as Kept
    kept.users--
  }

  /**
   * Lets go of versions that nobody reads or can name any more.
   * @returns Targets that the remaining versions need; null where no version went.
   */
  async retire(now: number = performance.now()): Promise<ReadonlySet<string> | null> {
    const current = this.kept.at(-1)
    const gone = this.kept.filter((version) => version !== current && version.users === 0 && version.replacedAt !== null && now - version.replacedAt >= this.graceMs)
    this.kept = this.kept.filter((version) => !gone.includes(version))
    for (const version of gone) {
      for (const [dataVersion, named] of this.named) if (named === version) this.named.delete(dataVersion)
      // Connections that last used it are pointed elsewhere before their next statement.
      await this.session.run(`DETACH ${quoteName(version.catalog)}`)
    }
    return gone.length === 0 ? null : this.visible()
  }

  visible(): ReadonlySet<string> {
    return new Set(this.kept.flatMap(({ look }) => [...look.tables.values()].map(({ target }) => target)))
  }
}

/** As the dialect prints it: what stands before the first dot is the schema. */
function placeOf(name: string): { schema: string; table: string } {
  const dot = name.indexOf('.')
  return dot < 0 ? { schema: 'main', table: name } : { schema: name.slice(0, dot), table: name.slice(dot + 1) }
}
