import { createLog } from '../base/log.ts'
import { formatProblem } from '../model/problem.ts'
import type { Problem } from '../model/problem.ts'
import { checkSources } from './check-sources.ts'
import { demoCompanyExists, makeDemoCompany } from './demo-company.ts'
import { readModel } from './read-model.ts'
import { readSetup } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import { runTests } from './run-tests.ts'
import { openBeside } from './with-gateway.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface CheckFlags {
  readonly config?: string
  /** A folder, or `true` for the configured sources. */
  readonly data?: string | true
  readonly json?: boolean
}

interface Findings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  readonly testsRun: number
}

/** Prints every problem on stdout, one a line or as JSON. Without `--data` no source is touched. */
export async function check(files: readonly string[], flags: CheckFlags, world: World): Promise<number> {
  const configured = await readSetup({ config: flags.config, data: typeof flags.data === 'string' ? flags.data : undefined }, world)
  const setup: Setup = files.length === 0 ? configured : { ...configured, model: files.map((use) => ({ use, source: null })), modelFolder: world.cwd }
  const read = await readModel(setup, world)
  const found: Findings = { problems: [...setup.problems, ...read.problems], warnings: read.warnings, testsRun: 0 }
  const findings = flags.data === undefined || found.problems.length > 0 ? found : await checkData(setup, found, world)

  const failed = findings.problems.length > 0
  if (flags.json === true) {
    world.out.write(`${JSON.stringify({ ok: !failed, ...findings }, null, 2)}\n`)
  } else {
    for (const problem of findings.problems) world.out.write(`${formatProblem(problem)}\n`)
    for (const warning of findings.warnings) world.err.write(`Warning: ${formatProblem(warning)}\n`)
    const tests = findings.testsRun === 0 ? '' : ` ${findings.testsRun} ${findings.testsRun === 1 ? 'test' : 'tests'} run.`
    const count = findings.problems.length
    world.err.write(`${failed ? `${count} ${count === 1 ? 'problem' : 'problems'} found.` : `No problems in ${read.model?.metrics.size ?? 0} metrics and ${read.model?.dimensions.size ?? 0} dimensions.`}${tests}\n`)
  }
  return failed ? EXIT.failed : EXIT.ok
}

async function checkData(setup: Setup, found: Findings, world: World): Promise<Findings> {
  if (setup.demoFolder !== null && !(await demoCompanyExists(setup.demoFolder))) await makeDemoCompany(setup.demoFolder, world)
  const log = createLog({ level: 'error', format: 'text', write: (line) => void world.err.write(line) })
  const gateway = await openBeside(setup, world, log)
  try {
    const { problems, quarantined } = await checkSources(gateway)
    const tests = await runTests(gateway)
    for (const [source, rows] of quarantined) world.err.write(`Warning: ${rows} ${rows === 1 ? 'row' : 'rows'} of source "${source}" did not fit and ${rows === 1 ? 'is' : 'are'} in quarantine.\n`)
    const lacking = (optional: boolean): readonly Problem[] => gateway.missing.filter((missing) => missing.optional === optional).map(({ problem }) => problem)
    return { problems: [...lacking(false), ...problems, ...tests.problems], warnings: [...found.warnings, ...lacking(true)], testsRun: tests.run }
  } finally {
    await gateway.close()
  }
}
