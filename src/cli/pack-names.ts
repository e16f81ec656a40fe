import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelEntry, SyncedConfig } from './config/parse-config.ts'

const YAML = /\.ya?ml$/i

/** Names of the packs that come with the package. */
export async function packNames(packageRoot: string): Promise<readonly string[]> {
  return (await readdir(join(packageRoot, 'models'))).filter((name) => YAML.test(name)).map((name) => name.replace(YAML, ''))
}

/** The packs of synced tools, each bound to its tool; a tool that is configured twice has none of its own, since nobody says which. */
export function packsOfTools(synced: ReadonlyMap<string, Pick<SyncedConfig, 'connector'>>, packs: readonly string[]): readonly ModelEntry[] {
  return [...synced].flatMap(([source, { connector }]) => (packs.includes(connector) && isOnlyOne(synced, connector) ? [{ use: connector, source }] : []))
}

/** A pack that names no source, and is called like the connector of one synced tool, reads that tool. */
export function boundToTool(entry: ModelEntry, synced: ReadonlyMap<string, Pick<SyncedConfig, 'connector'>>): ModelEntry {
  if (entry.source !== null || !isOnlyOne(synced, entry.use)) return entry
  const [source = null] = [...synced].find(([, { connector }]) => connector === entry.use) ?? []
  return { ...entry, source }
}

function isOnlyOne(synced: ReadonlyMap<string, Pick<SyncedConfig, 'connector'>>, connector: string): boolean {
  return [...synced.values()].filter((one) => one.connector === connector).length === 1
}
