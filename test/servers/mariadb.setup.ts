import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'

/** One server for all workers; each source makes databases of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startMariadb()
  project.provide('server', server === null ? null : { host: server.host, port: server.port, user: server.user, password: server.password })
  return async () => server?.stop()
}
