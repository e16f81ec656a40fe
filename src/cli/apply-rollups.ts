import type { Login, RollupMaker } from '../../connectors/rollup-contract.ts'
import type { QuerySource } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { madeRollup } from '../jobs/rollups/made-rollup.ts'
import type { Rollup } from '../model/types.ts'
import type { PlanContext } from '../plan/rows.ts'
import type { Gateway } from './open-gateway.ts'
import type { SetupFlags } from './read-setup.ts'
import { tellProgress } from './tell-progress.ts'
import { withGateway } from './with-gateway.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface ApplyFlags extends SetupFlags {
  readonly print?: boolean
  /** One by its name, whether it is declared or not; `true` for those that are. */
  readonly drop?: boolean | string
  readonly user?: string
}

/** Makes the rollups of the model in the sources that keep them up by themselves; or prints the statements, or drops what was made. */
export async function apply({ print = false, drop = false, user, ...flags }: ApplyFlags, world: World): Promise<number> {
  const login = user === undefined ? null : { user, password: world.env['KPIQL_APPLY_PASSWORD'] ?? '' }
  return withGateway(flags, world, async (gateway) => {
    if (typeof drop === 'string') return droppedByName(gateway, drop, login, world)
    const targets = targetsOf(gateway)
    if (targets.length === 0) throw new KpiqlError('USAGE', { message: 'No rollup of the model is of a source that keeps rollups up by itself.', hint: 'ClickHouse does. What the gateway keeps itself is built by: kpiql rollups build' })
    const context = await gateway.analytics.planning()
    const { write } = world.out
    let failed = 0
    for (const target of targets) {
      try {
        write(drop ? await dropped(target, login) : print ? await printed(target, context) : await made(target, context, login, world.err))
      } catch (error) {
        if (!(error instanceof KpiqlError)) throw error
        failed += 1
        world.err.write(`${target.rollup.name}: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}\n`)
      }
    }
    if (!drop && !print) write(await strangers(gateway))
    return failed > 0 ? EXIT.failed : EXIT.ok
  })
}

async function droppedByName(gateway: Gateway, name: string, login: Login | null, { out }: World): Promise<number> {
  let found = false
  for (const [source, { rollups }] of openOf(gateway)) {
    if ((await rollups?.maker?.remove(name, login)) !== true) continue
    out.write(`${name} (${source}): dropped\n`)
    found = true
  }
  if (!found) throw new KpiqlError('USAGE', { message: `No source keeps a rollup "${name}".`, hint: 'Those that the model does not declare are told of by: kpiql rollups apply' })
  return EXIT.ok
}

/** Rollups that cost inserts and that this model does not read; another gateway's may. */
async function strangers(gateway: Gateway): Promise<string> {
  const declared = new Set(gateway.model.rollups.map(({ name }) => name))
  const lines: string[] = []
  for (const [source, { rollups }] of openOf(gateway)) {
    const kept = rollups?.maker === undefined ? [] : await rollups.list()
    for (const { name } of kept) if (!declared.has(name)) lines.push(`${name} (${source}): not in this model. Where nobody else reads it: kpiql rollups apply --drop ${name}\n`)
  }
  return lines.join('')
}

function openOf({ sources }: Gateway): readonly (readonly [string, QuerySource])[] {
  return [...sources].map(([name, { source }]) => [name, source])
}

interface Target {
  readonly rollup: Rollup
  readonly source: QuerySource
  readonly maker: RollupMaker
}

function targetsOf({ model, sources }: Gateway): readonly Target[] {
  return model.rollups.flatMap((rollup) => {
    const source = sources.get(model.semanticModels.get(rollup.semanticModel)?.source ?? '')?.source
    const maker = source?.rollups?.maker
    return source === undefined || maker === undefined ? [] : [{ rollup, source, maker }]
  })
}

async function printed({ rollup, source, maker }: Target, context: PlanContext): Promise<string> {
  return (await maker.statements(madeRollup(context, source, rollup))).map((statement) => `${statement};\n\n`).join('')
}

async function made({ rollup, source, maker }: Target, context: PlanContext, login: Login | null, err: World['err']): Promise<string> {
  const { rows, bytes, buildMs } = await maker.make(madeRollup(context, source, rollup), login, new AbortController().signal, tellProgress(rollup.name, err))
  return `${rollup.name} (${source.name}): made, ${rows} rows, ${(bytes / 1e6).toFixed(1)} MB, in ${(buildMs / 1000).toFixed(1)} s\n`
}

async function dropped({ rollup, source, maker }: Target, login: Login | null): Promise<string> {
  return `${rollup.name} (${source.name}): ${(await maker.remove(rollup.name, login)) ? 'dropped' : 'there was none'}\n`
}
