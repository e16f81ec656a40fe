import { describe, expect, it } from 'vitest'
import { bytesOf, dataPieces, joined, responsePieces } from '../../src/http/answer-text.ts'
import type { Pieces } from '../../src/http/answer-text.ts'
import { Written } from '../../schema/written.ts'

/** Numbers from 0 to 1, the same for a seed. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 4_294_967_296
  }
}

const textOf = (pieces: Pieces): string => joined(pieces).toString()

const STRINGS = ['', 'plain', 'Ω ü 🦆', '"quoted" \\ back', 'line\nbreak\u2028', '\u0000', '\ud800']

function valueFrom(draw: () => number, depth: number, width: number): unknown {
  const kind = Math.floor(draw() * (depth > 4 ? 5 : 7))
  if (kind === 0) return null
  if (kind === 1) return draw() < 0.5
  if (kind === 2) return draw() < 0.5 ? Math.floor(draw() * 1e6) : draw() * 1e-9
  if (kind === 3) return STRINGS[Math.floor(draw() * STRINGS.length)]
  if (kind === 4) return undefined
  const size = Math.floor(draw() * width)
  if (kind === 5) return Array.from({ length: size }, () => valueFrom(draw, depth + 1, width))
  return Object.fromEntries(Array.from({ length: size }, (_, at) => [`${STRINGS[at % STRINGS.length]}${at}`, valueFrom(draw, depth + 1, width)]))
}

describe('the text of an answer', () => {
  it('is that of JSON.stringify, for 300 random answers, small and large', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const draw = numbersFrom(seed)
      const data = { one: valueFrom(draw, 0, seed % 50 === 0 ? 24 : 6), two: [valueFrom(draw, 0, 6)] }
      const pieces = await dataPieces(data)
      expect(textOf(pieces), `seed ${seed}`).toBe(JSON.stringify(data))
      const errors = seed % 2 === 0 ? [{ message: 'An error.' }] : undefined
      const response = responsePieces(errors, pieces, { cost: seed })
      expect(textOf(response), `seed ${seed}`).toBe(`${JSON.stringify({ errors, data, extensions: { cost: seed } })}\n`)
      expect(bytesOf(response)).toBe(joined(response).length)
    }
    expect(textOf(await dataPieces({}))).toBe('{}')
  })

  it('takes what is written already as it is, wherever it lies, for 300 random answers', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const draw = numbersFrom(seed)
      const withWritten = (value: unknown): unknown => {
        if (typeof value !== 'object' || value === null) return value
        if (draw() < 0.3) return new Written(Buffer.from(JSON.stringify(value)))
        if (Array.isArray(value)) return value.map(withWritten)
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withWritten(inner)]))
      }
      const list = (length: number): unknown[] => Array.from({ length }, () => valueFrom(draw, 2, 6))
      const plain = { one: valueFrom(draw, 0, 8), two: list(seed % 30 === 0 ? 9_000 : 8), three: 'written' }
      const data = withWritten({ kept: plain })
      const text = JSON.stringify({ kept: plain })
      expect(textOf(await dataPieces({ data })), `seed ${seed}`).toBe(`{"data":${text}}`)
      // Asked by anybody else, it is what was written.
      expect(JSON.stringify(data), `seed ${seed}`).toBe(text)
    }
  })

  it('of a long answer leaves others their turns while it is written, and is the same', async () => {
    const wide = { rows: Array.from({ length: 200_000 }, (_, at) => ({ at, name: `row ${at}`, none: undefined, parts: [at, null] })) }
    const deep = { slices: Array.from({ length: 40 }, (_, slice) => ({ slice, metrics: [{ series: Array.from({ length: 9_000 }, (_point, at) => ({ start: at, value: at / 7 })) }] })) }
    for (const data of [wide, deep]) {
      let turns = 0
      let isDone = false
      const others = (): void => {
        turns += 1
        if (!isDone) setImmediate(others)
      }
      setImmediate(others)
      const text = textOf(await dataPieces(data))
      isDone = true
      expect(turns).toBeGreaterThan(1)
      expect(text === JSON.stringify(data)).toBe(true)
    }
  })
})
