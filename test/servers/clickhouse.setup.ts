import type { TestProject } from 'vitest/node'
import { startClickhouse } from './clickhouse.ts'

/** One server for all test files of the project. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const server = await startClickhouse()
  if (server === null) return project.provide('server', null)
  const { host, port, user, password } = server
  project.provide('server', { host, port, user, password })
  return () => server.stop()
}
