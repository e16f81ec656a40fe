import { flushCompileCache } from 'node:module'
import { openLanding } from '../../connectors/duckdb/open-landing.ts'
import { pagedTool } from './sync-paged-tool.ts'
import { syncOnce, syncsOf } from './sync-world.ts'

/** A process that syncs the paged tool of an address into a folder, and says at its end how that went. */
// Whoever is killed could not do it at his end.
flushCompileCache()
const [url = '', stateFolder = '', records = ''] = process.argv.slice(2)
const { landing } = openLanding('synced', { memoryLimit: '256MB', threads: 1 }, { log: { debug() {}, info() {}, warn() {} }, stateFolder })
const status = await syncOnce(syncsOf(pagedTool(url), landing, { limits: { records: Number(records), characters: 1e9, ms: 1e9 } }))
await landing.close()
process.stdout.write(JSON.stringify(status.streams))
