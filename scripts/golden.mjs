// `npm run golden` compares the golden SQL; `npm run golden -- --update` rewrites it, and the diff is the review.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const update = process.argv.includes('--update')
const vitest = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs')
const done = spawnSync(process.execPath, [vitest, 'run', 'test/sql'], { stdio: 'inherit', env: { ...process.env, ...(update ? { UPDATE_GOLDEN: '1' } : {}) } })
process.exitCode = done.status ?? 1
