import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a folder may offer, by the file that offers it. */
const DOORS = [
  { door: 'load', file: 'index.ts', exported: 'default', isEntry: true },
  { door: 'loadSync', file: 'sync.ts', exported: 'default', isEntry: true },
  { door: 'openFeed', file: 'open-feed.ts', exported: 'openFeed', isEntry: false },
  { door: 'loadLanding', file: 'open-landing.ts', exported: 'default', isEntry: false },
  { door: 'loadActivation', file: 'activate.ts', exported: 'default', isEntry: true },
] as const

/**
 * The text of `connectors/roster.ts`: one entry for each folder that has one of the doors, by name. An entry loads nothing before it
 * is asked for: `index.ts` is a query connector, `sync.ts` reads a tool's records; a folder with an `open-feed.ts` can answer from tables of the gateway as well, one with an
 * `open-landing.ts` takes synced records, and one with an `activate.ts` takes the members of cohorts.
 * Reads names only.
 */
export function rosterText(connectorsFolder: string): string {
  const names = readdirSync(connectorsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && DOORS.some(({ file, isEntry }) => isEntry && existsSync(join(connectorsFolder, entry.name, file))))
    .map((entry) => entry.name)
    .sort()
  const entries = names.map((name) => {
    const lines = DOORS.filter(({ file }) => existsSync(join(connectorsFolder, name, file))).map(
      ({ door, file, exported }) => `    ${door}: async () => (await import('./${name}/${file}')).${exported},`,
    )
    return `  ${/^[a-z]\w*$/.test(name) ? name : `'${name}'`}: {\n${lines.join('\n')}\n  },`
  })
  return `// Made by scripts/make-roster.ts from the folders beside this file; not to be edited.\n\n/** Every connector there is, by name. */\nexport const roster = {\n${entries.join('\n')}\n}\n`
}

const asked = process.argv[1]
if (asked !== undefined && realpathSync(asked) === fileURLToPath(import.meta.url)) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'connectors')
  const file = join(folder, 'roster.ts')
  const text = rosterText(folder)
  const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === text
  if (process.argv.includes('--check')) {
    if (!isCurrent) console.error('connectors/roster.ts is stale. Run: node scripts/make-roster.ts')
    process.exitCode = isCurrent ? 0 : 1
  } else if (!isCurrent) {
    writeFileSync(file, text)
    console.error('Wrote connectors/roster.ts')
  }
}
