import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { roster } from '../../connectors/roster.ts'
import { runProgram } from '../../src/cli/program.ts'
import type { World } from '../../src/cli/world.ts'

/** A command line in an empty folder of its own, with what it writes kept as text. */
export interface TestWorld extends World {
  readonly signals: EventEmitter & World['signals']
  readonly written: { out: string; err: string }
  readonly exits: number[]
  /** Runs a command line; the texts of earlier ones are forgotten. */
  run(...args: readonly string[]): Promise<number>
  remove(): void
}

export function testWorld(env: Record<string, string> = {}): TestWorld {
  const cwd = mkdtempSync(join(tmpdir(), 'kpiql-cli-'))
  const written = { out: '', err: '' }
  const exits: number[] = []
  const world: TestWorld = {
    roster,
    env,
    cwd,
    packageRoot: join(import.meta.dirname, '../..'),
    out: { write: (text) => void (written.out += text) },
    err: { write: (text) => void (written.err += text) },
    signals: new EventEmitter(),
    exit: (code) => void exits.push(code),
    written,
    exits,
    run(...args) {
      Object.assign(written, { out: '', err: '' })
      return runProgram(args, world)
    },
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  }
  return world
}
