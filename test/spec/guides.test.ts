import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

const DOCS = join(import.meta.dirname, '../../docs')

/** The fenced blocks of one language; `info` is what follows the language. */
function blocksOf(page: string, language: string): { info: string; text: string }[] {
  return [...readFileSync(join(DOCS, page), 'utf8').matchAll(new RegExp(`^\`\`\`${language}([^\\n]*)\\n(.*?)\\n\`\`\``, 'gms'))].map(([, info = '', text = '']) => ({ info: info.trim(), text }))
}

describe('the examples of the guide to querying', () => {
  let world: TestWorld
  beforeAll(async () => {
    world = testWorld()
    expect(await world.run('demo', '--out', 'company', '--customers', '300', '--events', '3000', '--format', 'csv')).toBe(0)
  })
  afterAll(() => world.remove())

  it.each(blocksOf('guides/querying.md', 'graphql').map(({ info, text }) => ({ info, text, title: text.replace(/\s+/g, ' ').slice(0, 90) })))('are answered, or refused where the guide says so: $title', async ({ info, text }) => {
    const code = await world.run('query', text, '--data', 'company', '--format', 'json')
    const { data, errors } = JSON.parse(world.written.out) as { data: unknown; errors?: unknown }
    if (info === 'refused') expect([code, errors]).toEqual([1, [expect.objectContaining({ message: expect.any(String) })]])
    else expect([code, errors, data]).toEqual([0, undefined, expect.anything()])
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
