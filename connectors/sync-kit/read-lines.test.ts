import { describe, expect, it } from 'vitest'
import { readLines } from './read-lines.ts'

async function linesOf(pieces: readonly Uint8Array[]): Promise<readonly string[]> {
  const lines: string[] = []
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield await Promise.resolve(piece)
  }
  for await (const some of readLines(source())) lines.push(...some)
  return lines
}

describe('lines of a stream', () => {
  it('are the same wherever its pieces are cut, also within a letter', async () => {
    const text = '{"a":"ä€😀"}\n\n  \n{"b":"\u2028 one line \u2029"}\r\nlast'
    const bytes = new TextEncoder().encode(text)
    const expected = ['{"a":"ä€😀"}', '{"b":"\u2028 one line \u2029"}\r', 'last']
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second += 3) expect(await linesOf([bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)])).toEqual(expected)
    }
    expect(await linesOf([])).toEqual([])
  })
})
