import { createServer } from 'node:net'

/** A real server, started by the tests on a free port of 127.0.0.1, with a data folder of its own that is removed with it. */
export interface TestServer extends ServerAddress {
  stop(): Promise<void>
}

/** How a server is reached; plain data, so that it can be handed to the workers of the test runner. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of the project's engine; null where it is not installed, and the project is no part of CI. */
    server: ServerAddress | null
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port is free.')
  return address.port
}

/** What a missing server means: in CI a failure, elsewhere a skip that says what to install. */
export function missingServer(what: string, remedy: string): null {
  const message = `${what} is not installed: its tests are left out. Install it with: ${remedy}`
  if (process.env['CI'] === 'true') throw new Error(message)
  console.warn(message)
  return null
}
