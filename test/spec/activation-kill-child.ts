import mixpanel from '../../connectors/mixpanel/activate.ts'
import segment from '../../connectors/segment/activate.ts'
import webhook from '../../connectors/webhook/activate.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { toolDeps } from '../../src/cli/tool-deps.ts'
import { createActivations } from '../../src/jobs/activation/create-activations.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import { analyticsOver } from './activation-world.ts'

const deps = toolDeps(silentLog)
const OPEN = {
  webhook: () => webhook.open('tool', webhook.options.parse({ url, secret, requestsPerSecond: 1000 }), deps),
  segment: () => segment.open('tool', segment.options.parse({ host: url, writeKey: secret }), deps),
  mixpanel: () => mixpanel.open('tool', mixpanel.options.parse({ baseUrl: url, token: secret }), deps),
}

/** A process that sends a cohort of so many members to a tool, and says at its end how that went. */
const [tool = '', url = '', secret = '', file = '', from = '0', to = '0'] = process.argv.slice(2)
const people = Array.from({ length: Number(to) - Number(from) }, (_, index) => [`u${Number(from) + index}`, `u${Number(from) + index}@example.com`] as const)
const store = lazyStore(file, systemClock)
const target = { ...OPEN[tool as keyof typeof OPEN](), batchSize: 20 }
const engine = createActivations({ destinations: [{ name: 'tool', connector: tool, target, identify: 'email' }], store, analytics: () => analyticsOver(() => people), clock: systemClock, log: silentLog })
const report = await engine.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 'tool', dryRun: false }, 60_000)
await engine.close()
await store.close()
process.stdout.write(JSON.stringify(report))
