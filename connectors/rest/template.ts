/** What may stand in `${…}`. A value is null where there is none: on the first page, or on a first reading without a beginning. */
export const PLACEHOLDERS = ['since', 'until', 'now', 'cursor', 'page', 'offset', 'size', 'session'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]
export type Values = Readonly<Record<Placeholder, string | number | null>>

/** What a template is made of, JSON in which texts may hold placeholders. */
export type Template = null | boolean | number | string | readonly Template[] | { readonly [name: string]: Template }

const REFERENCE = /\$\{([^}]*)\}/g
const WHOLE = /^\$\{([^}]*)\}$/

/** What is wrong with a text as a template; null where nothing is. */
export function templateFault(text: string): string | null {
  const unknown = [...text.matchAll(REFERENCE)].map(([, name = '']) => name).find((name) => !isPlaceholder(name))
  if (unknown !== undefined) return `\${${unknown}} is no placeholder; there are ${PLACEHOLDERS.map((name) => `\${${name}}`).join(', ')}`
  return text.replaceAll(REFERENCE, '').includes('${') ? 'a placeholder is not closed' : null
}

/** Placeholders anywhere in a template. */
export function placeholdersIn(template: Template | undefined): ReadonlySet<Placeholder> {
  if (template === undefined || template === null) return new Set()
  if (typeof template === 'string') return new Set([...template.matchAll(REFERENCE)].map(([, name = '']) => name).filter(isPlaceholder))
  if (typeof template !== 'object') return new Set()
  return new Set(Object.values(template).flatMap((inner: Template) => [...placeholdersIn(inner)]))
}

/** A text with its placeholders filled in; null where one of them has no value. `write` makes a value safe for its place. */
export function fillText(text: string, values: Values, write: (text: string) => string = (text) => text): string | null {
  let isWhole = true
  const filled = text.replaceAll(REFERENCE, (_, name: Placeholder) => {
    const value = values[name]
    isWhole &&= value !== null
    return write(String(value))
  })
  return isWhole ? filled : null
}

/** JSON with its placeholders filled in: a text that is one placeholder and nothing else keeps its number; entries of objects and lists that have no value are left out. */
export function fillJson(template: Template, values: Values): unknown {
  if (typeof template === 'string') {
    const [, whole] = WHOLE.exec(template) ?? []
    return whole !== undefined && isPlaceholder(whole) ? values[whole] : fillText(template, values)
  }
  if (typeof template !== 'object' || template === null) return template
  const isLeftOut = (inner: Template, filled: unknown): boolean => filled === null && inner !== null
  if (Array.isArray(template)) return template.map((inner: Template) => [inner, fillJson(inner, values)] as const).flatMap(([inner, filled]) => (isLeftOut(inner, filled) ? [] : [filled]))
  return Object.fromEntries(
    Object.entries(template as { readonly [name: string]: Template })
      .map(([name, inner]) => [name, inner, fillJson(inner, values)] as const)
      .flatMap(([name, inner, filled]) => (isLeftOut(inner, filled) ? [] : [[name, filled]])),
  )
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name)
}
