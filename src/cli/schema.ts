import { printSchema } from 'graphql'
import { readModel } from './read-model.ts'
import { readSetup } from './read-setup.ts'
import type { SetupFlags } from './read-setup.ts'
import { ProblemsFound } from './problems-found.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

/** Prints the schema definition of the model; touches no source. */
export async function schema(flags: SetupFlags, world: World): Promise<number> {
  const setup = await readSetup(flags, world)
  const { model, problems } = await readModel(setup, world)
  if (model === null || setup.problems.length > 0) throw new ProblemsFound([...setup.problems, ...problems])
  const { buildSchema } = await import('../../schema/build-schema.ts')
  world.out.write(`${printSchema(buildSchema(model)).trimEnd()}\n`)
  return EXIT.ok
}
