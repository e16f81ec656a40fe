import { buildSchema, GraphQLError, GraphQLScalarType, Kind, parse, valueFromASTUntyped, validate } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { shapeOf } from '../../src/http/document-shape.ts'
import { KnownShapes } from '../../src/http/known-shapes.ts'

const MAX_TOKENS = 1_000

function testSchema(): GraphQLSchema {
  const schema = buildSchema(`
    scalar Even
    scalar Anything
    enum Colour { RED GREEN }
    input Range { from: Int! to: Int }
    input Choice @oneOf { name: String number: Float }
    input Deep { ranges: [Range!] deep: Deep choice: Choice even: Even any: Anything tags: [[String]] = [["a"]] }
    interface Thing { name(colour: Colour = RED): String }
    type Box implements Thing { name(colour: Colour = RED): String size(unit: String = "m", by: Float): Float inner: Box }
    type Query { box(id: ID, deep: Deep, count: Int = 3): Box boxes(colours: [Colour!], even: Even, any: Anything, first: Int!): [Box!]! thing: Thing title(text: String): String }
  `)
  const even = schema.getType('Even') as GraphQLScalarType
  even.parseLiteral = (node) => {
    if (node.kind !== Kind.INT || Number(node.value) % 2 !== 0) throw new GraphQLError('An even number is wanted.', { nodes: node })
    return Number(node.value)
  }
  const anything = schema.getType('Anything') as GraphQLScalarType
  anything.parseLiteral = (node) => {
    const value: unknown = valueFromASTUntyped(node)
    // Refuses by what lies deep within.
    return JSON.stringify(value).includes('"c"') ? undefined : value
  }
  return schema
}

const shape = (source: string): string | undefined => shapeOf(parse(source))?.text

function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return ((state >>> 8) & 0xffff) / 65_536
  }
}

