import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Of all documents kept, and what is prepared for each beside it. */
const MAX_BYTES = 32_000_000
/** What a character of a document takes once parsed, with the places of its tokens (measured: 93). */
export const BYTES_A_CHARACTER = 100
/** Of a document without its text, which stands for one that was refused. */
const UNKNOWN_BYTES = 10_000

/** Keeps documents that were parsed and validated, for Apollo, whose own store counts a fifth of what they hold. */
export class DocumentStore {
  readonly #documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ loc }, key) => Math.max(1, (loc === undefined ? UNKNOWN_BYTES : loc.source.body.length * BYTES_A_CHARACTER) + key.length * 2),
  })

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#documents.get(key)
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#documents.set(key, document)
  }

  async delete(key: string): Promise<boolean> {
    return this.#documents.delete(key)
  }
}
