import { describe, expect, it } from 'vitest'
import { whyUnfit } from './unfit-engine.ts'

describe('an engine of a table', () => {
  it.each([
    ['MergeTree', null],
    ['ReplicatedMergeTree', 'another replica'],
    ['ReplicatedReplacingMergeTree', 'another replica'],
    ['SharedMergeTree', 'another replica'],
    ['ReplacingMergeTree', 'drop rows'],
    ['CollapsingMergeTree', 'drop rows'],
    ['SummingMergeTree', 'add rows up'],
    ['Distributed', 'the tables behind it'],
    ['View', 'nothing tells'],
    ['Log', 'nothing tells'],
  ])('%s keeps rollups up, or it is told why not', (engine, why) => {
    if (why === null) expect(whyUnfit(engine)).toBeNull()
    else expect(whyUnfit(engine)).toContain(why)
  })
})
