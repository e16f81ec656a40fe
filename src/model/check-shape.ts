import type { z } from 'zod'
import { nearest } from '../base/nearest.ts'
import { modelFileSchema } from './model-file.ts'
import type { ModelFileData } from './model-file.ts'
import type { ModelSource, Path } from './model-source.ts'
import { suggest } from './problem.ts'
import type { Problem } from './problem.ts'

type Issue = z.core.$ZodIssue

/** What of a file has the right shape. */
export interface ShapedFile {
  readonly data: ModelFileData
  /** Where a map of `data` stood in the file: lists close up when a broken item is taken out. */
  pathOf(part: object): Path
  /** Names of items that were taken out, by section, so that what refers to them is not blamed as well. */
  readonly broken: ReadonlyMap<string, ReadonlySet<string>>
  readonly problems: readonly Problem[]
}

/**
 * Compares a file with the schema. What does not fit is reported and taken out (a wrong key alone, an item that lacks what it
 * needs as a whole), so that the rest can still be checked in the same run.
 */
export function checkShape(source: ModelSource): ShapedFile {
  const paths = new WeakMap<object, Path>()
  const broken = new Map<string, Set<string>>()
  const problems: Problem[] = []
  const root = copyWithPaths(source.data ?? {}, [], paths)
  if (!isRecord(root)) {
    problems.push(source.problem([], 'A model file is a map of keys like semantic_models and metrics.'))
    return { data: {}, pathOf: () => [], broken, problems }
  }
  const pathOf = (part: object): Path => paths.get(part) ?? []
  // Each round takes out at least one value; later rounds only find what the first has taken out.
  for (let round = 0; round < 10; round++) {
    const result = modelFileSchema.safeParse(root)
    if (result.success) return { data: root as ModelFileData, pathOf, broken, problems }
    const issues = result.error.issues.flatMap((issue) => concrete(issue, root))
    if (round === 0) for (const issue of issues) problems.push(...describe(issue, root, source, pathOf))
    const mends = issues.flatMap((issue) => mendsOf(issue, root))
    for (const mend of mends.sort((a, b) => deepestAndLastFirst(a.path, b.path))) apply(root, mend, broken)
  }
  return { data: {}, pathOf, broken, problems }
}

/** Of a union only the branch that was meant: the one whose outermost type is that of the value. */
function concrete(issue: Issue, root: unknown): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const branch = issue.errors.find((errors) => errors.length > 0 && errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'))
  if (branch === undefined) {
    const value = valueAt(root, toPath(issue.path))
    const fits = (error: Issue): boolean => (error.code === 'invalid_value' ? typeof error.values[0] === typeof value : error.code !== 'invalid_type')
    const only = issue.errors.find(([error, ...others]) => error !== undefined && others.length === 0 && fits(error))?.[0]
    return only ? [{ ...only, path: issue.path }] : [issue]
  }
  return branch.flatMap((error) => concrete({ ...error, path: [...issue.path, ...error.path] }, root))
}

function describe(issue: Issue, root: unknown, source: ModelSource, pathOf: (part: object) => Path): readonly Problem[] {
  const path = toPath(issue.path)
  const place = originalPath(root, path, pathOf)
  const value = valueAt(root, path)
  const key = String(path.findLast((step) => typeof step === 'string') ?? '')
  if (issue.code === 'unrecognized_keys') {
    const valid = keysAt(modelFileSchema, path, root)
    return issue.keys.map((unknown) => source.problemOfKey([...place, unknown], `There is no key "${unknown}" here.`, suggestKey(unknown, valid)))
  }
  if (value === undefined) {
    return [source.problem(place.slice(0, -1), `The key "${key}" is missing.`)]
  }
  if (issue.code === 'invalid_value') {
    return [source.problem(place, `${key} cannot be ${show(value)}.`, suggest(String(value), issue.values.map(String)))]
  }
  if (issue.code === 'invalid_type') return [source.problem(place, `${key} must be ${EXPECTED[issue.expected] ?? issue.expected}, not ${show(value)}.`)]
  if (issue.code === 'too_small' && (issue.origin === 'string' || issue.origin === 'array')) {
    return [source.problem(place, issue.origin === 'string' ? `${key} is empty.` : Number(issue.minimum) > 1 ? `${key} takes ${issue.minimum} values.` : `${key} lists nothing.`)]
  }
  if (issue.code === 'too_small') return [source.problem(place, `${key} must be at least ${issue.minimum}, not ${show(value)}.`)]
  if (issue.code === 'too_big') return [source.problem(place, `${key} must be at most ${issue.maximum}, not ${show(value)}.`)]
  if (issue.code === 'invalid_union') return [source.problem(place, `${key} cannot be ${show(value)}.`)]
  return [source.problem(place, issue.code === 'invalid_format' ? `${key} cannot be ${show(value)}. ${issue.message}` : `${key}: ${issue.message}`)]
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
}

