import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examplesOf, exampleTitle, openingTabs, type StoredTab } from '../../explorer/example-tabs.ts'
import { prepareTabs } from '../../explorer/tab-storage.ts'

const built = join(import.meta.dirname, '../../dist/explorer')

const mrr = { title: 'mrr', query: 'query Mrr { a }' }
const arr = { title: 'arr', query: 'query Arr { a }' }
const mrrRewritten = { title: 'mrr', query: 'query Mrr { b }' }

function tab(id: string, query: string | null): StoredTab {
  return { id, title: 'as GraphiQL named it', query }
}

function shown(tabs: ReturnType<typeof openingTabs>): readonly (readonly [string, string | null])[] {
  return (tabs?.tabs ?? []).map(({ id, query }) => [id, query] as const)
}

function storage(entries: Readonly<Record<string, string>> = {}) {
  const kept = new Map(Object.entries(entries))
  return { kept, getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) }
}

describe("the explorer's examples", () => {
  it('are the operation files by name, without their ending and without the empty ones', () => {
    expect(
      examplesOf({ '../schema/operations/b.graphql': '{ b }', '../schema/operations/a.graphql': '{ a }', '../schema/operations/c.graphql': ' \n' }),
    ).toEqual([
      { title: 'a', query: '{ a }' },
      { title: 'b', query: '{ b }' },
    ])
  })

  it('are none where there are no files, and GraphiQL shows its own welcome', () => {
    expect(examplesOf({})).toEqual([])
    expect(openingTabs(null, [], [])).toBeNull()
  })

  it('open one tab each on a first visit, the first of them active', () => {
    const tabs = openingTabs(null, [], [arr, mrr])
    expect(tabs?.tabs.map(({ title, query }) => ({ title, query }))).toEqual([arr, mrr])
    expect(tabs?.activeTabIndex).toBe(0)
  })

  it('leave an edited tab as it was, bring an untouched one to its newest text, and keep the active tab active', () => {
    const kept = { tabs: [tab('1', 'my own'), tab('2', mrr.query)], activeTabIndex: 1 }
    const tabs = openingTabs(kept, [mrr], [mrrRewritten])
    expect(shown(tabs)).toEqual([
      ['1', 'my own'],
      ['2', mrrRewritten.query],
    ])
    expect(tabs?.activeTabIndex).toBe(1)
  })

  it('add what was never offered, bring back no example that was closed, and drop one whose file is gone', () => {
    const gone = { title: 'gone', query: '{ gone }' }
    const added = { title: 'added', query: '{ added }' }
    const kept = { tabs: [tab('1', gone.query), tab('2', 'my own')], activeTabIndex: 0 }
    expect(shown(openingTabs(kept, [gone, mrr], [added, mrr]))).toEqual([
      ['2', 'my own'],
      ['example-added', added.query],
    ])
  })

  it('open afresh when every tab kept was of a file that is gone', () => {
    expect(shown(openingTabs({ tabs: [tab('1', arr.query)], activeTabIndex: 0 }, [arr, mrr], [mrr]))).toEqual([['example-mrr', mrr.query]])
  })

  it('give a tab its file name while it shows the file word for word', () => {
    expect(exampleTitle(mrr.query, [arr, mrr])).toBe('mrr')
    expect(exampleTitle(`${mrr.query} # mine`, [arr, mrr])).toBeNull()
    expect(exampleTitle(null, [arr, mrr])).toBeNull()
  })
})

describe("the explorer's storage", () => {
  it('shows the rewritten example on the second visit, in the editor as well as in the tab', () => {
    const browser = storage()
    prepareTabs(browser, [mrr])
    prepareTabs(browser, [mrrRewritten])
    expect(browser.kept.get('graphiql:query')).toBe(mrrRewritten.query)
    expect(JSON.parse(browser.kept.get('graphiql:tabState') ?? '').tabs).toMatchObject([mrrRewritten])
  })

  it('leaves an editor alone that is ahead of its tab', () => {
    const browser = storage()
    prepareTabs(browser, [mrr])
    browser.setItem('graphiql:query', 'typed just before the page was closed')
    prepareTabs(browser, [mrrRewritten])
    expect(browser.kept.get('graphiql:query')).toBe('typed just before the page was closed')
  })

  it('starts afresh from a broken store', () => {
    const browser = storage({ 'graphiql:tabState': '{"tabs":[{}]', 'kpiql:explorer:offered': 'null' })
    prepareTabs(browser, [mrr])
    expect(JSON.parse(browser.kept.get('graphiql:tabState') ?? '').tabs).toMatchObject([mrr])
  })
})

const isBuilt = existsSync(join(built, 'index.html'))

describe('the built explorer', () => {
  if (!isBuilt) {
    it.skip('is not built here; run `npm run build` to test that it reaches no other host', () => {})
    return
  }

  const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
  const textOf = (file: string) => readFileSync(join(built, file), 'utf8')

  it('is one page with every file of its own under /explorer/', () => {
    const addresses = [...textOf('index.html').matchAll(/\b(?:src|href|action|content)\s*=\s*["']([^"']*\/[^"']*)["']/g)].map((match) => match[1] ?? '')
    const files = addresses.filter((address) => address.startsWith('/explorer/'))
    expect(files.length).toBeGreaterThanOrEqual(3)
    for (const file of files) expect(existsSync(join(built, file.slice('/explorer/'.length)))).toBe(true)
    expect(textOf('index.html')).not.toMatch(/\bhttps?:|["'(=]\/\//)
  })

  it('holds the browser to its own origin', () => {
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(textOf('index.html'))?.[1] ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).not.toMatch(/\*|https?:|unsafe-eval/)
  })

  it('loads no style, font or picture from another host', () => {
    for (const file of files.filter((name) => /\.(css|svg)$/.test(name)))
      expect([file, textOf(file).match(/(?:url\(\s*["']?|@import\s+["']?|href=["'])(?:https?:)?\/\/[^)"']*/g)]).toEqual([file, null])
  })

  it('loads and asks nothing of another host from its scripts', () => {
    const reach =
      /(?:\bfrom\s*|\bimport\s*\(?\s*|\bimportScripts\(\s*|\bfetch\(\s*|\bnew (?:Worker|SharedWorker|WebSocket|EventSource|Request)\(\s*|\.open\(\s*["'`][A-Z]+["'`]\s*,\s*|\.(?:src|href)\s*=\s*|\bsendBeacon\(\s*)["'`](?:https?|wss?):\/\/[^"'`]*/g
    const scripts = files.filter((name) => name.endsWith('.js'))
    expect(scripts.length).toBeGreaterThan(3)
    for (const file of scripts) expect([file, textOf(file).match(reach)]).toEqual([file, null])
  })
})
