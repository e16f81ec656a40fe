import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { ERRORS, KpiqlError } from '../../base/errors.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { checkControlFolder, controlPath } from './control-path.ts'

/** What came of asking the gateway that runs on a state folder. */
export type Asked = { readonly running: false } | { readonly running: true; readonly done: unknown }

/**
 * Asks the gateway that runs on this state folder, as the same user.
 *
 * @param onNews told of what happens on the way.
 * @returns `running: false` where none listens. @throws KpiqlError with what the gateway threw; `SOURCE_UNAVAILABLE` when it stopped before its answer, `CONFIG_INVALID` where another user could answer in its place.
 */
export async function askControl(stateFolder: string, command: string, body: unknown, onNews: (news: unknown) => void): Promise<Asked> {
  await checkControlFolder(stateFolder)
  const response = await open(controlPath(stateFolder), command, body)
  if (response === null) return { running: false }
  for await (const line of linesOf(response)) {
    const told: unknown = JSON.parse(line)
    if (typeof told !== 'object' || told === null) continue
    if ('news' in told) onNews(told.news)
    if ('done' in told) return { running: true, done: told.done }
    if ('failed' in told) throw failure(told.failed)
  }
  throw stopped(undefined)
}

/** @throws KpiqlError `SOURCE_UNAVAILABLE` where the connection breaks off. */
async function* linesOf(response: IncomingMessage): AsyncIterable<string> {
  try {
    yield* createInterface({ input: response, crlfDelay: Infinity })
  } catch (error) {
    throw stopped(error)
  }
}

function stopped(cause: unknown): KpiqlError {
  return new KpiqlError('SOURCE_UNAVAILABLE', { message: 'The running gateway stopped before it answered.', hint: 'Run the command again: what was committed stays.', cause })
}

function open(socketPath: string, command: string, body: unknown): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: `/${command}`, method: 'POST' }, resolve)
    asked.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error)))
    asked.end(JSON.stringify(body))
  })
}

function failure(told: unknown): KpiqlError {
  const { code, message, hint } = told as { readonly code?: unknown; readonly message?: unknown; readonly hint?: unknown }
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL'
  return new KpiqlError(known, { message: typeof message === 'string' ? message : 'The running gateway failed.', hint: typeof hint === 'string' ? hint : undefined })
}
