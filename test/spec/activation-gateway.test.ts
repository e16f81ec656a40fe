import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serve } from '../../src/cli/serve.ts'
import { startReceiver } from '../vendors/webhook-ingest.ts'
import type { FakeReceiver } from '../vendors/webhook-ingest.ts'
import { gatewayWorld } from './gateway-world.ts'
import type { GatewayWorld } from './gateway-world.ts'

let receiver: FakeReceiver
let world: GatewayWorld

const USERS = ['user_id,since,email,plan', '1,2026-01-01,Ann@Example.com,pro', '2,2026-01-02,ben@example.com,pro', '3,2026-01-03,,pro', '4,2026-01-04,cat@example.com,free', '']

beforeEach(async () => {
  receiver = await startReceiver()
  world = gatewayWorld()
  mkdirSync(join(world.cwd, 'data'))
  writeFileSync(join(world.cwd, 'data/users.csv'), USERS.join('\n'))
  writeFileSync(join(world.cwd, 'kpiql.config.yml'), config())
  writeFileSync(join(world.cwd, 'kpiql.yml'), MODEL)
})
afterEach(async () => {
  await world.end()
  await receiver.close()
})

function config(activations = '[]', identify = 'email'): string {
  return `
sources:
  files: { connector: duckdb, folder: ./data, ttlSeconds: 0 }
model: ./kpiql.yml
destinations:
  hook: { connector: webhook, url: '${receiver.url}', secret: ${receiver.secret}, identify: ${identify} }
activations: ${activations}
server: { graceMs: 300 }
log: { level: warn }
`
}

const MODEL = `
semantic_models:
  - name: users
    source: files
    table: users
    agg_time_dimension: since
    entities: [{ name: user, type: primary, expr: user_id }]
    dimensions: [{ name: since, type: time, granularity: day }, { name: email, type: categorical }, { name: plan, type: categorical }]
metrics:
  - { name: user_count, type: simple, semantic_model: users, agg: count }
cohorts:
  - { name: pros, entity: user, where: "plan = 'pro'" }
`
const REPORT = '{ state dryRun members entered left sent refused refusals { member reason } unaddressed error { code message } }'
const ACTIVATE = `mutation { activateCohort(cohort: { name: PROS }, destination: "hook") ${REPORT} }`

