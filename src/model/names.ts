/** Names become GraphQL enum values and input fields, so they are what GraphQL allows. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** @returns What is wrong with a name that clients will see; null where nothing is. */
export function faultOfName(name: string): { readonly message: string; readonly hint: string | null } | null {
  if (!NAME.test(name)) {
    const proposal = name.trim().replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_').replace(/^_+|_+$/g, '')
    return { message: `The name "${name}" has signs that GraphQL names cannot have.`, hint: proposal === '' ? 'Use letters, digits and underscores.' : `Write ${NAME.test(proposal) ? proposal : `_${proposal}`}.` }
  }
  if (name.startsWith('__')) return { message: `The name "${name}" begins with "__", which GraphQL keeps for itself.`, hint: `Write ${name.replace(/^_+/, '') || 'another name'}.` }
  if (/^(true|false|null)$/i.test(name)) return { message: `"${name}" cannot be a name: it is a value in GraphQL.`, hint: null }
  return null
}

/** `and`, `or`, `not`, `cohort` are fields of `Where`; PERIOD and COHORT are what answers are grouped by beside dimensions. */
const RESERVED_DIMENSIONS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'COHORT', 'PERIOD'])

export function faultOfDimensionName(name: string): { readonly message: string; readonly hint: string | null } | null {
  if (RESERVED_DIMENSIONS.has(name.toUpperCase())) return { message: `"${name}" is reserved and cannot name a dimension.`, hint: 'Give it another `public_name`.' }
  return faultOfName(name)
}

/** The GraphQL enum value of a name. */
export function enumNameOf(name: string): string {
  return name.toUpperCase()
}

/** `acquisition_channel` → `Acquisition channel`. */
export function labelOf(name: string): string {
  const words = name.replace(/_+/g, ' ').trim()
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1)
}
