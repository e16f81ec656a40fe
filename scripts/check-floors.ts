import { readFileSync, readdirSync, realpathSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'vite'

/** One import, re-export, `import()` or `require()` of a source file. Lines count from 1. */
interface Import {
  readonly file: string
  readonly line: number
  readonly specifier: string
  /** True when nothing of it is left at run time: `import type`, `export type`, `typeof import()`. */
  readonly typeOnly: boolean
}

/** What the check found: every room with the rooms it imports, both sorted by name, and one line for each import that climbs. */
export interface Floors {
  readonly graph: ReadonlyMap<string, readonly string[]>
  readonly climbs: readonly string[]
}

// The table of "Rooms and floors": a room may import its own floor and those below. connectors/<source> are judged by a list
// of their own, whatever the floor.
const floorOf = {
  'src/base': 0,
  'src/model': 1,
  'src/sql': 1,
  'src/cache': 1,
  'src/insight': 1,
  'connectors/contract': 1,
  'connectors/http-kit': 1,
  'connectors/sql-kit': 1,
  'connectors/sync-kit': 1,
  'src/sources': 2,
  'src/plan': 2,
  'src/store': 2,
  'src/access': 2,
  demo: 2,
  'src/answer': 3,
  'src/calculate': 3,
  'src/jobs': 4,
  'src/export': 4,
  schema: 5,
  'src/http': 6,
  'src/cli': 6,
  'connectors/roster': 6,
  'src/main.ts': 7,
} as const satisfies Record<string, number>

/** The only rooms that may import a room named here, besides itself. */
const doorOf: Readonly<Record<string, readonly string[]>> = {
  demo: ['src/cli', 'src/main.ts'],
  'connectors/roster': ['src/main.ts'],
}

// The sources' face is narrower than its floor.
const connectorMayImport = ['connectors/contract', 'connectors/http-kit', 'connectors/sql-kit', 'connectors/sync-kit', 'src/sql', 'src/base']
// The kits that connectors share.
const KITS = ['connectors/http-kit', 'connectors/sql-kit', 'connectors/sync-kit']
const kitMayImport = ['connectors/contract', 'src/sql', 'src/base']
const contractMayImport = ['src/base']
const contractMayImportTypes = ['src/sql']

/**
 * Reads the TypeScript sources of `src`, `schema`, `connectors` and `demo` under a package root, and judges their imports.
 * Tests, fakes and the conformance suite are left out: they may know everything. Touches nothing but those files.
 *
 * @throws Error naming the file when a source does not parse.
 */
export function checkFloors(root: string): Floors {
  const graph = new Map<string, Set<string>>()
  const climbs: string[] = []
  for (const file of sourcesOf(root)) {
    const from = roomOf(file)
    graph.set(from, graph.get(from) ?? new Set())
    if (!hasFloor(from)) climbs.push(`${file}:1 is in ${from}, which has no floor: give it one in scripts/check-floors.ts`)
    for (const found of importsOf(root, file)) {
      const complaint = complaintAbout(from, found)
      if (complaint !== null) climbs.push(`${file}:${found.line} imports ${found.specifier}: ${complaint}`)
      const to = targetRoom(found)
      if (to !== null && to !== from) graph.get(from)?.add(to)
    }
  }
  return { graph: new Map([...graph].sort().map(([room, others]) => [room, [...others].sort()])), climbs }
}

function complaintAbout(from: string, found: Import): string | null {
  const to = targetRoom(found)
  if (to === null) return complaintAboutPackage(from, found.specifier)
  if (to === from) return null
  const forbidden = `${described(from)} may not import ${described(to)}`

  const door = doorOf[to]
  if (door !== undefined) return door.includes(from) ? null : `${forbidden}; only ${door.join(' and ')} may`
  if (from === 'connectors/roster' && isConnector(to)) return null
  if (isConnector(from)) return connectorMayImport.includes(to) ? null : forbidden
  if (KITS.includes(from)) return kitMayImport.includes(to) ? null : forbidden
  if (isConnector(to)) return `${forbidden}; a connector is reached through connectors/roster`
  if (from === 'connectors/contract') {
    if (contractMayImport.includes(to)) return null
    if (!contractMayImportTypes.includes(to)) return forbidden
    return found.typeOnly ? null : `${forbidden} except by import type`
  }
  const [a, b] = [floorNumber(from), floorNumber(to)]
  if (b === null) return forbidden
  return a !== null && a < b ? forbidden : null
}

function complaintAboutPackage(from: string, specifier: string): string | null {
  if (specifier === 'type-graphql' && from !== 'schema') return `${described(from)} may not use decorators; they stay in schema`
  const bare = specifier.replace(/^node:/, '')
  const builtIn = specifier.startsWith('node:') || builtinModules.includes(bare)
  if (builtIn && from === 'src/plan') return `${described(from)} is pure and may not import Node's built-ins`
  return null
}

/** The room of a file, by its path from the package root with forward slashes. */
function roomOf(path: string): string {
  const [top = '', second, ...rest] = path.split('/')
  const inFolder = rest.length > 0
  if (top === 'src') return second === undefined || inFolder ? `src/${second ?? ''}` : path
  if (top !== 'connectors' || second === undefined) return top
  if (inFolder) return second.startsWith('contract') ? 'connectors/contract' : `connectors/${second}`
  if (/^roster\b/.test(second)) return 'connectors/roster'
  // contract.ts, and what stands beside it for all connectors, such as translate-error.ts.
  return 'connectors/contract'
}

function targetRoom({ file, specifier }: Import): string | null {
  if (!specifier.startsWith('.')) return null
  return roomOf(slashed(join(dirname(file), specifier)))
}

function isConnector(room: string): boolean {
  return room.startsWith('connectors/') && !(room in floorOf)
}

function hasFloor(room: string): room is keyof typeof floorOf {
  return room in floorOf || isConnector(room)
}

function floorNumber(room: string): number | null {
  return room in floorOf ? floorOf[room as keyof typeof floorOf] : null
}

function described(room: string): string {
  const floor = floorNumber(room)
  return `${room} (${floor === null ? (isConnector(room) ? 'side' : 'no floor') : `floor ${floor}`})`
}

function sourcesOf(root: string): readonly string[] {
  return ['src', 'schema', 'connectors', 'demo']
    .flatMap((folder) => filesUnder(join(root, folder)))
    .map((path) => slashed(relative(root, path)))
    .filter((path) => /\.[cm]?tsx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path) && !knowsEverything(path))
    .sort()
}

