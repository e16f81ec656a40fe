import { join } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import { findPackageRoot } from '../base/package-root.ts'
import { loadModel } from '../model/load-model.ts'
import { readModelFiles } from '../model/read-model-files.ts'
import { STANDARD_PACKS } from '../model/standard-packs.ts'
import type { Metric } from '../model/types.ts'

let loading: Promise<ReadonlyMap<string, Metric>> | null = null

/**
 * The metrics of the packs that come with the gateway, whatever the user's own model says. Read from the package when first
 * needed and kept; a failure is tried again.
 *
 * @throws KpiqlError `MODEL_INVALID` where the package lacks its packs.
 */
export function standardMetrics(): Promise<ReadonlyMap<string, Metric>> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

async function load(): Promise<ReadonlyMap<string, Metric>> {
  const folder = join(findPackageRoot(), 'models')
  const loaded = loadModel(await readModelFiles(STANDARD_PACKS.map((pack) => join(folder, `${pack}.yml`)), 'packs'))
  if (!loaded.ok) throw new KpiqlError('MODEL_INVALID', { message: 'The packs of the gateway do not load.', hint: loaded.problems[0]?.message })
  return loaded.model.metrics
}
