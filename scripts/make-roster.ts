import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The text of `connectors/roster.ts`: one entry for each folder with an `index.ts`, by name. An entry loads nothing before it
 * is asked for; a folder with an `open-feed.ts` can answer from tables of the gateway as well.
 * Reads names only.
 */
export function rosterText(connectorsFolder: string): string {
  const names = readdirSync(connectorsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(connectorsFolder, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort()
  const entries = names.map((name) => {
    const lines = [`    load: async () => (await import('./${name}/index.ts')).default,`]
    if (existsSync(join(connectorsFolder, name, 'open-feed.ts'))) lines.push(`    openFeed: async () => (await import('./${name}/open-feed.ts')).openFeed,`)
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
