import type { Roster } from './roster.ts'

/** Where text goes. */
export interface Output {
  write(text: string): unknown
  /** A terminal, where lines may be drawn over. */
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Everything a command touches outside itself, so that tests can give it another. */
export interface World {
  readonly roster: Roster
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute; relative paths on the command line start here. */
  readonly cwd: string
  /** The installed package: holds `models`, `schema` and the built explorer. */
  readonly packageRoot: string
  /** Data and nothing else. */
  readonly out: Output
  /** Progress, logs and what people read. */
  readonly err: Output
  readonly signals: Signals
  /** Ends the process at once; for the second signal. */
  exit(code: number): void
}

export interface Signals {
  on(signal: NodeJS.Signals, heard: () => void): unknown
  off(signal: NodeJS.Signals, heard: () => void): unknown
}

/** Exit codes of every command; documented in the command line guide. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const
