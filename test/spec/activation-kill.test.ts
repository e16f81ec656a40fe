import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ActivationReport } from '../../src/jobs/types.ts'
import { startReceiver } from '../vendors/webhook-ingest.ts'
import type { FakeReceiver } from '../vendors/webhook-ingest.ts'
import { startMixpanelIngest } from '../vendors/mixpanel-ingest.ts'
import { startSegmentIngest } from '../vendors/segment-ingest.ts'
import type { VendorServer } from '../vendors/vendor-server.ts'

const CHILD = fileURLToPath(new URL('./activation-kill-child.ts', import.meta.url))

interface Tool {
  readonly name: string
  readonly server: VendorServer
  readonly secret: string
}

let receiver: FakeReceiver
let folder: string
beforeEach(async () => {
  receiver = await startReceiver()
  folder = mkdtempSync(join(tmpdir(), 'kpiql-activation-kill-'))
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the cohort of members [from, to) in a process; it is killed so many ms after the request that counts down to 0 came, before that request is answered or after. */
async function run(from: number, to: number, kill: { readonly request: number; readonly lateMs: number; readonly when: 'before' | 'after' } | null, { name, server, secret }: Tool = { name: 'webhook', server: receiver, secret: receiver.secret }): Promise<ActivationReport | null> {
  const child = spawn(process.execPath, [CHILD, name, server.url, secret, join(folder, 'store.db'), String(from), String(to)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.on('data', (data: Buffer) => (told += data.toString()))
  const begun = server.heard.length
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>
  if (kill !== null) {
    if (kill.when === 'before') {
      let asked = 0
      server.fail({ times: 1, when: () => asked++ === kill.request && child.kill('SIGKILL'), what: 'hang up' })
    }
    while (child.exitCode === null && child.signalCode === null && kill.when === 'after' && server.heard.length - begun <= kill.request) await sleep(1)
    await sleep(kill.lateMs)
    if (kill.when === 'after') child.kill('SIGKILL')
  }
  const [, signal] = await exit
  return signal === null ? (JSON.parse(told) as ActivationReport) : null
}

const names = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_, index) => `u${from + index}@example.com`).toSorted()
const members = (): readonly string[] => [...(receiver.cohorts.get('vips') ?? [])].toSorted()

describe('sending a cohort that is killed', () => {
  it.each([
    { request: 0, lateMs: 0, when: 'before' },
    { request: 4, lateMs: 0, when: 'before' },
    { request: 0, lateMs: 0, when: 'after' },
    { request: 3, lateMs: 2, when: 'after' },
    { request: 7, lateMs: 6, when: 'after' },
  ] as const)('is completed by the run after it: killed %o', async (kill) => {
    expect(await run(0, 300, kill)).toBeNull()
    const begun = members().length
    expect(begun).toBeLessThan(300)
    const report = await run(0, 300, null)
    expect(report).toMatchObject({ state: 'done', members: 300, refused: 0 })
    // By the ids of the changes nothing is there twice: what was sent again had the id it had before.
    expect([members(), receiver.seen.size]).toEqual([names(0, 300), 300])
    const sent = receiver.heard.length
    expect(await run(0, 300, null)).toMatchObject({ state: 'done', sent: 0 })
    expect(receiver.heard.length).toBe(sent)
  }, 60_000)

  it('ends at the membership of the last run, whatever changed between runs that were killed', async () => {
    for (const [index, [from, to]] of ([[0, 200], [50, 250], [0, 120], [100, 300]] as const).entries()) expect(await run(from, to, { request: index % 3, lateMs: index, when: index % 2 === 0 ? 'after' : 'before' })).toBeNull()
    expect(await run(80, 240, null)).toMatchObject({ state: 'done', members: 160 })
    expect(members()).toEqual(names(80, 240))
    // Each change is taken once by its id; what was heard more than once had the same one.
    const byId = Map.groupBy(receiver.heardChanges, ({ id }) => id)
    for (const changes of byId.values()) expect(new Set(changes.map(({ member, change }) => `${member} ${change}`)).size).toBe(1)
    expect(await run(80, 240, null)).toMatchObject({ sent: 0 })
  }, 60_000)

  it.each([{ request: 0, lateMs: 0, when: 'before' }, { request: 2, lateMs: 0, when: 'after' }] as const)('is completed in Segment by the third run, without a message twice: killed twice %o', async (kill) => {
    const server = await startSegmentIngest()
    onTestFinished(() => server.close())
    const tool = { name: 'segment', server, secret: server.writeKey }
    for (let time = 0; time < 2; time++) expect(await run(0, 120, kill, tool)).toBeNull()
    expect(server.messages.length).toBeLessThan(120)
    expect(await run(0, 120, null, tool)).toMatchObject({ state: 'done', members: 120, refused: 0 })
    expect(server.messages.map(({ userId }) => userId).toSorted()).toEqual(names(0, 120))
    const begun = server.heard.length
    expect(await run(0, 120, null, tool)).toMatchObject({ sent: 0 })
    expect(server.heard).toHaveLength(begun)
  }, 60_000)

  it('is completed in Mixpanel by the third run, with the cohort once on each profile', async () => {
    const server = await startMixpanelIngest()
    onTestFinished(() => server.close())
    const tool = { name: 'mixpanel', server, secret: server.token }
    expect(await run(0, 120, { request: 1, lateMs: 0, when: 'after' }, tool)).toBeNull()
    expect(await run(20, 140, { request: 2, lateMs: 0, when: 'before' }, tool)).toBeNull()
    expect(await run(20, 140, null, tool)).toMatchObject({ state: 'done', members: 120, refused: 0 })
    const inCohort = [...server.profiles].filter(([, { kpiql_cohorts: list }]) => list?.length === 1 && list[0] === 'vips')
    expect(inCohort.map(([id]) => id).toSorted()).toEqual(names(20, 140))
    const begun = server.heard.length
    expect(await run(20, 140, null, tool)).toMatchObject({ sent: 0 })
    expect(server.heard).toHaveLength(begun)
  }, 60_000)
})
