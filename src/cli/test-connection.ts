import type { Verdict } from '../../connectors/contract.ts'
import { KpiqlError } from '../base/errors.ts'
import { connectionNamed } from './one-source.ts'
import { tablesOf } from './open-gateway.ts'
import { ProblemsFound } from './problems-found.ts'
import { readModel } from './read-model.ts'
import { readSetup } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface TestConnectionFlags {
  readonly config?: string
  readonly json?: boolean
}

// Options that say where, in the order in which they are told.
const PLACES = ['folder', 'host', 'port', 'socketPath', 'projectId', 'account', 'warehouse', 'database', 'dataset', 'schema', 'user', 'role', 'location'] as const
const ADDRESSES = ['url', 'uri'] as const

/** Connects to one source, tool or destination of the configuration as a start would, tries the tables that the model reads, and tells what came of it; fails when it cannot be used. */
export async function testConnection(name: string, { config, json = false }: TestConnectionFlags, world: World): Promise<number> {
  const setup = await readSetup({ config }, world, false)
  if (setup.problems.length > 0) throw new ProblemsFound(setup.problems)
  const configured = await connectionNamed(name, setup, world)
  const { secrets } = configured
  const tables = configured.kind === 'query' ? await tablesRead(setup, name, world) : []
  const fromMs = performance.now()
  const { ok, message: told } = await verdictOf(() => configured.open(tables))
  const elapsedMs = Math.round(performance.now() - fromMs)
  const place = placeOf(configured.options, secrets)
  const message = withoutSecrets(told, configured.options, secrets)
  if (json) world.out.write(`${JSON.stringify({ source: name, connector: configured.connector, place, ok, message, elapsedMs })}\n`)
  else {
    const tried = Object.entries(place).map(([option, value]) => `${option} ${String(value)}`)
    world.out.write(`Source   ${name}\nTried    ${[configured.connector, ...tried].join(', ')}\nVerdict  ${ok ? 'ok' : 'FAIL'}, after ${elapsedMs} ms\n         ${message}\n`)
  }
  return ok ? EXIT.ok : EXIT.failed
}

/** None where there is no model yet, or one with faults: those are for `kpiql check` to tell. */
async function tablesRead(setup: Setup, source: string, world: World): Promise<readonly string[]> {
  const { model } = setup.model.length === 0 ? { model: null } : await readModel(setup, world)
  return model === null ? [] : tablesOf(model, source)
}

/** What a connector throws in place of a verdict is one as well. */
async function verdictOf(open: () => Promise<{ test(): Promise<Verdict>; close(): Promise<void> }>): Promise<Verdict> {
  try {
    const source = await open()
    try {
      return await source.test()
    } finally {
      await source.close()
    }
  } catch (error) {
    if (!(error instanceof KpiqlError)) throw error
    return { ok: false, message: error.hint === undefined ? error.message : `${error.message} ${error.hint}` }
  }
}

function placeOf(options: Readonly<Record<string, unknown>>, secrets: readonly string[]): Readonly<Record<string, string | number>> {
  const place: Record<string, string | number> = {}
  for (const name of PLACES.filter((one) => !secrets.includes(one))) {
    const value = options[name]
    if (typeof value === 'string' || typeof value === 'number') place[name] = value
  }
  for (const name of ADDRESSES) {
    const value = options[name]
    // An address may hold a password before its host.
    if (typeof value === 'string' && URL.canParse(value)) place['host'] ??= new URL(value).host
  }
  return place
}

/** Connectors keep them out of their messages; what a driver's words may hold shall not pass here either. */
function withoutSecrets(text: string, options: Readonly<Record<string, unknown>>, secrets: readonly string[]): string {
  const values = secrets.flatMap((name) => {
    const value = options[name]
    if (typeof value !== 'string' || value === '') return []
    const password = URL.parse(value)?.password ?? ''
    return password === '' ? [value] : [value, password]
  })
  return values.toSorted((a, b) => b.length - a.length).reduce((hidden, value) => hidden.replaceAll(value, '***'), text)
}
