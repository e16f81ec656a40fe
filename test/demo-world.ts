import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execute, parse, validate } from 'graphql'
import type { ExecutionResult } from 'graphql'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { DEMO_DEFAULTS, generateDemo } from '../demo/generate.ts'
import type { KpiqlContext } from '../schema/context.ts'
import type { RequestStats } from '../src/answer/types.ts'
import { createLog } from '../src/base/log.ts'
import { openGateway } from '../src/cli/open-gateway.ts'
import type { Gateway } from '../src/cli/open-gateway.ts'
import { readSetup } from '../src/cli/read-setup.ts'
import { testWorld } from './spec/cli-world.ts'

/** A gateway over a demo company of its own. */
export interface DemoWorld {
  readonly gateway: Gateway
  ask<Data = Record<string, unknown>, Variables extends Record<string, unknown> = Record<string, unknown>>(query: string | TypedDocumentNode<Data, Variables>, variables?: Variables): Promise<ExecutionResult<Data> & { readonly stats: RequestStats }>
  close(): Promise<void>
}

/** Makes a small demo company and opens it as `kpiql serve` would. Its present is the day after the demo's last. @param config in YAML; null for none. */
export async function openDemoWorld(size: { readonly customers: number; readonly events: number }, config: string | null = null): Promise<DemoWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'kpiql-boards-'))
  if (config !== null) writeFileSync(join(folder, 'kpiql.config.yml'), config)
  await generateDemo({ ...DEMO_DEFAULTS, ...size, out: join(folder, 'company') })
  const world = { ...testWorld(), cwd: folder }
  const gateway = await openGateway(await readSetup({ data: 'company' }, world), world, createLog({ level: 'error', format: 'text', write: () => {} }))
  const { analytics, jobs, model, schema } = gateway
  return {
    gateway,
    async ask<Data, Variables extends Record<string, unknown>>(query: string | TypedDocumentNode<Data, Variables>, variables?: Variables) {
      const session = analytics.session({ freshness: 'NO_CACHE', signal: new AbortController().signal })
      const document = typeof query === 'string' ? parse(query) : query
      const faults = validate(schema, document)
      if (faults.length > 0) return { errors: faults, stats: session.stats }
      const contextValue: KpiqlContext = { model, analytics, calendar: model.calendar, savedCohorts: new Map(), requestId: 'test', jobs: jobs && { open: () => jobs }, session: () => session }
      const answer = (await execute({ schema, document, contextValue, ...(variables ? { variableValues: variables } : {}) })) as ExecutionResult<Data>
      return { ...answer, stats: session.stats }
    },
    async close() {
      await gateway.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
