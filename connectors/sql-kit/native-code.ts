import type { ErrorDetails } from '../../src/base/errors.ts'

const CODE = /^[\w -]{1,60}$/

/**
 * What the database itself calls an error, as `data.nativeCode`, and in place of `{code}` in the hint: its words may hold values
 * and reach neither clients nor the log, its code can be looked up in its manual. What is no code is `not known`.
 */
export function withNativeCode<Details extends Pick<ErrorDetails, 'hint' | 'data'>>(details: Details, code: unknown): Details {
  const text = typeof code === 'number' || typeof code === 'string' ? String(code) : ''
  const isCode = CODE.test(text)
  return {
    ...details,
    ...(details.hint === undefined ? {} : { hint: details.hint.replace('{code}', isCode ? text : 'not known') }),
    ...(isCode ? { data: { ...details.data, nativeCode: text } } : {}),
  }
}
