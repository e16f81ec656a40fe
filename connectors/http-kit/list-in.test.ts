import { describe, expect, it } from 'vitest'
import { listIn } from './list-in.ts'

describe('the list of an answer', () => {
  it('is the member that holds it, or the answer itself where the tool answers so', () => {
    expect([listIn('Tool', '/things', { things: [1, 2] }, 'things'), listIn('Tool', '/things', { things: [] }, 'things'), listIn('Tool', '/things', [3], null)]).toEqual([[1, 2], [], [3]])
  })

  it('is not empty where it is missing: that is a failure, which names the tool and the path and quotes nothing', () => {
    for (const answer of [{}, null, undefined, '', '<html>secret</html>', 0, { things: null }, { things: { secret: 1 } }, { others: [] }, [1]]) {
      const told = expect(() => listIn('Tool', '/things', answer, 'things'))
      told.toThrow(expect.objectContaining({ code: 'SOURCE_FAILED', message: 'Tool answered /things without the list "things".', hint: expect.not.stringContaining('secret') }))
    }
    expect(() => listIn('Tool', '/things', {}, null)).toThrow(expect.objectContaining({ code: 'SOURCE_FAILED', message: 'Tool answered /things without a list.' }))
  })
})
