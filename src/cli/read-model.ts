import { access, glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Calendar } from '../base/grain.ts'
import { ISO_CALENDAR } from '../base/grain.ts'
import { KpiqlError } from '../base/errors.ts'
import { identityModel } from '../jobs/identity/identity-model.ts'
import { loadModel, readSemanticModels } from '../model/load-model.ts'
import type { LoadOptions, ModelFile } from '../model/load-model.ts'
import { readModelFiles } from '../model/read-model-files.ts'
import { suggest } from '../model/problem.ts'
import { STANDARD_PACKS } from '../model/standard-packs.ts'
import type { Problem } from '../model/problem.ts'
import type { Model } from '../model/types.ts'
import { identityRules } from './config/identity-schema.ts'
import type { Config, ModelEntry } from './config/parse-config.ts'
import { packNames } from './pack-names.ts'
import { problemOf } from './problems-found.ts'
import { nameFor } from './read-setup.ts'
import type { Setup } from './read-setup.ts'
import { LANDED_SOURCE, STORE_SOURCE } from './own-sources.ts'
import type { World } from './world.ts'

export interface ReadModel {
  /** Null where there are problems. */
  readonly model: Model | null
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** The files among them that are packs, which load without the others. */
  readonly packFiles: readonly ModelFile[]
}

const YAML = /\.ya?ml$/i
const CONFIG = /kpiql\.config\.ya?ml$/i

/** Reads the files that a setup names and loads them as one model, with the configuration's calendar. */
export async function readModel(setup: Setup, world: World): Promise<ReadModel> {
  const problems: Problem[] = []
  const files = new Map<string, ModelFile>()
  const packFiles: ModelFile[] = []
  const packs = await packNames(world.packageRoot)
  for (const entry of setup.model) {
    try {
      const places = await placesOf(entry, setup.modelFolder, world.packageRoot)
      if (places.length === 0) problems.push(await nothingFound(entry, world))
      for (const file of await readModelFiles(places, entry.source ?? undefined)) {
        if (CONFIG.test(file.name)) continue
        const named = { ...file, name: nameFor(file.name, world.cwd) }
        files.set(file.name, named)
        if (packs.includes(entry.use)) packFiles.push(named)
      }
    } catch (error) {
      if (!(error instanceof KpiqlError)) throw error
      problems.push(problemOf('model', error.message, error.hint))
    }
  }
  const standard = await readModelFiles(STANDARD_PACKS.map((pack) => join(world.packageRoot, 'models', `${pack}.yml`)))
  const options = { ...sourcesFor(setup), calendar: calendarOf(setup.config), standard }
  const rules = identityRules(setup.config.identity)
  const identities = rules.length === 0 ? null : identityModel(rules, readSemanticModels([...files.values()], options), LANDED_SOURCE)
  const loaded = loadModel([...files.values(), ...(identities === null ? [] : [identities])], options)
  return { model: problems.length === 0 ? loaded.model : null, problems: [...problems, ...loaded.problems], warnings: loaded.warnings, packFiles }
}

/** A single source is what everything reads that names none. Where the sources themselves have faults, the model is not blamed for them. */
function sourcesFor({ kind, sources, config, problems }: Setup): LoadOptions {
  const known = kind === 'config' ? config.sourceNames : [...sources.keys()]
  if (known.length === 0 && problems.length > 0) return { source: 'unknown' }
  const { synced } = config
  const landed = synced.size === 0 ? undefined : { source: LANDED_SOURCE, from: new Set(synced.keys()) }
  return { source: known.length === 1 ? known[0] : undefined, knownSources: [...known, STORE_SOURCE, ...(landed === undefined ? [] : [LANDED_SOURCE])], landed }
}

/** A pack is known by its name alone; everything else is a path, which may be a folder or have wildcards. */
async function placesOf({ use }: ModelEntry, folder: string, packageRoot: string): Promise<readonly string[]> {
  if ((await packNames(packageRoot)).includes(use)) return [join(packageRoot, 'models', `${use}.yml`)]
  if (!/[*?[{]/.test(use)) {
    const path = resolve(folder, use)
    return (await exists(path)) ? [path] : []
  }
  const places: string[] = []
  for await (const path of glob(use, { cwd: folder })) if (YAML.test(path)) places.push(resolve(folder, path))
  return places.sort()
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function nothingFound({ use }: ModelEntry, { packageRoot }: World): Promise<Problem> {
  return problemOf('model', `The model "${use}" is neither a pack nor a file or folder with YAML files.`, suggest(use, await packNames(packageRoot)))
}

/** Undefined leaves the calendar to the model's files. */
function calendarOf({ calendar }: Config): Calendar | undefined {
  if (calendar?.weekStart === undefined && calendar?.fiscalYearStart === undefined) return undefined
  return { weekStart: calendar.weekStart ?? ISO_CALENDAR.weekStart, fiscalYearStart: calendar.fiscalYearStart ?? ISO_CALENDAR.fiscalYearStart }
}
