import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import type { Problem } from './problem.ts'

/** Keys and indexes from the document's root to a value. */
export type Path = readonly (string | number)[]

/** One YAML file of a model, parsed, which still knows where everything stood. */
export interface ModelSource {
  readonly name: string
  /** The semantic models of this file that name no source read this one. */
  readonly defaultSource: string | null
  /** Plain data; null for an empty file. */
  readonly data: unknown
  /** A problem with the value at `path`; what is not there is blamed on the nearest thing that holds it. */
  problem(path: Path, message: string, hint?: string | null): Problem
  /** A problem with the key that ends `path`. */
  problemOfKey(path: Path, message: string, hint?: string | null): Problem
  /** A problem inside the text at `path`, `offset` characters from its start. */
  problemInText(path: Path, offset: number, message: string, hint?: string | null): Problem
  /** A scalar as it was written, with every digit; null for anything else. */
  written(path: Path): string | null
  has(path: Path): boolean
  line(path: Path): number
}

/** Aliases may be followed this often in one file, so that a few lines cannot unfold into gigabytes. */
const MAX_ALIASES = 1000

/** @returns The source, and what YAML itself finds wrong with it: syntax, duplicate keys, too many aliases. */
export function parseModelSource(name: string, text: string, defaultSource: string | null): { readonly source: ModelSource; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true })
  const problems: Problem[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return {
      file: name,
      line,
      column: col,
      path: '',
      message: error.code === 'DUPLICATE_KEY' ? `The key "${keyAt(text, error.pos[0])}" is written twice in one map.` : `This is not valid YAML: ${withoutText(error.message)}`,
      hint: error.code === 'DUPLICATE_KEY' ? 'Keep one of the two.' : null,
    }
  })
  let data: unknown = null
  if (problems.length === 0) {
    try {
      data = document.toJS({ maxAliasCount: MAX_ALIASES })
    } catch (error) {
      problems.push({ file: name, line: 1, column: 1, path: '', message: `This YAML cannot be read: ${error instanceof Error ? error.message : String(error)}`, hint: 'Write repeated parts out instead of using aliases.' })
    }
  }
  return { source: makeSource(name, text, defaultSource, data, document, lines), problems }
}

/** The parser quotes what it stumbled over, which may be a secret; line and column say where it stands. */
function withoutText(message: string): string {
  return message.replace(/ token in YAML stream: .*$/s, '')
}

function makeSource(name: string, text: string, defaultSource: string | null, data: unknown, document: Document, lines: LineCounter): ModelSource {
  const at = (offset: number, path: Path, message: string, hint: string | null): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1), path: describePath(data, path), message, hint }
  }
  return {
    name,
    defaultSource,
    data,
    problem: (path, message, hint = null) => at(find(document, path).start, path, message, hint),
    problemOfKey: (path, message, hint = null) => at(find(document, path).keyStart, path, message, hint),
    problemInText(path, offset, message, hint = null) {
      const { node, start } = find(document, path)
      return at(isScalar(node) && node.range && typeof node.value === 'string' ? textOffset(text, node.range[0], node.range[1], node.value, offset) : start, path, message, hint)
    },
    written(path) {
      const { node } = find(document, path)
      return isScalar(node) ? (node.source ?? null) : null
    },
    has: (path) => find(document, path).node !== null,
    line: (path) => lines.linePos(find(document, path).start).line,
  }
}

function find(document: Document, path: Path): { readonly node: Node | null; readonly start: number; readonly keyStart: number } {
  let node = follow(document, document.contents)
  let start = startOf(node) ?? 0
  let keyStart = start
  for (const step of path) {
    let next: Node | null = null
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step)
      if (!pair) return { node: null, start, keyStart }
      keyStart = startOf(pair.key as Node) ?? start
      next = follow(document, (pair.value as Node | null) ?? null)
      start = startOf((pair.value as Node | null) ?? null) ?? keyStart
    } else if (isSeq(node)) {
      const item = (node.items[Number(step)] as Node | undefined) ?? null
      if (!item) return { node: null, start, keyStart }
      next = follow(document, item)
      start = startOf(item) ?? start
      keyStart = start
    } else {
      return { node: null, start, keyStart }
    }
    node = next
  }
  return { node, start, keyStart }
}

function follow(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node
}

function startOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null
}

/** Where the `offset`th character of a scalar's value stands in the file: quotes, escapes, indents and folds lie between. */
function textOffset(text: string, from: number, to: number, value: string, offset: number): number {
  let position = from
  if (text[position] === '|' || text[position] === '>') position = text.indexOf('\n', position) + 1
  else if (text[position] === "'" || text[position] === '"') position += 1
  for (let index = 0; position < to && index < value.length; position++) {
    if (isSkipped(text, position, value[index])) continue
    if (index === offset) break
    index += 1
  }
  return Math.min(position, Math.max(from, to))
}

function isSkipped(text: string, position: number, wanted: string | undefined): boolean {
  const found = text[position]
  if (wanted === undefined || found === undefined || found === wanted) return false
  return !(/\s/.test(found) && /\s/.test(wanted))
}

function keyAt(text: string, offset: number): string {
  return /^["']?([^"':\n]*)/.exec(text.slice(offset, offset + 80))?.[1]?.trim() ?? ''
}

/** `metrics.mrr.filter`: list items by their name where they have one, else by their index. */
export function describePath(data: unknown, path: Path): string {
  const parts: string[] = []
  let value: unknown = data
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined
    const name = typeof step === 'number' && typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : undefined
    parts.push(typeof name === 'string' ? name : String(step))
  }
  return parts.join('.')
}