describe('the gateway', () => {
  it('sends a cohort by mutation where nothing is synced: its members’ addresses, once, then only what changed', async () => {
    const { ask } = await world.start()
    expect(await ask('{ destinations { name connector } }')).toMatchObject({ data: { destinations: [{ name: 'hook', connector: 'webhook' }] } })
    expect(await ask(ACTIVATE.replace('destination:', 'dryRun: true, destination:'))).toMatchObject({ data: { activateCohort: { state: 'DONE', dryRun: true, members: 3, entered: 2, sent: 0, unaddressed: 1 } } })
    expect(receiver.heard).toHaveLength(0)
    expect(await ask(ACTIVATE)).toMatchObject({ data: { activateCohort: { state: 'DONE', dryRun: false, members: 3, entered: 2, left: 0, sent: 2, unaddressed: 1, error: null } } })
    expect([...(receiver.cohorts.get('pros') ?? [])].toSorted()).toEqual(['ann@example.com', 'ben@example.com'])
    expect(await ask(ACTIVATE)).toMatchObject({ data: { activateCohort: { sent: 0 } } })
    expect(receiver.heard).toHaveLength(1)

    writeFileSync(join(world.cwd, 'data/users.csv'), USERS.join('\n').replace('2,ben@example.com,pro', '2,ben@example.com,free').replace('cat@example.com,free', 'cat@example.com,pro'))
    expect(await ask(ACTIVATE)).toMatchObject({ data: { activateCohort: { entered: 1, left: 1, sent: 2 } } })
    expect([...(receiver.cohorts.get('pros') ?? [])].toSorted()).toEqual(['ann@example.com', 'cat@example.com'])
    const kept = await ask(`{ activations(first: 10) ${REPORT} }`)
    expect(kept).toMatchObject({ data: { activations: [{ entered: 1, left: 1 }, { sent: 0 }, { sent: 2 }, { dryRun: true }] } })
  })

  it('sends one composed in the question under the name it is given, and none without', async () => {
    const { ask } = await world.start()
    const composed = 'cohort: { attribute: { entity: USER, where: { plan: { eq: "free" } } } }, destination: "hook"'
    expect(await ask(`mutation { activateCohort(${composed}) ${REPORT} }`)).toMatchObject({ errors: [{ extensions: { code: 'ACTIVATION_INVALID' } }] })
    expect(await ask(`mutation { activateCohort(${composed}, name: "Free users") ${REPORT} }`)).toMatchObject({ data: { activateCohort: { state: 'DONE', sent: 1 } } })
    expect([...(receiver.cohorts.get('Free users') ?? [])]).toEqual(['cat@example.com'])
  })

  it('names destinations that are not there, and tells of one that is down in the report, without its secret', async () => {
    const { ask } = await world.start()
    expect(await ask(ACTIVATE.replace('"hook"', '"hok"'))).toMatchObject({ errors: [{ extensions: { code: 'DESTINATION_UNKNOWN' } }] })
    receiver.fail({ times: 1, what: { status: 403, json: { saw: receiver.secret } } })
    const failed = await ask(ACTIVATE)
    expect(failed).toMatchObject({ data: { activateCohort: { state: 'FAILED', sent: 0, error: { code: 'SOURCE_FAILED' } } } })
    expect(JSON.stringify(failed)).not.toContain(receiver.secret)
    expect(await ask(ACTIVATE)).toMatchObject({ data: { activateCohort: { state: 'DONE', sent: 2 } } })
  })

  it('knows after a restart what was sent before it', async () => {
    const { ask } = await world.start()
    await ask(ACTIVATE)
    await world.stop()
    const { ask: again } = await world.start()
    expect(await again(`{ activations ${REPORT} }`)).toMatchObject({ data: { activations: [{ state: 'DONE', sent: 2 }] } })
    expect(await again(ACTIVATE)).toMatchObject({ data: { activateCohort: { sent: 0 } } })
  })

  it('sends by the schedule of the configuration, also by one that SIGHUP brought, and to a changed model’s cohort', async () => {
    const { ask } = await world.start()
    expect(await ask(`{ activations ${REPORT} }`)).toMatchObject({ data: { activations: [] } })
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), config("[{ cohort: pros, destination: hook, schedule: '* * * * * *' }]"))
    world.signals.emit('SIGHUP')
    await expect.poll(() => [...(receiver.cohorts.get('pros') ?? [])].toSorted(), { timeout: 20_000 }).toEqual(['ann@example.com', 'ben@example.com'])
    writeFileSync(join(world.cwd, 'kpiql.yml'), MODEL.replace("plan = 'pro'", "plan = 'free'"))
    world.signals.emit('SIGHUP')
    await expect.poll(() => [...(receiver.cohorts.get('pros') ?? [])].toSorted(), { timeout: 20_000 }).toEqual(['cat@example.com'])
  })

  it('breaks off a run under way when it is stopped, shows it as interrupted, and takes it up again', async () => {
    const { ask } = await world.start()
    receiver.fail({ times: 1, what: { status: 503, headers: { 'retry-after': '3600' } } })
    const sending = ask(ACTIVATE).catch(() => null)
    await expect.poll(() => receiver.heard.length, { timeout: 20_000 }).toBe(1)
    await Promise.all([sending, world.stop()])
    const { ask: again } = await world.start()
    expect(await again(`{ activations ${REPORT} }`)).toMatchObject({ data: { activations: [{ state: 'INTERRUPTED', sent: 0 }] } })
    expect(await again(ACTIVATE)).toMatchObject({ data: { activateCohort: { state: 'DONE', sent: 2 } } })
    expect(receiver.seen.size).toBe(2)
  }, 30_000)

  it('does not start with a cohort, a destination or a dimension that is not there', async () => {
    for (const [text, told] of [
      [config("[{ cohort: pro, destination: hook }]"), 'Did you mean "pros"?'],
      [config("[{ cohort: pros, destination: hok }]"), 'There is no destination "hok".'],
      [config('[]', 'mail'), 'There is no dimension "mail" in the model.'],
    ] as const) {
      writeFileSync(join(world.cwd, 'kpiql.config.yml'), text)
      const { problems } = await serve({ port: '0' }, world).then(() => ({ problems: [] }), (error: { readonly problems: readonly { readonly message: string; readonly hint: string | null }[] }) => error)
      expect(problems.map(({ message, hint }) => `${message} ${hint ?? ''}`).join()).toContain(told)
    }
  })

  it('tests the connection of a destination', async () => {
    expect(await world.run('test-connection', 'hook')).toBe(0)
    writeFileSync(join(world.cwd, 'kpiql.config.yml'), readFileSync(join(world.cwd, 'kpiql.config.yml'), 'utf8').replace(receiver.secret, 'another-secret-of-many-characters'))
    expect(await world.run('test-connection', 'hook')).toBe(1)
    expect(world.written.out).toContain('401')
    expect(world.written.out + world.written.err).not.toContain('another-secret')
  })
})
