import { runProgram } from '../../src/cli/program.ts'
import { serve } from '../../src/cli/serve.ts'
import { testWorld } from './cli-world.ts'
import type { TestWorld } from './cli-world.ts'

export interface TestGateway {
  /** `http://…`, without a path. */
  readonly address: string
  /** @returns The body of the answer, read as JSON. */
  readonly ask: (query: string) => Promise<unknown>
}

/** A command line whose folder a gateway may serve in this process. */
export interface GatewayWorld extends TestWorld {
  /** Runs a command line beside what else runs; texts of before stay. */
  command(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
  /** Serves the configuration as it is now, on a free port. @throws What the gateway failed to start with. */
  start(): Promise<TestGateway>
  /** Stops what serves as SIGTERM does, and waits for its end. */
  stop(): Promise<void>
  /** Stops, and removes the folder. */
  end(): Promise<void>
}

export function gatewayWorld(): GatewayWorld {
  const world = testWorld()
  const running: Promise<number>[] = []
  const stop = async (): Promise<void> => {
    world.signals.emit('SIGTERM')
    await Promise.allSettled(running.splice(0))
  }
  return Object.assign(world, {
    command: async (...args: readonly string[]) => {
      const [out, err] = [world.written.out.length, world.written.err.length]
      const code = await runProgram(args, world)
      return { code, out: world.written.out.slice(out), err: world.written.err.slice(err) }
    },
    start: async () => {
      const { promise: listening, resolve } = Promise.withResolvers<string>()
      const ended = serve({ port: '0' }, world, resolve)
      running.push(ended)
      const address = await Promise.race([listening, ended.then(() => '')])
      return {
        address,
        ask: async (query: string): Promise<unknown> => {
          const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
          return response.json()
        },
      }
    },
    stop,
    end: async () => {
      await stop()
      world.remove()
    },
  })
}
