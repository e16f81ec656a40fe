import { createLog } from '../base/log.ts'
import { KpiqlError } from '../base/errors.ts'
import type { RollupKeeper, RollupStatus } from '../jobs/rollups/types.ts'
import { openGateway } from './open-gateway.ts'
import { readSetup } from './read-setup.ts'
import type { SetupFlags } from './read-setup.ts'
import { tellProgress } from './tell-progress.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

const LOOKS_EVERY_MS = 500

export interface RollupFlags extends SetupFlags {
  readonly json?: boolean
}

/** Tells how the rollups of the model stand, or builds those that are behind and tells then. */
export async function rollups(what: 'list' | 'build', flags: RollupFlags, world: World): Promise<number> {
  const setup = await readSetup(flags, world)
  const gateway = await openGateway(setup, world, createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) }))
  try {
    const statuses = (await (what === 'build' ? watched(gateway.rollups, world) : gateway.rollups?.recall())) ?? []
    if (gateway.model.rollups.length === 0) throw new KpiqlError('USAGE', { message: 'The model declares no rollups.', hint: 'Write `rollups:` in a file of the model; see docs/guides/rollups.md.' })
    world.out.write(flags.json === true ? `${JSON.stringify(statuses)}\n` : statuses.map(lineOf).join(''))
    return what === 'build' && statuses.some(({ state }) => state !== 'ready' && state !== 'unused') ? EXIT.failed : EXIT.ok
  } finally {
    await gateway.close()
  }
}

/** Builds, and tells how far it is where that takes long. */
async function watched(keeper: RollupKeeper | null, { err }: World): Promise<readonly RollupStatus[]> {
  if (keeper === null) return []
  const tellers = new Map<string, (share: number) => void>()
  const timer = setInterval(() => {
    for (const { name, progress } of keeper.statuses()) {
      if (progress === null) continue
      const tell = tellers.get(name) ?? tellProgress(name, err)
      tellers.set(name, tell)
      tell(progress)
    }
  }, LOOKS_EVERY_MS)
  try {
    return await keeper.pass()
  } finally {
    clearInterval(timer)
  }
}

function lineOf({ name, source, state, message, rows, bytes, buildMs }: RollupStatus): string {
  const size = rows === null ? '' : `, ${rows} rows, ${((bytes ?? 0) / 1e6).toFixed(1)} MB, built in ${((buildMs ?? 0) / 1000).toFixed(1)} s`
  return `${name} (${source}): ${state.replace('_', ' ')}${size}${message === null ? '' : `. ${message}`}\n`
}
