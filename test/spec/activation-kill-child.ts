import webhook from '../../connectors/webhook/activate.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { toolDeps } from '../../src/cli/tool-deps.ts'
import { createActivations } from '../../src/jobs/activation/create-activations.ts'
import { lazyStore } from '../../src/store/lazy-store.ts'
import { analyticsOver } from './activation-world.ts'

/** A process that sends a cohort of so many members to an address, and says at its end how that went. */
const [url = '', secret = '', file = '', from = '0', to = '0'] = process.argv.slice(2)
const people = Array.from({ length: Number(to) - Number(from) }, (_, index) => [`u${Number(from) + index}`, `u${Number(from) + index}@example.com`] as const)
const store = lazyStore(file, systemClock)
const target = webhook.open('hook', webhook.options.parse({ url, secret, batchSize: 20, requestsPerSecond: 1000 }), toolDeps(silentLog))
const engine = createActivations({ destinations: [{ name: 'hook', connector: 'webhook', target, identify: 'email' }], store, analytics: () => analyticsOver(() => people), clock: systemClock, log: silentLog })
const report = await engine.activate({ cohort: { name: 'vips', entity: 'user', predicate: { kind: 'all' } }, destination: 'hook', dryRun: false }, 60_000)
await engine.close()
await store.close()
process.stdout.write(JSON.stringify(report))
