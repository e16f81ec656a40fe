import { join } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { createLog } from '../base/log.ts'
import type { Log } from '../base/log.ts'
import { demoCompanyExists, makeDemoCompany } from './demo-company.ts'
import { openGateway } from './open-gateway.ts'
import type { Gateway } from './open-gateway.ts'
import { LANDED_SOURCE } from './own-sources.ts'
import { readSetup } from './read-setup.ts'
import type { Setup, SetupFlags } from './read-setup.ts'
import type { World } from './world.ts'

/**
 * Opens the gateway for one command and closes it afterwards, whatever happens. Only warnings and errors are logged.
 *
 * @throws ProblemsFound with every fault of configuration and model.
 */
export async function withGateway<Result>(flags: SetupFlags, world: World, use: (gateway: Gateway) => Promise<Result>): Promise<Result> {
  const setup = await readSetup(flags, world)
  if (setup.demoFolder !== null && setup.problems.length === 0 && !(await demoCompanyExists(setup.demoFolder))) await makeDemoCompany(setup.demoFolder, world)
  const log = createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) })
  const gateway = await openBeside(setup, world, log)
  try {
    return await use(gateway)
  } finally {
    await gateway.close()
  }
}

/**
 * Opens a gateway for one command while a server may hold the same data: what the engine keeps can be used by one process
 * only, so that the command then keeps a copy of its own. What was synced has no copy: the server answers for it.
 */
export async function openBeside(setup: Setup, world: World, log: Log): Promise<Gateway> {
  const gateway = await openGateway(setup, world, log)
  if (!(await isBusy(gateway))) return gateway
  await gateway.close()
  return openGateway({ ...setup, stateFolder: join(setup.stateFolder, 'copy') }, world, log)
}

async function isBusy({ sources }: Gateway): Promise<boolean> {
  const looks = await Promise.allSettled([...sources].flatMap(([name, { source }]) => (name === LANDED_SOURCE ? [] : [source.discover()])))
  return looks.some((look) => look.status === 'rejected' && look.reason instanceof KpiqlError && look.reason.code === 'SOURCE_BUSY')
}
