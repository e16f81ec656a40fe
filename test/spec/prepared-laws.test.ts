import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, execute, getIntrospectionQuery, isEnumType, isObjectType, parse, validate } from 'graphql'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { KpiqlContext } from '../../schema/context.ts'
import { jsonPieces } from '../../schema/written.ts'
import { preparedExecutor } from '../../src/http/prepared-execution.ts'
import { openDemoWorld } from '../demo-world.ts'
import type { DemoWorld } from '../demo-world.ts'

/** Data and errors as they are sent, before anybody rewords them. */
const sent = (result: ExecutionResult): string => JSON.stringify({ data: result.data, errors: result.errors?.map((error) => error.toJSON()) })

async function both(schema: GraphQLSchema, query: string, variables: Record<string, unknown>, contextOf: () => object): Promise<readonly [plain: string, prepared: string]> {
  const document = parse(query)
  expect(validate(schema, document)).toEqual([])
  const plain = await execute({ schema, document, variableValues: variables, contextValue: contextOf() })
  const prepared = await preparedExecutor(schema)({ document, source: query, operationName: undefined, variables, context: contextOf() })
  return [sent(plain), sent(prepared)]
}

describe('the demo company', () => {
  let company: DemoWorld
  beforeAll(async () => {
    company = await openDemoWorld({ customers: 200, events: 5_000 })
  })
  afterAll(() => company.close())

  const contextOf = (): KpiqlContext => {
    const { analytics, jobs, model } = company.gateway
    const session = analytics.session({ freshness: 'CACHED_OK', signal: new AbortController().signal })
    return { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'test', jobs: jobs && { open: () => jobs }, session: () => session }
  }
  const folder = join(import.meta.dirname, '../../schema/operations')
  const queries = readdirSync(folder).filter((name) => name.endsWith('.graphql')).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const).filter(([, text]) => /^query\b/m.test(text))

  it.each(queries)('answers %s byte for byte as graphql-js does', async (_name, text) => {
    // Once for the reads, so that no clock is between the two.
    await both(company.gateway.schema, text, {}, contextOf)
    const [plain, prepared] = await both(company.gateway.schema, text, {}, contextOf)
    expect(prepared).toBe(plain)
    expect(plain).not.toContain('"errors"')
  })

  it('answers series asked again and again by the same bytes, kept as they were written, and another selection of them by its own', async () => {
    const { schema } = company.gateway
    const asked = ['start value', 'value start', 'at: start end value exact currency quality partial reason remedy assumptions __typename'].map((fields) => {
      const source = `{ slice(period: { last: { count: 40, unit: DAY } }) { metrics(names: [REVENUE, MRR, USERS]) { name series(grain: DAY) { ${fields} } short: series(grain: MONTH) { start } seriesColumns(grain: DAY) { starts values } } } }`
      return { source, document: parse(source) }
    })
    const execute = preparedExecutor(schema)
    for (let round = 0; round < 4; round++) {
      for (const { source, document } of asked) {
        const [plain] = await both(schema, source, {}, contextOf)
        const result = await execute({ document, source, operationName: undefined, variables: {}, context: contextOf() })
        expect(sent(result)).toBe(plain)
        const kept = jsonPieces(result.data).filter((piece) => typeof piece !== 'string')
        expect(kept).toHaveLength(round === 0 ? 0 : 6)
      }
    }
  })

  const INPUTS = 'query ($inputs: [SliceInput!]!, $grain: Grain = MONTH, $with: Boolean = true) { slices(inputs: $inputs) { key metric(name: REVENUE) { series(grain: $grain) { start ... on Point @include(if: $with) { value of: quality } __typename } seriesColumns(grain: $grain) { starts ends values exact quality } } } }'
  const quarter = { between: { start: '2026-01-01', end: '2026-04-01' } }
  it.each([
    ['a variable missing', {}],
    ['a variable of another type', { inputs: 'no' }],
    ['a list where null stands', { inputs: [null] }],
    ['a field unknown to an input', { inputs: [{ period: quarter, colour: 'red' }] }],
    ['two members of @oneOf', { inputs: [{ period: { ...quarter, preset: 'TODAY' } }] }],
    ['no member of @oneOf', { inputs: [{ period: {} }] }],
    ['a null member of @oneOf', { inputs: [{ period: { preset: null } }] }],
    ['an enum value unknown', { inputs: [{ period: quarter }], grain: 'FORTNIGHT' }],
    ['a scalar that cannot be read', { inputs: [{ period: quarter, timezone: 'Berlin' }] }],
    ['a null where the default was', { inputs: [{ period: quarter }], with: null }],
    ['parts that fail', { inputs: [{ key: 'a', period: quarter }, { key: 'b', period: { between: { start: '2026-04-01', end: '2026-01-01' } } }, { key: 'c', period: quarter }] }],
    ['too many points', { inputs: [{ period: { between: { start: '1990-01-01', end: '2026-01-01' } } }], grain: 'MINUTE' }],
    ['nothing wrong', { inputs: [{ key: 'a', period: quarter, timezone: 'Europe/Berlin' }], grain: 'DAY' }],
    ['a fragment left out', { inputs: [{ key: 'a', period: quarter }], with: false }],
  ])('is told the same of %s', async (_what, variables) => {
    const [plain, prepared] = await both(company.gateway.schema, INPUTS, variables, contextOf)
    expect(prepared).toBe(plain)
  })

  it('describes itself as it is', async () => {
    const [plain, prepared] = await both(company.gateway.schema, getIntrospectionQuery(), {}, contextOf)
    expect(prepared).toBe(plain)
    expect(prepared).toContain('"name":"Point"')
    expect(prepared).not.toContain('Prepared')
  })
})

