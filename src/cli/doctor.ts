import { access as mayUse, constants, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { systemClock } from '../base/clock.ts'
import { KpiqlError } from '../base/errors.ts'
import { tryRedis } from '../cache/try-redis.ts'
import { formatProblem } from '../model/problem.ts'
import { lazyStore } from '../store/lazy-store.ts'
import { demoCompanyExists } from './demo-company.ts'
import { accessSettings, describeAccess, refuseUnguarded } from './guard.ts'
import { readModel } from './read-model.ts'
import { readSetup } from './read-setup.ts'
import type { Setup, SetupFlags } from './read-setup.ts'
import { withGateway } from './with-gateway.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

interface Finding {
  readonly ok: boolean
  readonly what: string
  readonly found: string
}

/** Prints one line a thing looked at; fails when any of them is not as it is configured to be. */
export async function doctor(flags: SetupFlags, world: World): Promise<number> {
  const setup = await readSetup(flags, world)
  const found = await model(setup, world)
  const findings: readonly Finding[] = [
    { ok: true, what: 'Node', found: process.versions.node },
    ...configuration(setup),
    found,
    await stateFolder(setup),
    await store(setup),
    await access(setup, world),
    await port(setup),
    ...(await redis(setup)),
    ...(setup.problems.length === 0 && found.ok ? await sources(flags, setup, world) : []),
  ]
  for (const { ok, what, found } of findings) world.out.write(`${ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(14)} ${found}\n`)
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
}

function configuration({ kind, problems }: Setup): readonly Finding[] {
  if (problems.length > 0) return problems.map((problem) => ({ ok: false, what: 'Configuration', found: formatProblem(problem) }))
  const found = { demo: 'none: the demo company is served', folder: 'a folder of data', config: 'sound' }[kind]
  return [{ ok: true, what: 'Configuration', found }]
}

async function model(setup: Setup, world: World): Promise<Finding> {
  const read = await readModel(setup, world)
  if (read.model === null) return { ok: false, what: 'Model', found: `${read.problems.length} problems; list them with: kpiql check` }
  return { ok: true, what: 'Model', found: `${read.model.metrics.size} metrics, ${read.model.dimensions.size} dimensions` }
}

async function stateFolder({ stateFolder: folder }: Setup): Promise<Finding> {
  try {
    await mkdir(folder, { recursive: true })
    await mayUse(folder, constants.W_OK)
    return { ok: true, what: 'State folder', found: folder }
  } catch {
    return { ok: false, what: 'State folder', found: `${folder} cannot be written` }
  }
}

async function store({ storeFile }: Setup): Promise<Finding> {
  const kept = lazyStore(storeFile, systemClock)
  try {
    return { ok: true, what: 'Store', found: (await kept.openIfThere()) === null ? `${storeFile} is made when something is recorded` : storeFile }
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    return { ok: false, what: 'Store', found: `${storeFile}: ${error.message}` }
  } finally {
    await kept.close()
  }
}

/** Whether a start would be refused for want of a key. */
async function access(setup: Setup, world: World): Promise<Finding> {
  const kept = lazyStore(setup.storeFile, systemClock)
  try {
    const settings = accessSettings(setup, world)
    await refuseUnguarded(setup, settings, kept)
    return { ok: true, what: 'Access', found: describeAccess(setup, settings) }
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    return { ok: false, what: 'Access', found: `${error.message} ${error.hint ?? ''}`.trim() }
  } finally {
    await kept.close()
  }
}

async function port({ config: { server } }: Setup): Promise<Finding> {
  const probe = createServer()
  const code = await new Promise<string | null>((resolve) => {
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name))
    probe.listen(server.port, server.host, () => probe.close(() => resolve(null)))
  })
  return { ok: code === null, what: 'Address', found: `${server.host}:${server.port}${code === null ? ' is free' : ` cannot be used (${code})`}` }
}

async function redis({ config: { cache }, problems }: Setup): Promise<readonly Finding[]> {
  if (cache.redis === undefined || problems.length > 0) return []
  try {
    const code = await tryRedis(cache.redis)
    return [{ ok: code === null, what: 'Redis', found: code === null ? 'answers' : `does not serve (${code}): every instance would work by itself` }]
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    return [{ ok: false, what: 'Redis', found: `${error.message} ${error.hint ?? ''}`.trim() }]
  }
}

async function sources(flags: SetupFlags, { demoFolder }: Setup, world: World): Promise<readonly Finding[]> {
  if (demoFolder !== null && !(await demoCompanyExists(demoFolder))) return [{ ok: true, what: 'Source demo', found: 'is made at the first start' }]
  return withGateway(flags, world, (gateway) =>
    Promise.all(
      [...gateway.sources].map(async ([name, { source }]): Promise<Finding> => {
        const { ok, message } = await source.test()
        return { ok, what: `Source ${name}`, found: message }
      }),
    ),
  )
}
