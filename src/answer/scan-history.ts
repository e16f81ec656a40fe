import { LRUCache } from 'lru-cache'
import type { Observed, ObservedForm } from '../plan/observed.ts'
import type { Scan, ScanForm, ScanValue } from '../plan/scan.ts'

/** One thing observed, as it is kept: `distinct` or `all` of a column, or `form` of a shape. Survives JSON. */
export interface ObservedEntry {
  readonly key: string
  readonly asked: number
  /** Values for `distinct` and `all`, milliseconds for `form`. */
  readonly figure: number
}

const MOST_ENTRIES = 5_000
/** Results of more rows are not looked through. */
const MOST_ROWS = 100_000
/** A figure that nobody confirms fades, so that one lucky moment does not decide for ever. */
const FADING = 1.25

/** Remembers what statements found and took, in memory; the least used go first. */
export class ScanHistory implements Observed {
  readonly #entries = new LRUCache<string, ObservedEntry>({ max: MOST_ENTRIES })
  readonly #changed = new Set<string>()

  distinct(semanticModel: string, expr: string): number | null {
    return this.#entries.get(columnKey(semanticModel, expr))?.figure ?? null
  }

  all(semanticModel: string, expr: string): number | null {
    return this.#entries.get(allKey(semanticModel, expr))?.figure ?? null
  }

  form(shape: string, form: ScanForm): ObservedForm | null {
    const found = this.#entries.get(formKey(shape, form))
    return found === undefined ? null : { asked: found.asked, ms: found.figure }
  }

  /** @param columns of the scan's result. */
  note(scan: Scan, columns: readonly (readonly ScanValue[])[], rowCount: number, ms: number): void {
    if (scan.shape !== undefined) {
      const key = formKey(scan.shape, scan.form)
      const before = this.#entries.get(key)
      this.#set({ key, asked: (before?.asked ?? 0) + 1, figure: before === undefined ? ms : Math.min(ms, before.figure * FADING) })
    }
    if (rowCount > MOST_ROWS) return
    for (const { index, semanticModel, expr, whole } of scan.seen ?? []) {
      const key = columnKey(semanticModel, expr)
      const before = this.#entries.get(key)
      const values = new Set(columns[index])
      values.delete(null)
      const found = values.size
      if (before === undefined || found > before.figure) this.#set({ key, asked: (before?.asked ?? 0) + 1, figure: found })
      if (whole !== true) continue
      const all = allKey(semanticModel, expr)
      const known = this.#entries.get(all)
      if (known?.figure !== found) this.#set({ key: all, asked: (known?.asked ?? 0) + 1, figure: found })
    }
  }

  /** A statement that brought more groups than it may: nothing that made its columns seem small is trusted again. */
  forget(scan: Scan): void {
    for (const { semanticModel, expr } of scan.seen ?? []) {
      const key = allKey(semanticModel, expr)
      const known = this.#entries.get(key)
      if (known !== undefined) this.#set({ ...known, figure: Number.MAX_SAFE_INTEGER })
    }
  }

  /** What was observed before this process; what it observed itself stands. */
  restore(entries: readonly ObservedEntry[]): void {
    for (const entry of entries) if (!this.#entries.has(entry.key)) this.#entries.set(entry.key, entry)
  }

  /** What has changed since this was last asked. */
  takeChanged(): readonly ObservedEntry[] {
    const changed = [...this.#changed].flatMap((key) => this.#entries.get(key) ?? [])
    this.#changed.clear()
    return changed
  }

  #set(entry: ObservedEntry): void {
    this.#entries.set(entry.key, entry)
    this.#changed.add(entry.key)
  }
}

function columnKey(semanticModel: string, expr: string): string {
  return JSON.stringify(['distinct', semanticModel, expr])
}

function allKey(semanticModel: string, expr: string): string {
  return JSON.stringify(['all', semanticModel, expr])
}

function formKey(shape: string, form: ScanForm): string {
  return JSON.stringify(['form', form, shape])
}
