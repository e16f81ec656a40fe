import { openingTabs, type Example, type StoredTab, type StoredTabs } from './example-tabs.ts'

const TABS = 'graphiql:tabState'
const ACTIVE_QUERY = 'graphiql:query'
const OFFERED = 'kpiql:explorer:offered'

/**
 * Writes the tabs to open with where GraphiQL looks for them, and remembers which examples were offered.
 * Must run before GraphiQL is rendered. A storage that is full or forbidden leaves GraphiQL with its own defaults,
 * and says so on the console.
 */
export function prepareTabs(storage: Pick<Storage, 'getItem' | 'setItem'>, examples: readonly Example[]): void {
  try {
    const kept = tabsIn(storage.getItem(TABS))
    const opening = openingTabs(kept, examplesIn(storage.getItem(OFFERED)), examples)
    if (opening === null) return
    storage.setItem(TABS, JSON.stringify(opening))
    alignActiveQuery(storage, kept, opening)
    storage.setItem(OFFERED, JSON.stringify(examples))
  } catch (error) {
    console.warn('The explorer could not keep its tabs in this browser.', error)
  }
}

// GraphiQL fills the editor from its own copy of the active query: without one it shows nothing unless the first tab is
// active, and with one that no tab has it opens another tab.
function alignActiveQuery(storage: Pick<Storage, 'getItem' | 'setItem'>, kept: StoredTabs | null, opening: StoredTabs): void {
  const shown = storage.getItem(ACTIVE_QUERY)
  const query = opening.tabs[opening.activeTabIndex]?.query ?? null
  const was = kept?.tabs[kept.activeTabIndex]?.query ?? null
  if (query !== null && (shown === null || shown === was)) storage.setItem(ACTIVE_QUERY, query)
}

function tabsIn(text: string | null): StoredTabs | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null) return null
  const { tabs, activeTabIndex } = value as Partial<StoredTabs>
  return Array.isArray(tabs) && tabs.length > 0 && tabs.every(isTab) && typeof activeTabIndex === 'number'
    ? { tabs, activeTabIndex }
    : null
}

function isTab(value: unknown): value is StoredTab {
  if (typeof value !== 'object' || value === null) return false
  const { id, title, query } = value as Partial<StoredTab>
  return typeof id === 'string' && typeof title === 'string' && (query === null || typeof query === 'string')
}

function examplesIn(text: string | null): readonly Example[] {
  const value = parsed(text)
  return Array.isArray(value) ? value.filter(isExample) : []
}

function isExample(value: unknown): value is Example {
  if (typeof value !== 'object' || value === null) return false
  const { title, query } = value as Partial<Example>
  return typeof title === 'string' && typeof query === 'string'
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    // A broken store counts as an empty one, as it does for GraphiQL.
    return null
  }
}
