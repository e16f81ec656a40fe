import { chmod, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { KpiqlError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { controlPath, makeControlFolder } from './control-path.ts'

const MOST_BODY_BYTES = 1_000_000

/** What a command does in the running gateway. `tell` sends news on the way; the result ends the answer. `signal` aborts when whoever asked has left. */
export type ControlCommand = (body: unknown, tell: (news: unknown) => void, signal: AbortSignal) => Promise<unknown>

/** Commands by name, for the user's own machine: only who may open the socket's file can ask. */
export interface Control {
  close(): Promise<void>
}

/**
 * Listens for commands of the same user. A socket that a killed process left behind is replaced; one that answers belongs to
 * another gateway on the same state folder, which keeps it.
 *
 * @returns Null where another gateway listens.
 */
export async function listenControl(stateFolder: string, commands: Readonly<Record<string, ControlCommand>>, log: Log): Promise<Control | null> {
  const path = controlPath(stateFolder)
  await makeControlFolder(stateFolder)
  if (await answers(path)) return null
  if (process.platform !== 'win32') await rm(path, { force: true })
  const server = createServer((request, response) => {
    void answer(request, response, commands).catch((error: unknown) => {
      log.warn({ error }, 'A command could not be answered')
      response.destroy()
    })
  })
  // The file is made by listening, with the rights that the mask leaves: for a moment they must not be wider than ours.
  const mask = process.platform === 'win32' ? null : process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
    if (mask !== null) await chmod(path, 0o600)
  } finally {
    if (mask !== null) process.umask(mask)
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, commands: Readonly<Record<string, ControlCommand>>): Promise<void> {
  const name = (request.url ?? '').replace(/^\//, '')
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const body = await read(request)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const write = (line: object): void => void response.write(`${JSON.stringify(line)}\n`)
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  try {
    if (command === undefined) throw new KpiqlError('USAGE', { message: `The running gateway knows no command "${name.slice(0, 40)}".`, hint: 'It may be of another version: restart it.' })
    write({ done: await command(body, (news) => write({ news }), gone.signal) })
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    write({ failed: { code: error.code, message: error.message, hint: error.hint ?? null } })
  }
  response.end()
}

async function read(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MOST_BODY_BYTES) throw new RangeError('A command is too long.')
    parts.push(part)
  }
  const text = Buffer.concat(parts).toString('utf8')
  return text === '' ? null : JSON.parse(text)
}
