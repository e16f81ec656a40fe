import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RECORD_BYTES, RecordSplitter, cellsOf, type Separator } from './split-records.ts'

type Cut = { line: number; cells: string[] } | { line: number; reason: string; content: string }

/** Feeds the bytes in chunks of `step`, and gathers what comes out. */
function cut(content: string | Buffer, separator: Separator = 44, step = Infinity): Cut[] {
  const bytes = Buffer.from(content)
  const found: Cut[] = []
  const splitter = new RecordSplitter(separator, {
    record(record, start, end, line, cells) {
      const texts = cellsOf(record.subarray(start, end), separator)
      expect(texts.length).toBe(cells)
      found.push({ line, cells: texts })
    },
    broken(record, start, end, line, reason) {
      found.push({ line, reason, content: record.subarray(start, end).toString('latin1') })
    },
  })
  for (let at = 0; at < bytes.length; at += step) splitter.feed(bytes.subarray(at, at + Math.min(step, bytes.length)))
  splitter.end()
  return found
}

const write = (rows: readonly (readonly string[])[], end: string): string =>
  rows.map((cells) => cells.map((cell) => (/["\n\r,]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',') + end).join('')

describe('cutting a file into records', () => {
  it('names the line each record starts on, over quoted line ends and empty lines', () => {
    expect(cut('a,b\n"one\ntwo",2\n\n\r\nlast,3')).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['one\ntwo', '2'] },
      { line: 6, cells: ['last', '3'] },
    ])
  })

  it('gives what was written, however it was cut into chunks', () => {
    // A record of one empty cell is an empty line, and is none.
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '"', '\n', '\r', 'é', '🙂', '1'), maxLength: 6 })
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 8 })
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 40 }), (written, end, step) => {
        const found = cut(write(written, end), 44, step)
        expect(found.map((record) => ('cells' in record ? record.cells : record))).toEqual(written)
      }),
      { numRuns: 500 },
    )
  })

  it('accounts for every line of any bytes at all', () => {
    const noise = fc.array(fc.constantFrom(44, 10, 13, 34, 65, 0xc3, 0xa9, 0xff, 0), { maxLength: 60 }).map((bytes) => Buffer.from(bytes))
    fc.assert(
      fc.property(noise, fc.integer({ min: 1, max: 30 }), (bytes, step) => {
        const whole = cut(bytes)
        expect(cut(bytes, 44, step)).toEqual(whole)
        const lines = bytes.toString('latin1').split('\n')
        const starts = whole.map(({ line }) => line)
        expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
        // A line on which nothing starts is empty, or goes on from a record before it.
        for (const [index, line] of lines.entries()) {
          if (starts.includes(index + 1) || line === '' || line === '\r') continue
          expect(starts.some((start) => start <= index)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives up one line for a quote that is never closed', () => {
    expect(cut('1,"open\n2,b\n3,c\n')).toEqual([
      { line: 1, reason: 'a quote is opened and never closed', content: '1,"open' },
      { line: 2, cells: ['2', 'b'] },
      { line: 3, cells: ['3', 'c'] },
    ])
  })

  it('gives up one line for text after a closing quote', () => {
    expect(cut('"a"b,1\n"c\nd"e,2\nf,3\n')).toEqual([
      { line: 1, reason: 'text follows a closing quote', content: '"a"b,1' },
      { line: 2, reason: 'text follows a closing quote', content: '"c' },
      // What follows is read for itself: a quote inside a cell is a character.
      { line: 3, cells: ['d"e', '2'] },
      { line: 4, cells: ['f', '3'] },
    ])
  })

  it('takes a quote inside a cell for a character', () => {
    expect(cut('5" pipe,say "hi"\n')).toEqual([{ line: 1, cells: ['5" pipe', 'say "hi"'] }])
  })

  it('sets a line of another encoding aside, and keeps its neighbours', () => {
    const bytes = Buffer.concat([Buffer.from('Zoë,1\n'), Buffer.from('Zoë,2\n', 'latin1'), Buffer.from('Zoë,3\n')])
    expect(cut(bytes)).toEqual([
      { line: 1, cells: ['Zoë', '1'] },
      { line: 2, reason: 'is not valid UTF-8 (another encoding?)', content: 'Zoë,2' },
      { line: 3, cells: ['Zoë', '3'] },
    ])
  })

  it('takes runs of blanks for one separator, and none at the ends', () => {
    expect(cut(' 00004 0001\t 19970101  2   29.33  \n\n   \nx "two words" y', 'whitespace')).toEqual([
      { line: 1, cells: ['00004', '0001', '19970101', '2', '29.33'] },
      { line: 4, cells: ['x', 'two words', 'y'] },
    ])
  })

  it('cuts nothing but lines where there is no separator', () => {
    expect(cut('{"a":"b,c"}\n{"d":"\n', 'none')).toEqual([
      { line: 1, cells: ['{"a":"b,c"}'] },
      { line: 2, cells: ['{"d":"'] },
    ])
  })

  it('gives up a line that is too long, without holding it in memory', () => {
    const long = 'x'.repeat(MAX_RECORD_BYTES * 2)
    const found = cut(`1,a\n${long}\n3,c\n`, 44, 65536)
    expect(found.map((record) => ('reason' in record ? [record.line, record.reason, record.content.length] : [record.line, record.cells]))).toEqual([
      [1, ['1', 'a']],
      [2, 'longer than 1048576 bytes', 400],
      [3, ['3', 'c']],
    ])
  })

  it('gives up one line for a quote that stays open beyond the longest record', () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => `${index},text`)
    const found = cut(`0,"open\n${rows.join('\n')}\n`, 44, 65536)
    expect(found[0]).toEqual({ line: 1, reason: 'a quote is opened and never closed', content: '0,"open' })
    expect(found.length).toBe(200_001)
    expect(found.at(-1)).toEqual({ line: 200_001, cells: ['199999', 'text'] })
  })
})
