import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { KpiqlError } from '../base/errors.ts'
import { formatProblem } from '../model/problem.ts'
import { ProblemsFound } from './problems-found.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

/**
 * Runs one command line. Only the command asked for is loaded.
 *
 * @param args without the program's name.
 * @returns The exit code: 0 done; 1 problems found or failed; 2 the command line or the environment does not fit.
 */
export async function runProgram(args: readonly string[], world: World): Promise<number> {
  let code: number = EXIT.ok
  const program = buildProgram(world, (ended) => (code = ended))
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return tell(error, world)
  }
}

function tell(error: unknown, { err }: World): number {
  if (error instanceof ProblemsFound) {
    const count = error.problems.length
    err.write(`${error.problems.map(formatProblem).join('\n')}\n${count === 1 ? '1 problem' : `${count} problems`} found.\n`)
    return EXIT.failed
  }
  if (error instanceof KpiqlError) {
    err.write(`${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}\n`)
    return error.code === 'USAGE' ? EXIT.usage : EXIT.failed
  }
  throw error
}

type Ended = (code: number) => void

function buildProgram(world: World, ended: Ended): Command {
  const program = new Command('kpiql')
    .description('A GraphQL analytics gateway: metrics, cohorts and dimensions behind one endpoint.')
    .version(versionOf(world), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', '\nExit codes: 0 done, 1 problems found or failed, 2 wrong use.\nWithout a configuration, commands work on a made-up demo company.')
    .configureOutput({ writeOut: (text) => void world.out.write(text), writeErr: (text) => void world.err.write(text) })

  asking(program.command('serve'))
    .description('Serve GraphQL at /graphql and the explorer at /explorer/ until stopped. SIGHUP reloads the model.')
    .option('--port <number>', 'port to listen on; 0 takes any (also PORT; default 4000)')
    .option('--host <address>', 'address to listen on (also HOST; default 127.0.0.1)')
    .action(async (flags) => ended(await (await import('./serve.ts')).serve(flags, world)))

  program
    .command('init')
    .description('Look at the tables of a folder or a source and write a model to edit.')
    .option('--data <folder>', 'folder of CSV, Parquet, JSON or NDJSON files; writes a configuration as well')
    .option('--source <name>', 'a source of the configuration, in place of a folder')
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--out <folder>', 'where to write; the data folder, or the folder of the configuration, without it')
    .option('--force', 'overwrite files that are there')
    .action(async (flags) => ended(await (await import('./init.ts')).init(flags, world)))

  program
    .command('check')
    .description('Check configuration and model; print every problem with its place.')
    .argument('[files...]', 'model files or folders to check in place of the configuration')
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--data [folder]', "also open the sources, compare tables and columns, and run the model's tests; a folder in place of the configured sources")
    .option('--json', 'print problems as JSON on stdout')
    .action(async (files: readonly string[], flags) => ended(await (await import('./check.ts')).check(files, flags, world)))

  program
    .command('demo')
    .description('Make a demo company: the same seed gives the same company.')
    .option('--customers <number>', 'all that ever signed up (default 5000)', wholeNumber)
    .option('--events <number>', 'rows of events (default 2000000)', wholeNumber)
    .option('--seed <number>', 'a whole number (default 42)', wholeNumber)
    .option('--out <folder>', 'where to write; a folder that is not there, is empty, or holds a demo company')
    .option('--until <day>', 'last day, YYYY-MM-DD')
    .addOption(new Option('--format <format>', 'parquet or csv (default parquet)').choices(['parquet', 'csv']))
    .addOption(new Option('--to <database>', 'load it into a database in place of a folder').choices(['clickhouse']).conflicts(['out', 'format']))
    .option('--url <address>', 'of ClickHouse, http://user:password@host:8123/database (also CLICKHOUSE_URL)')
    .option('--print', 'print the statements that make its tables, and do nothing')
    .option('--cluster <name>', 'spread the rows over the shards of a cluster')
    .option('--replicated', 'copy them to the replicas of each shard; with --cluster')
    .action(async (flags) => ended(flags.to === 'clickhouse' ? await (await import('./demo-clickhouse.ts')).demoToClickhouse(flags, world) : await (await import('./demo.ts')).demo(flags, world)))

  asking(program.command('query'))
    .description('Ask one GraphQL query and print the answer, without a server.')
    .argument('<query>', 'a query, a file that holds one, or - for stdin')
    .option('--variables <json>', 'variables as a JSON object')
    .option('--operation <name>', 'which operation of the document')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json', 'csv']).default('table'))
    .action(async (query: string, flags) => ended(await (await import('./query.ts')).query(query, flags, world)))

  asking(program.command('schema'))
    .description('Print the GraphQL schema of the model.')
    .action(async (flags) => ended(await (await import('./schema.ts')).schema(flags, world)))

  program
    .command('sync')
    .description('Read what changed in a tool, or in all of them, and wait for the end; the running gateway does it where there is one.')
    .argument('[source]', 'its name in the configuration; all of them without it')
    .option('--full', 'read everything from the beginning')
    .option('--since <day>', 'read again what is newer than this day, YYYY-MM-DD')
    .option('--stream <names...>', 'these streams only')
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--json', 'print how every stream stands as JSON on stdout')
    .action(async (source: string | undefined, flags) => ended(await (await import('./sync.ts')).sync(source, flags, world)))

  program
    .command('forget')
    .description('Remove a person from all that was synced, keep them out of later syncs, and print what was removed; the running gateway does it where there is one.')
    .option('--user <id>', 'as a tool has it')
    .option('--email <address>', 'in any spelling')
    .option('--source <name>', 'whose id it is; needed where several have one of this name')
    .option('--dry-run', 'print what would be removed, and remove nothing')
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--json', 'print it as JSON on stdout')
    .action(async (flags) => ended(await (await import('./forget.ts')).forget(flags, world)))

  asking(program.command('rollups'))
    .description('Tell how the rollups of the model stand; `build` builds those that are behind; `suggest` tells which would have paid; `apply` makes those that ClickHouse keeps.')
    .argument('[what]', 'list, build, suggest or apply', 'list')
    .option('--budget <size>', 'of suggest: bytes for all that is suggested, such as 500MB (default: what rollups.maxBytes leaves)')
    .option('--days <number>', 'of suggest: how many days of questions count (default 30)', wholeNumber)
    .option('--yaml', 'of suggest: print nothing but a file for the model')
    .option('--print', 'of apply: print the statements, and run none')
    .option('--drop [name]', 'of apply: drop what was made, or one that is declared no more')
    .option('--user <name>', 'of apply: who may create and drop tables, with KPIQL_APPLY_PASSWORD (default: the user of the source)')
    .option('--json', 'print it as JSON on stdout')
    .action(async (what: string, flags) => {
      if (what === 'suggest') return ended(await (await import('./suggest-rollups.ts')).suggest(flags, world))
      if (what === 'apply') return ended(await (await import('./apply-rollups.ts')).apply(flags, world))
      if (what !== 'list' && what !== 'build') throw new KpiqlError('USAGE', { message: `There is no "kpiql rollups ${what}".`, hint: 'Write list, build, suggest or apply.' })
      ended(await (await import('./rollups.ts')).rollups(what, flags, world))
    })

  program
    .command('test-connection')
    .description('Connect to a source or destination of the configuration and tell what came of it.')
    .argument('<source>', 'its name in the configuration')
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--json', 'print JSON on stdout')
    .action(async (source: string, flags) => ended(await (await import('./test-connection.ts')).testConnection(source, flags, world)))

  asking(program.command('doctor'))
    .description('Look at what a start needs: Node, configuration, model, state folder, sources.')
    .action(async (flags) => ended(await (await import('./doctor.ts')).doctor(flags, world)))

  addKeys(program, world, ended)

  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program)
  return program
}

