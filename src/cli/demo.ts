import { resolve } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { showProgress } from './progress.ts'
import { EXIT } from './world.ts'
import type { World } from './world.ts'

export interface DemoFlags {
  readonly customers?: number
  readonly events?: number
  readonly seed?: number
  readonly out?: string
  readonly until?: string
  readonly format?: 'parquet' | 'csv'
}

/** Writes a demo company and names its files on stderr. An interrupt removes what was written. */
export async function demo({ out, ...asked }: DemoFlags, world: World): Promise<number> {
  if (out === undefined) throw new KpiqlError('USAGE', { message: 'Where to write the demo company was not said.', hint: 'Give --out FOLDER, or --to clickhouse.' })
  const { DEMO_DEFAULTS, generateDemo } = await import('../../demo/generate.ts')
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  const progress = showProgress(world.err, 'Making the demo company')
  world.signals.on('SIGINT', interrupt)
  try {
    const { files, elapsedMs } = await generateDemo({ ...DEMO_DEFAULTS, ...asked, out: resolve(world.cwd, out), signal: stop.signal, onProgress: (done, what) => progress.tell(done, what) })
    progress.end(`Made the demo company in ${(elapsedMs / 1000).toFixed(1)} s:`)
    for (const { name, rows, bytes } of files) world.err.write(`  ${name.padEnd(22)} ${rows.toLocaleString('en').padStart(12)} rows ${(bytes / 1e6).toFixed(1).padStart(8)} MB\n`)
    world.err.write(`Serve it with: kpiql serve --data ${out}\n`)
    return EXIT.ok
  } catch (error) {
    progress.end('The demo company was not made.')
    throw error
  } finally {
    world.signals.off('SIGINT', interrupt)
  }
}
