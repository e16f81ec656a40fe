import { LRUCache } from 'lru-cache'
import { dimensionsOf, predicateText } from '../model/predicate.ts'
import type { Scan } from '../plan/scan.ts'

/** Kinds remembered: what is asked every now and then has its place among them. */
const MOST_KINDS = 1_000
/** A statement that takes less is not worth planning again together with others. */
const WORTH_MS = 10
/** Nobody waits longer for others than this, however long theirs take. */
const MOST_HELD_MS = 250

interface AtWork {
  running: number
  /** Of the last statements. */
  averageMs: number
}

/**
 * Statements that were begun and are not done, by their kind: what they read, and by which dimensions its rows are told
 * apart. Those of one kind differ in values, so one statement for several costs little more than one of them; a question
 * that an index answers is of another kind than one that reads the table.
 */
export class StatementsAtWork {
  readonly #kinds = new LRUCache<string, AtWork>({ max: MOST_KINDS })
  readonly #behind: number

  /** @param behind so many of a kind run before the next ones are held; 0 holds none. */
  constructor(behind: number) {
    this.#behind = behind
  }

  /**
   * Null for a statement that is never held: rollups answer before it would pay, and what tells several slices apart spends its
   * time on that, not on reading rows that others read as well.
   */
  kindOf({ reads, semanticModel, rollups }: Scan, source: string): string | null {
    if (this.#behind === 0 || rollups !== undefined) return null
    const predicates = new Map(reads.map(({ predicate }) => [predicateText(predicate), predicate]))
    const [slice] = predicates.values()
    if (slice === undefined || predicates.size > 1) return null
    const grouped = reads.flatMap(({ by }) => by.map((key) => (key.kind === 'entity' ? key.entity : (key.dimension ?? ''))))
    const told = new Set([...reads.map(({ measure }) => measure.kind), ...dimensionsOf(slice), ...grouped])
    return `${source}|${semanticModel}|${[...told].toSorted().join(' ')}`
  }

  /** How long a statement of this kind is held for others, in milliseconds; 0 for one that begins at once. */
  heldMs(kind: string): number {
    const { running, averageMs } = this.#kinds.get(kind) ?? NONE
    return running < this.#behind || averageMs < WORTH_MS ? 0 : Math.min(averageMs, MOST_HELD_MS)
  }

  /** @returns what is to be called when it is done, however it ends. */
  begun(kind: string): () => void {
    const known = this.#kinds.get(kind) ?? { ...NONE }
    this.#kinds.set(kind, known)
    known.running += 1
    const fromMs = performance.now()
    return () => {
      known.running -= 1
      const tookMs = performance.now() - fromMs
      known.averageMs += (tookMs - known.averageMs) / (known.averageMs === 0 ? 1 : 4)
    }
  }
}

const NONE: Readonly<AtWork> = { running: 0, averageMs: 0 }