/** Documents of few words, so that what is alike and what is not meets often; about half are valid. */
function documentFrom(draw: () => number): string {
  const one = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
  const maybe = (chance: number, text: () => string): string => (draw() < chance ? text() : '')
  const int = (): string => one(['0', '2', '3', '4', '-2', '9999999999'])
  const value = (): string => one([int(), int(), '1.5', '"a"', '"b"', '"c"', '"\\u0061"', '"""a"""', 'RED', 'BLUE', 'true', 'null', '$n'])
  const text = (): string => one(['"a"', '"b"', '"c"', '"\\u0061"', '"""a"""', '$s', int()])
  const any = (depth: number): string => (depth > 2 ? value() : one([value, () => `[${any(depth + 1)}, ${any(depth + 1)}]`, () => `{ x: ${any(depth + 1)}, name: ${value()} }`])())
  const range = (): string => `{ from: ${one([int(), int(), int(), '"a"', '$n'])}${maybe(0.5, () => `, to: ${int()}`)} }`
  const deep = (depth = 0): string => `{ ${[maybe(0.4, () => `ranges: [${range()}${maybe(0.4, () => `, ${range()}`)}]`), maybe(0.2, () => `ranges: ${range()}`), maybe(0.3, () => `choice: { ${one(['name: "a"', 'name: "b"', 'number: 2', 'number: 1.5', 'name: null', 'number: "a"', 'name: "a", number: 1'])} }`), maybe(0.4, () => `even: ${int()}`), maybe(0.4, () => `any: ${any(0)}`), maybe(0.3, () => `tags: ${one(['"a"', '["a", "b"]', '[["a"], ["b"]]', '[[1]]', '[["a", null]]'])}`), depth < 2 ? maybe(0.3, () => `deep: ${deep(depth + 1)}`) : ''].filter((part) => part !== '').join(', ')} }`
  const alias = (): string => maybe(0.6, () => `${one(['a', 'b', 'c', 'size', 'name', 'box', 'other'])}${one(['', ' ', ' # said\n'])}: `)
  const directive = (): string => maybe(0.15, () => `${one(['@skip', '@include'])}(if: ${one(['true', 'false', '$y', '1'])}) `)
  const leaf = (): string => one([() => `${alias()}name${maybe(0.3, () => `(colour: ${one(['RED', 'GREEN', '"RED"'])})`)} ${directive()}`, () => `${alias()}size${maybe(0.6, () => `(${one([`unit: ${text()}`, `by: ${one(['1', '2', '1.5', '2.5', '"a"'])}`, `unit: "a", by: ${int()}`])})`)} ${directive()}`])()
  const inner = (depth: number): string => `{ ${leaf()}${maybe(0.6, leaf)}${depth > 1 ? '' : maybe(0.3, () => `${alias()}inner ${inner(depth + 1)} `)}${maybe(0.2, () => '...Part ')}}`
  const top = (): string => one([() => `${alias()}box${maybe(0.7, () => `(${one([`id: ${one(['1', '"a"', '1.5'])}`, `deep: ${deep()}`, `deep: ${deep()}`, `count: ${one([int(), '$n', '"a"'])}`])})`)} ${directive()}${inner(0)}`, () => `${alias()}boxes(first: ${one([int(), int(), '$n'])}${maybe(0.4, () => `, even: ${int()}`)}${maybe(0.4, () => `, any: ${any(0)}`)}${maybe(0.3, () => `, colours: [RED, ${one(['GREEN', 'BLUE'])}]`)}) ${inner(0)}`, () => `${alias()}title${maybe(0.8, () => `(text: ${text()})`)}`])()
  const body = `{ ${top()} ${maybe(0.6, top)} }${maybe(0.3, () => ` fragment Part on Box ${inner(1)}`)}`
  const variables = [body.includes('$n') ? `$n: Int${one(['', '!', ' = 2', ' = 3', ' = "a"'])}` : '', body.includes('$s') ? `$s: String${one(['', ' = "a"', ' = "b"'])}` : '', body.includes('$y') ? `$y: Boolean!` : ''].filter((part) => part !== '').join(', ')
  return `${variables === '' ? one(['', 'query ', 'query Named ']) : `query (${variables}) `}${body}`
}

describe('the shape of a document', () => {
  it('is the same whatever its aliases, numbers, texts, comments and blanks', () => {
    const first = shape('{ a: box(id: "x", count: 1) { b: size(by: 2.5) } }')
    expect(shape('query { anything:box ( id:"y" count:-7 ) # said\n{ more: size(by: 1e3), } }')).toBe(first?.replace('{ ', 'query { '))
    expect(shape('{ z9: box(id: "", count: 22) { y: size(by: 0.5) } }')).toBe(first)
  })

  it('is another one for other fields, arguments, types, directives, enum values, kinds of values, and block texts', () => {
    const documents = [
      '{ a: box(id: "x") { name } }', '{ box(id: "x") { name } }', '{ a: box(count: 1) { name } }', '{ a: box(id: 1) { name } }', '{ a: box(id: 1.0) { name } }', '{ a: box(id: """x""") { name } }', '{ a: box(id: """y""") { name } }',
      '{ a: box(id: RED) { name } }', '{ a: box(id: GREEN) { name } }', '{ a: box(id: null) { name } }', '{ a: box(id: true) { name } }', '{ a: box(id: $id) { name } }', '{ a: box(id: ["x"]) { name } }', '{ a: box(id: "x") { name @skip(if: true) } }',
      '{ a: box(id: "x") { name @skip(if: false) } }', 'query Named { a: box(id: "x") { name } }', 'query ($id: ID) { a: box(id: "x") { name } }', 'query ($id: ID = "x") { a: box(id: "x") { name } }', '{ a: box(id: "x") { ...Part } } fragment Part on Box { name }',
    ]
    expect(new Set(documents.map(shape)).size).toBe(documents.length)
  })

  it('tells what is alike within a document from what is not, for fields may be merged by it', () => {
    expect(shape('{ title(text: "x") title(text: "x") }')).toBe(shape('{ title(text: "y") title(text: "y") }'))
    expect(shape('{ title(text: "x") title(text: "x") }')).not.toBe(shape('{ title(text: "x") title(text: "y") }'))
    expect(shape('{ title(text: "a") title(text: "\\u0061") }')).toBe(shape('{ title(text: "b") title(text: "b") }'))
    expect(shape('{ a: title b: title }')).not.toBe(shape('{ a: title a: title }'))
    // Under the name of another field.
    expect(shape('{ title a: title(text: "x") }')).not.toBe(shape('{ title title: title(text: "x") }'))
  })
})

