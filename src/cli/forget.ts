import { createLog } from '../base/log.ts'
import { KpiqlError } from '../base/errors.ts'
import type { ForgetAsk, ForgetReport } from '../jobs/forget/types.ts'
import { askControl } from './control/ask-control.ts'
import { openToolJobs } from './open-tool-jobs.ts'
import { ProblemsFound } from './problems-found.ts'
import { readModel } from './read-model.ts'
import { readSetup } from './read-setup.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface ForgetFlags {
  readonly config?: string
  readonly user?: string
  readonly email?: string
  readonly source?: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Removes a person from all that was synced, keeps them out of later syncs, and prints what was removed. A gateway that runs on the same state folder does the work where there is one. */
export async function forget(flags: ForgetFlags, world: World): Promise<number> {
  const ask = askOf(flags)
  const setup = await readSetup({ config: flags.config }, world, false)
  const read = await readModel(setup, world)
  const problems = [...setup.problems, ...read.problems]
  if (problems.length > 0) throw new ProblemsFound(problems)
  if (setup.config.synced.size === 0) throw new KpiqlError('USAGE', { message: 'The configuration has no tool that is synced.', hint: 'Sources that answer where their data lives forget by themselves.' })
  const asked = await askControl(setup.stateFolder, 'forget', ask, () => undefined)
  let report: ForgetReport
  if (asked.running) report = asked.done as ForgetReport
  else {
    const jobs = await openToolJobs(setup, world, createLog({ level: 'warn', format: 'text', write: (line) => void world.err.write(line) }))
    try {
      report = await jobs.forget(ask, [...(read.model?.semanticModels.values() ?? [])])
    } finally {
      await jobs.close()
    }
  }
  world.out.write(flags.json === true ? `${JSON.stringify(report)}\n` : linesOf(report))
  return EXIT.ok
}

function askOf({ user = null, email = null, source = null, dryRun = false }: Omit<ForgetFlags, 'user' | 'email' | 'source'> & { readonly user?: string | null; readonly email?: string | null; readonly source?: string | null }): ForgetAsk {
  if ((user === null) === (email === null)) throw new KpiqlError('USAGE', { message: 'Name one person: --user ID or --email ADDRESS.', hint: 'See: kpiql forget --help' })
  return { user, email, source, dryRun }
}

function linesOf({ logIsClear, dryRun, tables, overwritten, quarantined, listed, activated, mentioned, ids, found: persons }: ForgetReport): string {
  const found: readonly (readonly [string, number])[] = [
    ...tables.map(({ source, table, rows }) => [`${source}.${table}`, rows] as const),
    ['quarantine', quarantined],
    ['uploaded cohorts', listed],
    ['cohorts that were sent', activated],
    ['kept answers and reports', mentioned],
  ]
  const shown = found.filter(([, count]) => count > 0)
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  const removed = shown.map(([name, count]) => `  ${name.padEnd(width)}  ${count}\n`).join('')
  const stay = overwritten.map(({ source, table, cells }) => `  ${source}.${table}  ${cells}\n`).join('')
  const changed = stay === '' ? '' : `${dryRun ? 'Would be overwritten' : 'Overwritten'} in rows that stay\n${stay}`
  const kept = ids.map(({ source, users, devices, emails }) => `  ${source}: ${users} ids, ${devices} devices, ${emails} addresses\n`).join('')
  const told = persons.flatMap(({ source, users, devices, emails }) => ([['id', users], ['device', devices], ['address', emails]] as const).flatMap(([kind, texts]) => texts.map((text) => `  ${source}: ${kind} ${text.replace(/\p{Cc}/gu, ' ')}\n`))).join('')
  return `${dryRun ? 'Would be removed' : 'Removed'}${removed === '' ? ': nothing\n' : `\n${removed}`}${changed}${dryRun ? 'Would be kept' : 'Kept'} out of later syncs, by their hashes\n${kept}${told === '' ? '' : `Look whether all of these are of the one person\n${told}`}${logIsClear ? '' : 'The log of the engine could not be cleared while questions were under way: run the command again.\n'}`
}
