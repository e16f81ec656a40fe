import { KpiqlError } from '../../src/base/errors.ts'

/**
 * The list of an answer. One that is not there is a failure and no empty list: a proxy, a page of maintenance or another version of
 * the tool's API answers in another shape, and taken for an empty list it would remove what has been read.
 *
 * @param key the member that holds the list; null where the answer itself is one.
 * @throws KpiqlError `SOURCE_FAILED`.
 */
export function listIn(tool: string, path: string, answer: unknown, key: string | null): readonly unknown[] {
  const list = key === null ? answer : typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>)[key] : undefined
  if (Array.isArray(list)) return list as readonly unknown[]
  throw new KpiqlError('SOURCE_FAILED', {
    message: `${tool} answered ${path} without ${key === null ? 'a list' : `the list "${key}"`}.`,
    hint: 'Look whether a proxy answers in its place, and at the base URL and the API version of the source. What was read before stays.',
    data: { reason: 'unexpected answer' },
  })
}
