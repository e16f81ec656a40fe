import { JSONPath } from 'jsonpath-plus'

/** Values at a path, in order; null where the path's last step but `[*]` leads nowhere at all. */
export type Picked = readonly unknown[] | null

const SIMPLE = /^\$(?:\.[A-Za-z_][\w-]*|\['[^'\\]*'\]|\[\d+\])*(?:\[\*\])?$/
const STEP = /\.([A-Za-z_][\w-]*)|\['([^'\\]*)'\]|\[(\d+)\]/g

/**
 * Whether a text is a JSONPath that is taken: from the root `$`, without expressions to be computed (`?(…)`, `(…)`), parents (`^`) and names (`~`).
 */
export function isJsonPath(text: string): boolean {
  if (SIMPLE.test(text)) return true
  return /^\$(\.|\[|$)/.test(text) && !/[()^~`@]/.test(text) && (text.match(/\[/g) ?? []).length === (text.match(/\]/g) ?? []).length && !/\[\]|\.$/.test(text)
}

/** Makes a reader of a path. Code in data or paths is never run. @param path one that `isJsonPath` takes. */
export function compilePath(path: string): (json: unknown) => Picked {
  if (!SIMPLE.test(path)) {
    return (json) => JSONPath({ path, json: json as object, wrap: true, eval: false }) as unknown[]
  }
  const spreads = path.endsWith('[*]')
  const steps = [...path.matchAll(STEP)].map(([, name, quoted, index]) => name ?? quoted ?? Number(index))
  return (json) => {
    let at: unknown = json
    for (const step of steps) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return null
      at = (at as Record<string | number, unknown>)[step]
    }
    if (!spreads) return [at]
    return Array.isArray(at) ? (at as unknown[]) : at === null || at === undefined ? [] : typeof at === 'object' ? Object.values(at) : null
  }
}

/** The first value at a path; undefined where there is none. */
export function compileOne(path: string): (json: unknown) => unknown {
  const pick = compilePath(path)
  return (json) => pick(json)?.[0]
}

/**
 * A reader of a page's records: those of the list that a path leads to, with or without `[*]` at its end. Null where it leads nowhere, or to what is no list; a null
 * there is an empty one.
 */
export function compileRecords(path: string): (json: unknown) => Picked {
  const list = compilePath(path.replace(/\[\*\]$/, ''))
  const all = compilePath(path)
  const isSimple = SIMPLE.test(path)
  return (json) => {
    if (!isSimple) return all(json)
    const at = list(json)?.[0]
    return Array.isArray(at) ? (at as unknown[]) : at === null ? [] : null
  }
}

/** The name of the field at the top that a path begins with, where the path is nothing but that. */
export function topField(path: string): string | null {
  return /^\$\.([A-Za-z_][\w-]*)$/.exec(path)?.[1] ?? /^\$\['([^'\\]*)'\]$/.exec(path)?.[1] ?? null
}

/** The name of the field at the top that everything at a path lies in; null where there may be several. */
export function outerField(path: string): string | null {
  const [, name, quoted] = /^\$(?:\.([A-Za-z_][\w-]*)|\['([^'\\]*)'\])(?=[.[]|$)/.exec(path) ?? []
  return name ?? quoted ?? null
}
