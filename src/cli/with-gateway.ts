import { createLog } from '../base/log.ts'
import { demoCompanyExists, makeDemoCompany } from './demo-company.ts'
import { openGateway } from './open-gateway.ts'
import type { Gateway } from './open-gateway.ts'
import { readSetup } from './read-setup.ts'
import type { SetupFlags } from './read-setup.ts'
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
  const gateway = await openGateway(setup, world, log)
  try {
    return await use(gateway)
  } finally {
    await gateway.close()
  }
}
