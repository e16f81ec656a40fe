import type { z } from 'zod'
import type { ModelSource, Path } from '../../model/model-source.ts'
import { suggest } from '../../model/problem.ts'
import type { Problem } from '../../model/problem.ts'

type Issue = z.core.$ZodIssue

/** `input` is what was checked: the data, with variables read as what was wanted. `value` is null where there are problems. */
export interface Checked<Value> {
  readonly value: Value | null
  readonly input: unknown
  readonly problems: readonly Problem[]
}

/**
 * Checks part of a configuration file with a schema and says where and what is wrong, all at once.
 *
 * @param at where `data` stands in the file.
 * @param wholes values that came as the text of an environment variable: they are read as a number or a flag where one is wanted.
 * @param secrets names of settings whose values are not told, whatever they are.
 */
export function checkOptions<Value>(schema: z.ZodType<Value>, data: unknown, source: ModelSource, at: Path, wholes: ReadonlySet<string>, secrets: readonly string[] = []): Checked<Value> {
  const first = schema.safeParse(data)
  if (first.success) return { value: first.data, input: data, problems: [] }
  const mended = first.error.issues.reduce((value, issue) => readAsWanted(value, issue, at, wholes), data)
  const second = schema.safeParse(mended)
  if (second.success) return { value: second.data, input: mended, problems: [] }
  return { value: null, input: mended, problems: second.error.issues.flatMap(concrete).flatMap((issue) => describe(issue, schema, mended, source, at, secrets)) }
}

function readAsWanted(data: unknown, issue: Issue, at: Path, wholes: ReadonlySet<string>): unknown {
  if (issue.code !== 'invalid_type') return data
  const path = toPath(issue.path)
  const text = valueAt(data, path)
  if (typeof text !== 'string' || !wholes.has(JSON.stringify([...at, ...path]))) return data
  if (issue.expected === 'boolean' && /^(true|false)$/i.test(text)) return withValue(data, path, text.toLowerCase() === 'true')
  if ((issue.expected === 'number' || issue.expected === 'int') && text.trim() !== '' && Number.isFinite(Number(text))) return withValue(data, path, Number(text))
  return data
}

/** Of a union, the branch whose outermost shape was met, since only that tells what is wrong inside. */
function concrete(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const branch = issue.errors.find((errors) => errors.length > 0 && errors.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys' || code === 'custom' || code === 'invalid_format'))
  return branch === undefined ? [issue] : branch.flatMap((inner) => concrete({ ...inner, path: [...issue.path, ...inner.path] }))
}

function describe(issue: Issue, schema: z.core.$ZodType, data: unknown, source: ModelSource, at: Path, secrets: readonly string[]): readonly Problem[] {
  const path = toPath(issue.path)
  const place = [...at, ...path]
  const key = String(place.findLast((step) => typeof step === 'string') ?? 'The configuration')
  const value = valueAt(data, path)
  const found = secrets.includes(String(path[0])) ? 'this' : shown(value)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((unknown) => source.problemOfKey([...place, unknown], `There is no setting "${unknown}" here.`, suggest(unknown, keysAt(schema, path))))
  }
  if (value === undefined && path.length > 0) return [source.problem(place.slice(0, -1), `The setting "${key}" is missing.`)]
  if (issue.code === 'invalid_value') return [source.problem(place, `${key} cannot be ${found}.`, suggest(String(value), issue.values.map(String)))]
  if (issue.code === 'invalid_type') return [source.problem(place, `${key} must be ${wanted[issue.expected] ?? issue.expected}, not ${found}.`)]
  if (issue.code === 'invalid_key') return [source.problemOfKey(place, `"${key}" cannot be a name here.`, issue.issues[0]?.message ?? null)]
  if (issue.code === 'too_small') {
    if (issue.origin === 'string') return [source.problem(place, `${key} is empty.`)]
    return [source.problem(place, issue.origin === 'array' ? `${key} lists nothing.` : `${key} must be at least ${issue.minimum}, not ${found}.`)]
  }
  if (issue.code === 'too_big') return [source.problem(place, `${key} must be at most ${issue.maximum}, not ${found}.`)]
  if (issue.code === 'invalid_union') return [source.problem(place, `${key} cannot be ${found}.`)]
  return [source.problem(place, `${key}: ${issue.message}.`.replace(/\.\.$/, '.'))]
}

const wanted: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a map of settings', record: 'a map of settings' }

/** Texts are not quoted: they may be secrets. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map of settings'
  return typeof value === 'string' ? 'this text' : String(value)
}

function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const { def } = schema._zod
  const [step, ...rest] = path
  if ('innerType' in def) return keysAt(def.innerType as z.core.$ZodType, path)
  if (def.type === 'pipe') return keysAt((def as z.core.$ZodPipeDef).in, path)
  if (def.type === 'union') return (def as z.core.$ZodUnionDef).options.flatMap((option) => keysAt(option, path))
  if (def.type === 'array') return step === undefined ? [] : keysAt((def as z.core.$ZodArrayDef).element, rest)
  if (def.type === 'record') return step === undefined ? [] : keysAt((def as z.core.$ZodRecordDef).valueType, rest)
  if (def.type !== 'object') return []
  const { shape } = def as z.core.$ZodObjectDef
  if (step === undefined) return Object.keys(shape)
  const inner = shape[String(step)]
  return inner === undefined ? [] : keysAt(inner, rest)
}

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)))
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((holder, step) => (typeof holder === 'object' && holder !== null && Object.hasOwn(holder, step) ? (holder as Record<string | number, unknown>)[step] : undefined), value)
}

function withValue(data: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  if (Array.isArray(data)) return data.map((item, index) => (index === step ? withValue(item, rest, value) : item))
  return typeof data === 'object' && data !== null ? { ...data, [step]: withValue((data as Record<string, unknown>)[step], rest, value) } : data
}
