/** An operation file of `schema/operations`: its file name without the ending, and its whole text. */
export interface Example {
  readonly title: string
  readonly query: string
}

/** A tab as GraphiQL 5 keeps it in the browser's storage; fields it may add later are carried along. */
export interface StoredTab {
  readonly id: string
  readonly title: string
  readonly query: string | null
  readonly [field: string]: unknown
}

/** GraphiQL's `tabState`; `activeTabIndex` is an index of `tabs`, which is never empty. */
export interface StoredTabs {
  readonly tabs: readonly StoredTab[]
  readonly activeTabIndex: number
}

/**
 * Turns the operation files found at build time into examples, in the order of their names.
 *
 * @param files Text by path, as `import.meta.glob` gives it; none gives no examples. Empty files are left out.
 */
export function examplesOf(files: Readonly<Record<string, string>>): readonly Example[] {
  return Object.entries(files)
    .map(([path, query]) => ({ title: path.replace(/^.*\//, '').replace(/\.graphql$/, ''), query }))
    .filter((example) => example.query.trim() !== '')
    .sort((a, b) => (a.title < b.title ? -1 : 1))
}

/**
 * The tabs to open with: every tab the user edited as it was left, every untouched example in its newest text,
 * and after them the examples never offered before. A closed example stays closed.
 *
 * @param kept What GraphiQL stored, or null on a first visit.
 * @param offered The examples of the visit before; empty on a first visit.
 * @returns Null when there is nothing to open with, so that GraphiQL shows its own welcome.
 */
export function openingTabs(
  kept: StoredTabs | null,
  offered: readonly Example[],
  examples: readonly Example[],
): StoredTabs | null {
  if (kept === null) return freshTabs(examples)

  const offeredByQuery = new Map(offered.map((example) => [example.query, example.title]))
  const newest = new Map(examples.map((example) => [example.title, example]))
  const active = kept.tabs[kept.activeTabIndex]
  const tabs = kept.tabs.flatMap((tab) => {
    const title = offeredByQuery.get(tab.query ?? '')
    if (title === undefined) return [tab]
    const example = newest.get(title)
    return example === undefined ? [] : [{ ...tab, title, query: example.query }]
  })
  const known = new Set(offered.map((example) => example.title))
  const added = examples.filter((example) => !known.has(example.title)).map(tabOf)
  const all = [...tabs, ...added]
  if (all.length === 0) return freshTabs(examples)
  return { tabs: all, activeTabIndex: Math.max(0, all.findIndex((tab) => tab.id === active?.id)) }
}

/** The file name of the example a tab still shows word for word; null for a tab of the user's own. */
export function exampleTitle(query: string | null, examples: readonly Example[]): string | null {
  return examples.find((example) => example.query === query)?.title ?? null
}

function freshTabs(examples: readonly Example[]): StoredTabs | null {
  return examples.length === 0 ? null : { tabs: examples.map(tabOf), activeTabIndex: 0 }
}

// GraphiQL drops a stored state of which one tab lacks one of these fields.
function tabOf({ title, query }: Example): StoredTab {
  return {
    id: `example-${title}`,
    hash: null,
    title,
    query,
    variables: null,
    headers: null,
    operationName: null,
    response: null,
  }
}
