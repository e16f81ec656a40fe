import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_DEFAULTS, generateDemo } from '../../demo/generate.ts'
import { serve } from '../../src/cli/serve.ts'
import { testWorld } from './cli-world.ts'

const DOCS = join(import.meta.dirname, '../../docs')

interface Example {
  readonly page: string
  readonly query: string
  readonly refused: boolean
  /** The answer shown right below; null where none is. */
  readonly shown: unknown
  /** It hangs on how many events there are, which are fewer here. */
  readonly ofEvents: boolean
}

/** The queries of a page, in its order, each with the answer that follows it. */
function examplesOf(page: string): Example[] {
  const text = readFileSync(join(DOCS, page), 'utf8')
  return [...text.matchAll(/^```graphql([^\n]*)\n(.*?)\n```(?:\n\n```json([^\n]*)\n(.*?)\n```)?/gms)].map(([, about = '', query = '', aboutAnswer = '', answer]) => ({
    page,
    query,
    refused: about.trim() === 'refused',
    shown: answer === undefined ? null : JSON.parse(answer),
    ofEvents: aboutAnswer.trim() === 'of events',
  }))
}

const titled = (examples: readonly Example[]): (Example & { title: string })[] => examples.map((example) => ({ ...example, title: `${example.page}: ${example.query.replace(/\s+/g, ' ').slice(0, 90)}` }))

/** Cursors carry the version of the data, which differs each time it is made. */
function withoutCursors(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'endCursor' ? null : value)))
}

/** The fields of an answer without their values. */
function shapeOf(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(shapeOf)
  if (typeof answer !== 'object' || answer === null) return null
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, shapeOf(value)]))
}

const world = testWorld()
let address = ''
let stopped: Promise<number>
beforeAll(async () => {
  // Nothing but events hangs on their number.
  await generateDemo({ ...DEMO_DEFAULTS, events: 1000, out: join(world.cwd, '.kpiql', 'demo') })
  const { promise: listening, resolve } = Promise.withResolvers<string>()
  stopped = serve({ port: '0' }, world, resolve)
  address = await Promise.race([listening, stopped.then(() => '')])
})
afterAll(async () => {
  world.signals.emit('SIGTERM')
  await stopped
  world.remove()
})

interface Answer {
  readonly data?: unknown
  readonly errors?: unknown
}

async function post(query: string): Promise<Answer & { readonly extensions: { readonly kpiql: Record<string, unknown> } }> {
  const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
  return (await response.json()) as Answer & { readonly extensions: { readonly kpiql: Record<string, unknown> } }
}

async function ask(query: string): Promise<Answer> {
  const { data, errors } = await post(query)
  return { ...(data ? { data } : {}), ...(errors ? { errors } : {}) }
}

/** The id of what an earlier example saved, which the guide writes as `<id>`. */
async function savedId(): Promise<string> {
  const { data } = (await ask('{ savedCohorts { id } }')) as { data: { savedCohorts: readonly { readonly id: string }[] } }
  return data.savedCohorts[0]?.id ?? ''
}

describe('the examples of the guide to querying', () => {
  it.each(titled(examplesOf('guides/querying.md')))('have the answer that it shows: $title', async ({ query, refused, shown, ofEvents }) => {
    expect(shown).not.toBeNull()
    const answer = await ask(query.includes('<id>') ? query.replaceAll('<id>', await savedId()) : query)
    expect(answer.errors === undefined).toBe(!refused)
    const told = refused ? answer : answer.data
    if (ofEvents) expect(shapeOf(told)).toEqual(shapeOf(shown))
    else expect(withoutCursors(told)).toEqual(withoutCursors(shown))
  })
})

describe('what the guide shows of the cost of its first example', () => {
  it('is what it costs when nothing is cached, but for times and versions', async () => {
    const page = readFileSync(join(DOCS, 'guides/querying.md'), 'utf8')
    const shown = JSON.parse(/^## Extensions\n.*?^```json\n(.*?)\n```/ms.exec(page)?.[1] ?? '') as Record<string, unknown>
    const [first] = examplesOf('guides/querying.md')
    const { extensions } = await post(first?.query.replace('slice(period: { preset: LAST_MONTH })', 'slice(period: { preset: LAST_MONTH }, freshness: NO_CACHE)') ?? '')
    const { slices, metrics, scans, scansBySemanticModel, rowsRead, rowsReadUnknown, cacheHits, rollups } = shown
    expect(extensions.kpiql).toMatchObject({ slices, metrics, scans, scansBySemanticModel, rowsRead, rowsReadUnknown, cacheHits, rollups })
    expect(Object.keys(extensions.kpiql)).toEqual(Object.keys(shown))
  })
})

describe('the examples of the other guides', () => {
  // Two have tests of their own: the requests to record build on each other, and one's own data is another company.
  const pages = readdirSync(join(DOCS, 'guides')).filter((name) => !['querying.md', 'recording.md', 'your-own-data.md'].includes(name))

  it.each(titled(pages.flatMap((name) => examplesOf(`guides/${name}`))))('are answered, or refused where the guide says so: $title', async ({ query, refused }) => {
    const { data, errors } = await ask(query)
    if (refused) expect(errors).toEqual([expect.objectContaining({ message: expect.any(String) })])
    else expect([errors, data]).toEqual([undefined, expect.anything()])
  })
})

describe('the documentation', () => {
  const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))

  it.each(pages)('links to what is there: %s', (page) => {
    const text = readFileSync(join(DOCS, page), 'utf8').replace(/^```.*?^```/gms, '')
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target)
    expect(targets.filter((target) => !existsSync(join(DOCS, dirname(page), target)))).toEqual([])
  })
})
