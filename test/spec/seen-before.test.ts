import { describe, expect, it } from 'vitest'
import { SeenBefore } from '../../src/base/seen-before.ts'

describe('what was seen before', () => {
  it('is known from its second time on, as text or as its bytes', () => {
    const seen = new SeenBefore()
    expect([seen.note('a question'), seen.note('a question'), seen.note(Buffer.from('a question'))]).toEqual([false, true, true])
  })

  it('is nearly all of what came of late, and nothing that did not', () => {
    const seen = new SeenBefore()
    for (let at = 0; at < 5_000; at++) expect(seen.note(`question ${at}`)).toBe(false)
    let known = 0
    for (let at = 0; at < 5_000; at++) if (seen.note(`question ${at}`)) known += 1
    // Of 65,536 places, 5,000 questions leave each other's alone but for one in twenty or so.
    expect(known).toBeGreaterThan(4_000)
  })
})