/** Numbers from 0 to 1, the same for a seed. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe('any answer', () => {
  const schema = buildSchema(`
    enum Colour { RED GREEN }
    type Leafy { id: ID! text: String number: Float! count: Int colour: Colour words: [String!] grid: [[Int]!] must: [Colour!]! }
    type Branch { leaf: Leafy leaves: [Leafy!] sure: Leafy! nested: [[Leafy]]! name: String }
    type Query { leaves: [Leafy!]! maybe: [Leafy] leaf: Leafy! branch: Branch branches: [Branch!] words: [String!]! self: Query sure: Query! }`)
  for (const type of Object.values(schema.getTypeMap())) if (isEnumType(type)) expect(type.getValues()).not.toHaveLength(0)

  const CASES = 600
  it(`of ${CASES} random ones is byte for byte that of graphql-js, with its errors and the nulls they leave`, async () => {
    let [failed, whole] = [0, 0]
    for (let seed = 1; seed <= CASES; seed++) {
      const query = `${queryFrom(numbersFrom(seed))}`
      const strange = seed % 3 === 0 ? 0 : seed % 3 === 1 ? 0.004 : 0.03
      const [plain, prepared] = await both(schema, query, { yes: seed % 2 === 0, no: false }, () => ({ value: valuesFrom(seed, strange) }))
      expect(prepared, `seed ${seed}: ${query}`).toBe(plain)
      if (plain.includes('"errors"')) failed += 1
      else whole += 1
    }
    expect(Math.min(failed, whole)).toBeGreaterThan(CASES / 6)
  })

  for (const name of ['Query'] as const) {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new TypeError('There is no such type.')
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_parent, _args, context: { readonly value: (type: string) => unknown }) => context.value(String(field.type))
    }
  }
})

/** Values for a type written as in SDL, some of them strange; the same for a seed. */
function valuesFrom(seed: number, strange: number): (type: string) => unknown {
  const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    Leafy: { id: 'ID!', text: 'String', number: 'Float!', count: 'Int', colour: 'Colour', words: '[String!]', grid: '[[Int]!]', must: '[Colour!]!' },
    Branch: { leaf: 'Leafy', leaves: '[Leafy!]', sure: 'Leafy!', nested: '[[Leafy]]!', name: 'String' },
  }
  const valueOf = (type: string, draw: () => number): unknown => {
    if (draw() < strange) {
      const one = Math.floor(draw() * 7)
      if (one === 0) return new Error('A value that is an error.')
      if (one === 1) return null
      if (one === 2) return undefined
      if (one === 3) return Number.NaN
      if (one === 4) return () => 'made when asked'
      if (one === 5) return Promise.resolve(valueOf(type, draw))
      return 'PURPLE'
    }
    const bare = type.replace(/!$/, '')
    if (bare === type && draw() < 0.1) return null
    if (bare.startsWith('[')) return Array.from({ length: Math.floor(draw() * 4) }, () => valueOf(bare.slice(1, -1), draw))
    const fields = FIELDS[bare]
    if (fields !== undefined) return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, valueOf(inner, draw)]))
    if (bare === 'Colour') return draw() < 0.5 ? 'RED' : 'GREEN'
    if (bare === 'Int') return Math.floor(draw() * 100)
    if (bare === 'Float') return Math.round(draw() * 10_000) / 100
    return `text ${Math.floor(draw() * 1000)}`
  }
  return (type) => {
    if (type.startsWith('Query')) return {}
    return valueOf(type, numbersFrom(seed * 7919 + type.length * 31 + (type.codePointAt(1) ?? 0)))
  }
}

/** A valid query: aliases, fragments, directives and repeated fields included. */
function queryFrom(draw: () => number): string {
  const LEAFY = ['id', 'text', 'number', 'count', 'colour', 'words', 'grid', 'must', '__typename']
  const some = <T>(list: readonly T[]): readonly T[] => {
    const taken = list.filter(() => draw() < 0.5)
    return taken.length === 0 ? list.slice(0, 1) : taken
  }
  const directive = (): string => (draw() < 0.85 ? '' : [' @include(if: $yes)', ' @skip(if: $yes)', ' @include(if: $no)', ' @skip(if: $no)'][Math.floor(draw() * 4)] ?? '')
  const field = (name: string, below = ''): string => `${draw() < 0.2 ? `${name}_too: ` : ''}${name}${directive()}${below}`
  const leafy = (depth: number): string => {
    const parts = some(LEAFY).map((name) => field(name))
    if (draw() < 0.3) parts.push(`... on Leafy${directive()} { ${some(LEAFY).join(' ')} }`)
    if (draw() < 0.3) parts.push(`...Own${directive()}`)
    if (depth < 1 && draw() < 0.2) parts.push(`...${directive()} ${leafy(depth + 1)}`)
    return `{ ${parts.join(' ')} }`
  }
  const branch = (): string => `{ ${some(['leaf', 'leaves', 'sure', 'nested']).map((name) => field(name, ` ${leafy(0)}`)).join(' ')} name }`
  const root = (depth: number): string => {
    const parts = some(['leaves', 'maybe', 'leaf']).map((name) => field(name, ` ${leafy(0)}`))
    if (draw() < 0.3) parts.push(`leaves ${leafy(0)}`)
    parts.push(...some(['branch', 'branches']).map((name) => field(name, ` ${branch()}`)), field('words'))
    if (depth < 2 && draw() < 0.4) parts.push(...some(['self', 'sure']).map((name) => field(name, ` ${root(depth + 1)}`)))
    return `{ ${parts.join(' ')} }`
  }
  return `query ($yes: Boolean!, $no: Boolean!) { __typename @include(if: $yes) @skip(if: $no) ...Root } fragment Root on Query { leaf { ...Own } ...${root(0)} } fragment Own on Leafy { must own: text __typename }`
}
