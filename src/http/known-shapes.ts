import { parse } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { shapeOf, untieTokens } from './document-shape.ts'
import { nameOf } from './kept-answers.ts'
import type { KnownOperation } from './known-operations.ts'
import { areTaken, typesOfValues } from './value-checks.ts'
import type { ValueTypes } from './value-checks.ts'

/** Of their texts. */
const MAX_BYTES = 4_000_000
/** Of the entry itself. */
const ENTRY_BYTES = 200

interface KnownShape {
  /** As the document names it; null for none. */
  readonly operationName: string | null
  readonly types: NonNullable<ValueTypes>
}

/**
 * The shapes of queries that were parsed, validated and answered without an error before. A document of a known shape is parsed, its numbers
 * and texts are looked at, and nothing else about it can be wrong: every other rule looks at what the shape holds.
 */
export class KnownShapes {
  readonly #schema: GraphQLSchema
  readonly #maxTokens: number
  readonly #known = new LRUCache<string, KnownShape>({ maxSize: MAX_BYTES, sizeCalculation: ({ types }, key) => key.length * 2 + types.length * 8 + ENTRY_BYTES })

  /** @param maxTokens of a document. */
  constructor(schema: GraphQLSchema, maxTokens: number) {
    this.#schema = schema
    this.#maxTokens = maxTokens
  }

  /** @param askedName the operation asked for by name; null for the only one. @returns Null for a document that has to be looked at as a whole. */
  find(source: string, askedName: string | null): KnownOperation | null {
    if (this.#known.size === 0) return null
    const document = parsed(source, this.#maxTokens)
    const shape = document === null ? null : shapeOf(document)
    if (document === null || shape === null) return null
    const known = this.#known.get(placeOf(shape.text, askedName))
    if (known === undefined || !areTaken(shape.values, known.types)) return null
    untieTokens(document)
    return { document, source, operationName: known.operationName }
  }

  /** @param operation a query that was answered. */
  note({ document, operationName }: KnownOperation, askedName: string | null): void {
    const shape = shapeOf(document)
    const place = shape === null ? null : placeOf(shape.text, askedName)
    if (shape === null || place === null || this.#known.has(place)) return
    const types = typesOfValues(this.#schema, document, shape.values)
    if (types !== null) this.#known.set(place, { operationName, types })
  }
}

/** Null where it cannot be. */
function parsed(source: string, maxTokens: number): DocumentNode | null {
  try {
    return parse(source, { maxTokens })
  } catch {
    // What is wrong with it is told by whoever has to look at it as a whole.
    return null
  }
}

function placeOf(shape: string, askedName: string | null): string {
  return `${shape}${nameOf(askedName)}`
}