function addKeys(program: Command, world: World, ended: Ended): void {
  const keys = program.command('keys').description('API keys: what other machines need to ask, and what this one needs where access.anonymous is none.')
  const run = async (work: (commands: typeof import('./keys.ts')) => Promise<number>): Promise<void> => ended(await work(await import('./keys.ts')))
  const keeping = (command: Command): Command => command.option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)').option('--json', 'print JSON on stdout')
  keeping(keys.command('create'))
    .description('Make a key and print its secret, this once.')
    .requiredOption('--name <name>', 'the program that uses it')
    .addOption(new Option('--role <role>', 'viewer reads; editor also records, saves and uploads; admin may do everything (default viewer)').choices(['viewer', 'editor', 'admin']))
    .option('--expires <when>', 'a span from now such as "90 days", or a date')
    .action(async (flags) => run(({ createKey }) => createKey(flags, world)))
  keeping(keys.command('list'))
    .description('List all keys, without their secrets.')
    .action(async (flags) => run(({ listKeys }) => listKeys(flags, world)))
  keeping(keys.command('revoke'))
    .description('Revoke a key, for good.')
    .argument('<id>', 'as `keys list` shows it')
    .action(async (id: string, flags) => run(({ revokeKey }) => revokeKey(id, flags, world)))
  for (const command of keys.commands) command.exitOverride().copyInheritedSettings(program)
}

/** Flags of every command that answers from a model. */
function asking(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (also KPIQL_CONFIG; default kpiql.config.yml)')
    .option('--data <folder>', 'serve this folder of files; wins over the configured sources and model')
}

function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function versionOf({ packageRoot }: World): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'
}
