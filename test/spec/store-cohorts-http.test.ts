import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, recordedWorld } from './recorded-world.ts'
import type { RecordedWorld } from './recorded-world.ts'

let world: RecordedWorld
beforeAll(async () => {
  world = await recordedWorld()
})
afterAll(async () => {
  await world.stop()
  world.world.remove()
})

const upload = (name: string, csv: string, more = ''): Promise<Awaited<ReturnType<RecordedWorld['ask']>>> =>
  world.ask(`mutation ($csv: String!) { uploadCohort(input: {name: "${name}", entity: CUSTOMER, csv: $csv${more}}) { cohort { id name entity kind listSize } blank duplicates unknownCount unknown rejectedCount rejected { line reason } } }`, { csv })
const sizeOf = (id: string): string => `{ cohort(id: "${id}") { size members { ids } } }`

describe('a cohort of uploaded ids', () => {
  it('has the members that the data knows, and reports the others', async () => {
    const answer = await upload('asked for a demo', 'customer_id\nc1\r\n c3 \nc9\n\nc1\n')
    expect(answer.data).toMatchObject({ uploadCohort: { cohort: { name: 'asked for a demo', entity: 'CUSTOMER', kind: 'LIST', listSize: 3 }, duplicates: 1, unknownCount: 1, unknown: ['c9'], rejectedCount: 0 } })
    const id = String(at(answer, 'uploadCohort', 'cohort', 'id'))
    expect((await world.ask(sizeOf(id))).data).toEqual({ cohort: { size: 2, members: { ids: ['c1', 'c3'] } } })
    expect(at(await world.ask(`{ slice(period: {between: {start: "2026-01-01", end: "2026-04-01"}}, where: {cohort: {is: {saved: "${id}"}}}) { metric(name: JOINED) { value } } }`), 'slice', 'metric', 'value')).toBe(2)
  })

  it('is read from the column named, whatever else the rows hold', async () => {
    const answer = await upload('by column', 'name;Key\n"Miller; Sons";c2\nnobody;\n', ', column: "key"')
    expect(answer.data).toMatchObject({ uploadCohort: { cohort: { listSize: 1 }, blank: 1, unknownCount: 0 } })
  })

  it('is refused without a name of its own, without ids, and without the column named', async () => {
    await upload('taken', 'c1\n')
    const codes = [await upload('Taken', 'c2\n'), await upload('empty', 'id\n\n'), await upload('lost', 'a,b\n1,2\n', ', column: "c"')].map(({ errors }) => errors?.[0]?.extensions.code)
    expect(codes).toEqual(['RECORD_INVALID', 'RECORD_INVALID', 'RECORD_INVALID'])
    const listed = at(await world.ask('{ savedCohorts(entity: CUSTOMER) { name } }'), 'savedCohorts') as readonly { name: string }[]
    expect(listed.map(({ name }) => name)).toEqual(['asked for a demo', 'by column', 'taken'])
  })

  it('is refused by questions once it is deleted, also by one whose answer was kept', async () => {
    const id = String(at(await upload('short-lived', 'c1\n'), 'uploadCohort', 'cohort', 'id'))
    for (const _ of [1, 2]) expect(at(await world.ask(sizeOf(id)), 'cohort', 'size')).toBe(1)
    await world.ask(`mutation { deleteCohort(id: "${id}") { id } }`)
    expect((await world.ask(sizeOf(id))).errors?.[0]?.extensions.code).toBe('COHORT_UNKNOWN')
  })
})

describe('a saved cohort', () => {
  it('keeps its rule, and its id when it is renamed', async () => {
    const saved = await world.ask('mutation { saveCohort(input: {name: "best", definition: {name: GOLD}}, key: "s1") { id kind listSize entity } }')
    expect(at(saved, 'saveCohort')).toMatchObject({ kind: 'DEFINITION', listSize: null, entity: 'CUSTOMER' })
    const id = String(at(saved, 'saveCohort', 'id'))
    expect((await world.ask('mutation { saveCohort(input: {name: "best", definition: {name: GOLD}}, key: "s1") { id kind listSize entity } }')).data).toEqual(saved.data)
    expect(at(await world.ask(`mutation { renameCohort(id: "${id}", input: {name: "golden"}) { id name } }`), 'renameCohort')).toEqual({ id, name: 'golden' })
    expect((await world.ask(sizeOf(id))).data).toEqual({ cohort: { size: 2, members: { ids: ['c1', 'c2'] } } })
  })

  it('is refused by name once the model lacks what it names', async () => {
    const { id } = await (await world.gateway.store.open()).cohorts.save({ name: 'outdated', description: null, key: null, sent: null }, () => ({ entity: 'customer', predicate: {
      kind: 'and',
      of: [
        { kind: 'not', of: { kind: 'atom', dimension: 'plan', test: { op: 'isNull' } } },
        { kind: 'cohort', cohort: 'silver' },
        { kind: 'member', of: { kind: 'acquired', entity: 'customer', activity: { metric: 'visits', semanticModel: 'visits', filter: { kind: 'all' }, time: { kind: 'event', dimension: 'joined_on' } }, window: { kind: 'ever' } } },
      ],
    } }))
    expect((await world.ask(sizeOf(id))).errors).toMatchObject([{ message: 'The saved cohort "outdated" names what the model no longer has: dimension "plan", cohort "silver", semantic model "visits".', extensions: { code: 'COHORT_INVALID' } }])
  })

  it('is seen by another gateway on the same file at once', async () => {
    const other = await world.another()
    try {
      const id = String(at(await other.ask('mutation { saveCohort(input: {name: "beside", definition: {name: GOLD}}) { id } }'), 'saveCohort', 'id'))
      expect(at(await world.ask(sizeOf(id)), 'cohort', 'size')).toBe(2)
    } finally {
      await other.stop()
    }
  })
})
