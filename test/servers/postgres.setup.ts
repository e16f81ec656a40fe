import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'

/** One server for all workers; each test makes a schema of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('server', server === null ? null : { host: server.host, port: server.port, user: server.user, password: server.password })
  return async () => server?.stop()
}
