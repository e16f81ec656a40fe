import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '../..')

/** The gateway as it is now, compiled to run in processes of its own. */
export interface BuiltGateway {
  /** @returns once it listens. */
  serve(folder: string, env?: Readonly<Record<string, string>>): Promise<RunningGateway>
  remove(): void
}

export interface RunningGateway {
  readonly address: string
  readonly pid: number
  /** What it wrote to stderr. */
  readonly log: readonly string[]
  ask(query: string): Promise<GatewayAnswer>
  /** As on an orderly stop. @returns the exit code. */
  stop(): Promise<number | null>
  kill(): Promise<void>
}

export interface GatewayAnswer {
  readonly data: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
  readonly extensions: { readonly kpiql: { readonly scans: number; readonly cacheHits: number; readonly cacheMisses: number; readonly dataVersions: Readonly<Record<string, string>> } }
}

/** Below the project's own folder, where its packages are found. */
export function buildGateway(): BuiltGateway {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const out = mkdtempSync(join(cache, 'kpiql-gateway-'))
  const built = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', out], { encoding: 'utf8' })
  const running = new Set<ChildProcess>()
  return {
    async serve(folder, env = {}) {
      const child = spawn(process.execPath, [join(out, 'src', 'main.js'), 'serve', '--port', '0', '--config', join(folder, 'kpiql.config.yml')], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_ENV: 'production', ...env } })
      running.add(child)
      const ended = once(child, 'exit').then(() => running.delete(child))
      const log: string[] = []
      const address = await new Promise<string>((resolve, reject) => {
        createInterface({ input: child.stderr }).on('line', (line) => {
          log.push(line)
          const [, found] = /GraphQL\s+(http:\S+)\/graphql/.exec(line) ?? []
          if (found !== undefined) resolve(found)
        })
        void ended.then(() => reject(new Error(`The gateway did not start.\n${log.join('\n')}\n${built.stdout}`)))
      })
      return {
        address,
        pid: child.pid ?? 0,
        log,
        async ask(query) {
          const response = await fetch(`${address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
          return (await response.json()) as GatewayAnswer
        },
        async stop() {
          child.kill('SIGTERM')
          await ended
          return child.exitCode
        },
        async kill() {
          child.kill('SIGKILL')
          await ended
        },
      }
    },
    remove() {
      for (const child of running) child.kill('SIGKILL')
      rmSync(out, { recursive: true, force: true })
    },
  }
}