describe('a document of a known shape', () => {
  const schema = testSchema()
  const noted = (shapes: KnownShapes, source: string): void => shapes.note({ document: parse(source), source, operationName: null }, null)

  const CASES = 8_000
  it(`is never taken for valid when it is not, of ${CASES} random ones, and mostly known when it is`, () => {
    const shapes = new KnownShapes(schema, MAX_TOKENS)
    let [valid, invalid, known] = [0, 0, 0]
    const draw = numbersFrom(11)
    for (let number = 0; number < CASES; number++) {
      const source = documentFrom(draw)
      const found = shapes.find(source, null)
      const isValid = validate(schema, parse(source)).length === 0
      if (isValid) valid += 1
      else invalid += 1
      if (found === null) {
        if (isValid) noted(shapes, source)
        continue
      }
      known += 1
      expect(isValid, source).toBe(true)
      // As JSON a place is where it begins and ends, without its tokens.
      expect(JSON.stringify(found.document)).toBe(JSON.stringify(parse(source)))
    }
    expect(valid).toBeGreaterThan(CASES / 10)
    expect(invalid).toBeGreaterThan(CASES / 10)
    expect(known).toBeGreaterThan(CASES / 50)
  })

  it('is not known with a value that its place does not take, and still with others', () => {
    const shapes = new KnownShapes(schema, MAX_TOKENS)
    noted(shapes, '{ boxes(first: 1, even: 2) { a: name } }')
    expect(shapes.find('{ boxes(first: 5, even: 4) { b: name } }', null)).not.toBeNull()
    for (const [first, even] of [['5', '3'], ['9999999999', '2'], ['"5"', '2']]) expect(shapes.find(`{ boxes(first: ${first}, even: ${even}) { b: name } }`, null)).toBeNull()
    expect(shapes.find('{ boxes(first: 5, even: 4) { b: name } }', null)).not.toBeNull()
  })

  it('that holds values within one scalar value is looked at as a whole', () => {
    const shapes = new KnownShapes(schema, MAX_TOKENS)
    noted(shapes, '{ boxes(first: 1, any: { x: ["a"] }) { name } }')
    expect(shapes.find('{ boxes(first: 1, any: { x: ["a"] }) { name } }', null)).toBeNull()
    noted(shapes, '{ boxes(first: 1, any: ["a"]) { name } }')
    expect(shapes.find('{ boxes(first: 1, any: ["c"]) { name } }', null)).toBeNull()
  })

  it('is found by the operation asked for, and never with too many tokens or what cannot be parsed', () => {
    const shapes = new KnownShapes(schema, 12)
    const source = 'query One { title } query Two { title }'
    shapes.note({ document: parse(source), source, operationName: 'One' }, 'One')
    expect(shapes.find(source, 'Two')).toBeNull()
    expect(shapes.find(source, 'One')?.operationName).toBe('One')
    expect(shapes.find('query One { title } query Two { title ', 'One')).toBeNull()
    noted(shapes, '{ title(text: "x") a: title(text: "y") }')
    expect(shapes.find('{ title(text: "x") a: title(text: "y") }', null)).toBeNull()
  })
})
