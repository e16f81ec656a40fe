import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { execute, GraphQLError, parse, validate } from 'graphql'
import type { DocumentNode, GraphQLFormattedError } from 'graphql'
import type { KpiqlContext } from '../../schema/context.ts'
import type { AnalyticsSession } from '../answer/types.ts'
import { KpiqlError } from '../base/errors.ts'
import { cohortsNow } from '../store/cohorts-now.ts'
import { flattenAnswer } from './flatten-answer.ts'
import type { Gateway } from './open-gateway.ts'
import { printCsv, printTable } from './print-rows.ts'
import type { SetupFlags } from './read-setup.ts'
import { withGateway } from './with-gateway.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface QueryFlags extends SetupFlags {
  readonly variables?: string
  readonly operation?: string
  readonly format: 'table' | 'json' | 'csv'
}

interface Answer {
  readonly data: unknown
  readonly errors: readonly GraphQLFormattedError[]
  readonly cost: object | null
}

/**
 * Answers one operation in this process. The answer goes to stdout; for `table` and `csv` errors go to stderr, in JSON they
 * are part of the answer.
 *
 * @param asked the text of a query, the name of a file, or `-`.
 * @returns 1 when anything of the answer failed, also when the rest is there.
 */
export async function query(asked: string, flags: QueryFlags, world: World): Promise<number> {
  const source = await readQuery(asked, world)
  const variables = readVariables(flags.variables)
  const { data, errors, cost } = await withGateway(flags, world, (gateway) => answer(gateway, source, variables, flags.operation, world))

  if (flags.format === 'json') {
    world.out.write(`${JSON.stringify({ data, ...(errors.length > 0 ? { errors } : {}), ...(cost === null ? {} : { extensions: { kpiql: cost } }) }, null, 2)}\n`)
  } else {
    world.err.write(linesOf(errors))
    if (data !== null) world.out.write((flags.format === 'csv' ? printCsv : printTable)(flattenAnswer(data)))
  }
  return errors.length > 0 ? EXIT.failed : EXIT.ok
}

async function answer(gateway: Gateway, source: string, variables: Readonly<Record<string, unknown>>, operationName: string | undefined, world: World): Promise<Answer> {
  const { formatError } = await import('../../schema/format-error.ts')
  const { schema, model, analytics, jobs } = gateway
  // What GraphQL itself finds wrong with the question is for the caller as it stands; whatever a field threw is shaped.
  const format = (errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] =>
    errors.map((error) => (error.originalError === undefined && error.extensions['code'] === undefined ? error.toJSON() : formatError(error.toJSON(), error)))

  const document = parseQuery(source)
  const invalid = document instanceof GraphQLError ? [document] : validate(schema, document)
  if (document instanceof GraphQLError || invalid.length > 0) return { data: null, errors: format(invalid), cost: null }

  const stop = new AbortController()
  const interrupt = (): void => stop.abort(new KpiqlError('CANCELLED', { message: 'Interrupted.' }))
  world.signals.on('SIGINT', interrupt)
  try {
    const sessions = new Map<string, AnalyticsSession>()
    const contextValue: KpiqlContext = {
      model,
      analytics,
      calendar: model.calendar,
      requestId: randomUUID(),
      savedCohorts: (await cohortsNow(gateway.store)).cohorts,
      store: gateway.store,
      // A command ends with its answer: it starts nothing that goes on.
      jobs: jobs && { open: () => ({ ...jobs, syncs: null, activations: null }) },
      session(freshness, maxStaleMs = null) {
        const key = `${freshness} ${maxStaleMs ?? ''}`
        const open = sessions.get(key) ?? analytics.session({ freshness, maxStaleMs, signal: stop.signal })
        sessions.set(key, open)
        return open
      },
    }
    const result = await execute({ schema, document, contextValue, variableValues: variables, operationName })
    const [session] = sessions.values()
    return { data: result.data ?? null, errors: format(result.errors ?? []), cost: session?.stats ?? null }
  } finally {
    world.signals.off('SIGINT', interrupt)
  }
}

function parseQuery(source: string): DocumentNode | GraphQLError {
  try {
    return parse(source)
  } catch (error) {
    if (error instanceof GraphQLError) return error
    throw error
  }
}

async function readQuery(asked: string, { cwd }: World): Promise<string> {
  if (asked === '-') return readAll(process.stdin)
  if (asked.includes('{')) return asked
  try {
    return await readFile(resolve(cwd, asked), 'utf8')
  } catch (cause) {
    throw new KpiqlError('USAGE', { message: `There is no query file "${asked}".`, hint: "Name a file, or write the query itself in quotes: kpiql query '{ … }'", cause })
  }
}

function readVariables(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  let variables: unknown
  try {
    variables = JSON.parse(text)
  } catch (cause) {
    throw new KpiqlError('USAGE', { message: '--variables is not valid JSON.', hint: `Write an object in quotes: --variables '{"year": "2026"}'`, cause })
  }
  if (typeof variables === 'object' && variables !== null && !Array.isArray(variables)) return variables as Record<string, unknown>
  throw new KpiqlError('USAGE', { message: '--variables is no JSON object.', hint: `Write an object in quotes: --variables '{"year": "2026"}'` })
}

/** One line a message, however many fields it keeps from their values. */
function linesOf(errors: readonly GraphQLFormattedError[]): string {
  const byText = Map.groupBy(errors, ({ message, extensions }) => `${message}${typeof extensions?.['hint'] === 'string' ? ` ${extensions['hint']}` : ''}`)
  return [...byText].map(([text, [first, ...others]]) => `${placeOf(first)}${others.length === 0 ? '' : `(and ${others.length} more) `}${text}\n`).join('')
}

function placeOf(error: GraphQLFormattedError | undefined): string {
  if (error?.path !== undefined) return `${error.path.join('.')}: `
  const [location] = error?.locations ?? []
  return location === undefined ? '' : `${location.line}:${location.column} `
}
