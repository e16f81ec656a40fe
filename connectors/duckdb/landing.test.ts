import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { OpenLanding } from '../landing-contract.ts'
import { landsExactly } from '../landing-conformance.ts'
import { openLanding } from './open-landing.ts'

const log = { debug() {}, info() {}, warn() {} }
const made: string[] = []
const openIn = (stateFolder: string): OpenLanding => openLanding('synced', { memoryLimit: '256MB', threads: 2 }, { log, stateFolder })

afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true })
})

landsExactly('a DuckDB file', {
  outlives: true,
  async make() {
    const folder = await mkdtemp(join(tmpdir(), 'kpiql-test-'))
    made.push(folder)
    return { opened: openIn(folder), reopen: () => Promise.resolve(openIn(folder)) }
  },
})

landsExactly('DuckDB in memory', { outlives: false, make: () => Promise.resolve({ opened: openIn(''), reopen: () => Promise.resolve(openIn('')) }) })
