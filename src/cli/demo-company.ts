import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { presentOfDemo } from './data-folder.ts'
import { showProgress } from './progress.ts'
import type { World } from './world.ts'

/** Whether a company was made there, to its end, by this version of its maker: the folder appears when all is written. */
export async function demoCompanyExists(folder: string): Promise<boolean> {
  if ((await presentOfDemo(folder)) === null) return false
  const { DEMO_VERSION } = await import('../../demo/truth.ts')
  return (JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as { readonly version?: unknown }).version === DEMO_VERSION
}

/**
 * Makes the default demo company; tells its progress on stderr. Interrupting removes what was written.
 *
 * @throws KpiqlError `CANCELLED` when interrupted.
 */
export async function makeDemoCompany(folder: string, world: World): Promise<void> {
  const { DEMO_DEFAULTS, generateDemo } = await import('../../demo/generate.ts')
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const progress = showProgress(world.err, 'Making the demo company')
  world.signals.on('SIGINT', interrupt)
  world.signals.on('SIGTERM', interrupt)
  try {
    const { files, elapsedMs } = await generateDemo({ ...DEMO_DEFAULTS, out: folder, signal: stop.signal, onProgress: (done, what) => progress.tell(done, what) })
    const rows = files.reduce((sum, file) => sum + file.rows, 0)
    progress.end(`Made the demo company: ${DEMO_DEFAULTS.customers.toLocaleString('en')} customers, ${rows.toLocaleString('en')} rows, in ${(elapsedMs / 1000).toFixed(1)} s.`)
  } catch (error) {
    progress.end('The demo company was not made.')
    throw error
  } finally {
    world.signals.off('SIGINT', interrupt)
    world.signals.off('SIGTERM', interrupt)
  }
}