function show(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map of keys'
  const text = String(value)
  return typeof value === 'string' ? `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"` : text
}

function suggestKey(unknown: string, valid: readonly string[]): string | null {
  if (unknown === 'measures') return 'Measures are metrics of type simple: write `agg` and `expr` on the metric.'
  if (unknown === 'type_params') return 'Write its keys directly on the metric.'
  if (unknown === 'model' && valid.includes('table')) return 'Name the table with `table`.'
  return suggest(unknown, valid)
}

/** Keys the schema allows in the map at `path`. */
function keysAt(schema: z.core.$ZodType, path: Path, root: unknown): readonly string[] {
  const definition = unwrap(schema, root)._zod.def
  const [step, ...rest] = path
  if (definition.type === 'object') {
    const shape = (definition as z.core.$ZodObjectDef).shape
    if (step === undefined) return Object.keys(shape)
    const inner = shape[String(step)]
    return inner ? keysAt(inner, rest, valueAt(root, [step])) : []
  }
  if (definition.type === 'array' && step !== undefined) return keysAt((definition as z.core.$ZodArrayDef).element, rest, valueAt(root, [step]))
  return []
}

function unwrap(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const definition = schema._zod.def
  if (definition.type === 'optional') return unwrap((definition as z.core.$ZodOptionalDef).innerType, value)
  if (definition.type === 'union') {
    const wanted = Array.isArray(value) ? 'array' : 'object'
    const option = (definition as z.core.$ZodUnionDef).options.find((candidate) => candidate._zod.def.type === wanted)
    return option ?? schema
  }
  return schema
}

/** What to take out, or what the author seems to have meant: the checks go on with that, though the model is refused. */
interface Mend {
  readonly path: Path
  readonly rename?: string
  readonly value?: string
}

function mendsOf(issue: Issue, root: unknown): readonly Mend[] {
  const path = toPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const holder = valueAt(root, path)
    const valid = keysAt(modelFileSchema, path, root).filter((key) => isRecord(holder) && !Object.hasOwn(holder, key))
    return issue.keys.map((key) => {
      const [rename] = nearest(key, valid)
      return rename === undefined ? { path: [...path, key] } : { path: [...path, key], rename }
    })
  }
  const value = valueAt(root, path)
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const [meant] = nearest(value, issue.values.map(String))
    if (meant !== undefined) return [{ path, value: meant }]
  }
  const target = value === undefined ? path.slice(0, -1) : path
  // Without its name or type an item means nothing.
  const key = target.at(-1)
  return [{ path: key === 'name' || key === 'type' ? target.slice(0, -1) : target }]
}

function deepestAndLastFirst(a: Path, b: Path): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const left = a[index]
    const right = b[index]
    if (left === right) continue
    return typeof left === 'number' && typeof right === 'number' ? right - left : String(left) < String(right) ? 1 : -1
  }
  return b.length - a.length
}

function apply(root: Record<string, unknown>, mend: Mend, broken: Map<string, Set<string>>): void {
  const { path } = mend
  const key = path.at(-1)
  if (key === undefined) {
    for (const name of Object.keys(root)) delete root[name]
    return
  }
  const holder = valueAt(root, path.slice(0, -1))
  const value = valueAt(root, path)
  if (mend.value !== undefined && typeof holder === 'object' && holder !== null) {
    Object.assign(holder, { [key]: mend.value })
    return
  }
  if (mend.rename === undefined && path.length === 2 && isRecord(value) && typeof value['name'] === 'string') {
    const section = String(path[0])
    broken.set(section, (broken.get(section) ?? new Set()).add(value['name']))
  }
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else if (isRecord(holder)) {
    delete holder[key]
    if (mend.rename !== undefined) holder[mend.rename] = value
  }
}

function originalPath(root: unknown, path: Path, pathOf: (part: object) => Path): Path {
  let value = root
  let original: Path = []
  for (const step of path) {
    value = valueAt(value, [step])
    original = typeof value === 'object' && value !== null ? pathOf(value) : [...original, step]
  }
  return original
}

function copyWithPaths(value: unknown, path: Path, paths: WeakMap<object, Path>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const copy = value.map((item, index) => copyWithPaths(item, [...path, index], paths))
    paths.set(copy, path)
    return copy
  }
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyWithPaths(item, [...path, key], paths)]))
  paths.set(copy, path)
  return copy
}

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)))
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((holder, step) => (typeof holder === 'object' && holder !== null && Object.hasOwn(holder, step) ? (holder as Record<string | number, unknown>)[step] : undefined), value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