function knowsEverything(path: string): boolean {
  return (
    /\.test\.[cm]?tsx?$/.test(path) ||
    /^connectors\/(landing-)?conformance/.test(path) ||
    (path.startsWith('connectors/') && /\/fake(\.ts|\/)/.test(path))
  )
}

function filesUnder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // rooms of later steps may not stand yet
    throw error
  }
}

function importsOf(root: string, file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const { program, errors } = parseSync(file, text)
  const failure = errors[0]
  if (failure !== undefined) throw new Error(`${file} does not parse: ${failure.message}`)

  const found: Import[] = []
  const add = (start: number, specifier: unknown, typeOnly: boolean) => {
    if (typeof specifier !== 'string') return // import(path) of a computed path: nothing to judge in the text
    found.push({ file, line: text.slice(0, start).split('\n').length, specifier, typeOnly })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.start, node.source.value, node.importKind === 'type'),
    ExportAllDeclaration: (node) => add(node.start, node.source.value, node.exportKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.start, node.source?.value, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.start, literal(node.source), false),
    TSImportType: (node) => add(node.start, node.source.value, true),
    TSExternalModuleReference: (node) => add(node.start, node.expression.value, false),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.start, literal(node.arguments[0]), false)
    },
  }).visit(program)
  return found
}

function literal(node: { readonly type: string; readonly value?: unknown } | undefined): unknown {
  return node?.type === 'Literal' ? node.value : undefined
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}

function printed(graph: Floors['graph']): string {
  return [...graph]
    .sort(([a], [b]) => (floorNumber(a) ?? 1) - (floorNumber(b) ?? 1) || (a < b ? -1 : 1))
    .map(([room, others]) => `${described(room)} → ${others.join(', ') || 'nothing of ours'}`)
    .join('\n')
}

const asked = process.argv[1]
if (asked !== undefined && realpathSync(asked) === fileURLToPath(import.meta.url)) {
  const { graph, climbs } = checkFloors(join(dirname(fileURLToPath(import.meta.url)), '..'))
  console.log(printed(graph))
  for (const climb of climbs) console.error(climb)
  if (climbs.length > 0) process.exitCode = 1
}
