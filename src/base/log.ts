import pino from 'pino'
import { KpiqlError } from './errors.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Structured log. `data` holds ids, names, counts, codes and durations: never query text, variables, header values or anything of a row. */
export interface Log {
  debug(data: object, message: string): void
  info(data: object, message: string): void
  warn(data: object, message: string): void
  error(data: object, message: string): void
  /** The same log with `data` on every line. */
  child(data: Readonly<Record<string, unknown>>): Log
}

export interface LogOptions {
  readonly level: LogLevel
  /** `json`: one object a line, for programs. `text`: one short line for eyes. */
  readonly format: 'json' | 'text'
  /** Takes whole lines, each ended by a newline. */
  readonly write: (line: string) => void
}

/** Where each thing is logged under its own key, the level by name and the time as ISO text in UTC. Writes synchronously. */
export function createLog({ level, format, write }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: timeOfLine,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: ['password', 'token', 'secret', 'authorization', 'cookie'],
    },
    { write: format === 'json' ? write : (line) => write(readable(line)) },
  )
}

let told = { ms: Number.NaN, text: '' }

/** Lines of one millisecond share its text. */
function timeOfLine(): string {
  const ms = Date.now()
  if (ms !== told.ms) told = { ms, text: `,"time":"${new Date(ms).toISOString()}"` }
  return told.text
}

/** Swallows everything; for tests and for commands whose output is their log. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

/**
 * What the log may hold of an error. The messages of our own errors are free of secrets by their contract, save those that
 * quote the caller; all others may quote data, so only their kind and where they were thrown is kept.
 */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof KpiqlError) {
    const quotesCaller = error.fault === 'caller'
    const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
    return { code: error.code, ...(quotesCaller ? {} : { message: error.message, hint: error.hint }), ...cause }
  }
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) }
  return { name: error.name, ...code, frames: framesOf(error), ...cause }
}

function framesOf(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
}

function readable(line: string): string {
  const { level, time, msg, ...data } = JSON.parse(line) as Record<string, unknown>
  const facts = Object.entries(data).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `${[String(time).slice(11, 19), String(level).toUpperCase(), msg, ...facts].join(' ')}\n`
}
