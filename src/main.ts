import { roster } from '../connectors/roster.ts'
import { findPackageRoot } from './base/package-root.ts'
import { runProgram } from './cli/program.ts'
import type { World } from './cli/world.ts'

/** What nobody caught leaves the process in a state that nobody knows. The stack goes to stderr without the message, which may quote data. */
function endOn(kind: string): (error: unknown) => void {
  return (error) => {
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined }
    const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
    process.stderr.write(`${JSON.stringify({ level: 'error', time: new Date().toISOString(), msg: `${kind}: the process ends`, error: { name, frames: frames.slice(0, 12).map((line) => line.trim()) } })}\n`)
    process.exit(1)
  }
}

process.on('uncaughtException', endOn('Uncaught exception'))
process.on('unhandledRejection', endOn('Unhandled rejection'))
// A reader that has seen enough, as in `kpiql query … | head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const world: World = {
  roster,
  env: process.env,
  cwd: process.cwd(),
  packageRoot: findPackageRoot(),
  out: process.stdout,
  err: process.stderr,
  signals: process,
  exit: (code) => process.exit(code),
}

process.exitCode = await runProgram(process.argv.slice(2), world)
