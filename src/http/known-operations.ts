import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { AskedRequest } from './asked-request.ts'
import { BYTES_A_CHARACTER } from './document-store.ts'
import { nameOf } from './kept-answers.ts'

/** Of their documents, which mostly lie in the document store too and are then no further bytes. */
const MAX_BYTES = 16_000_000

/** A query that was parsed, validated and answered without an error before. */
export interface KnownOperation {
  readonly document: DocumentNode
  readonly source: string
  /** As the document names it; null for none. */
  readonly operationName: string | null
}

/** What was asked before and found to be in order: asked again it needs no second look, whatever its variables. */
export class KnownOperations {
  readonly #known = new LRUCache<string, KnownOperation>({ maxSize: MAX_BYTES, sizeCalculation: ({ source }) => source.length * BYTES_A_CHARACTER })

  /** Null where it is not known, or not by its hash. */
  find(asked: AskedRequest): KnownOperation | null {
    return this.#known.get(placeOf(asked, asked.isByHash)) ?? null
  }

  /** @param operation that was asked so and answered. */
  note(asked: AskedRequest, operation: KnownOperation): void {
    if (!asked.isByHash) this.#known.set(placeOf(asked, false), operation)
    if (asked.isByHash || asked.registers) this.#known.set(placeOf(asked, true), operation)
  }
}

function placeOf({ document, operationName }: AskedRequest, isByHash: boolean): string {
  return `${isByHash ? '#' : ''}${document}${nameOf(operationName)}`
}
