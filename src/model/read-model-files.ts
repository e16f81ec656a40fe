import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KpiqlError } from '../base/errors.ts'
import type { ModelFile } from './load-model.ts'

const ENDING = /\.ya?ml$/i

/**
 * Reads model files. A folder stands for all its `.yml` and `.yaml` files, those in folders below included, in the order of
 * their names; hidden ones are left out.
 *
 * @param places Files or folders, in order. The names of files in problems are these paths.
 * @param source What semantic models in them read that name no source.
 * @throws KpiqlError `MODEL_INVALID` for a place that is not there, cannot be read, or is a folder without model files.
 */
export async function readModelFiles(places: readonly string[], source?: string): Promise<readonly ModelFile[]> {
  const names = (await Promise.all(places.map(filesAt))).flat()
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const text = (await readFile(name, 'utf8').catch((cause: unknown) => refuse(name, cause))).replace(/^\uFEFF/, '')
      return source === undefined ? { name, text } : { name, text, source }
    }),
  )
}

async function filesAt(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch((cause: unknown) => refuse(place, cause))
  if (!found.isDirectory()) return [place]
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && ENDING.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.slice(place.length).split(/[\\/]/).some((part) => part.startsWith('.') || part === 'node_modules'))
    .sort()
  if (files.length === 0) throw new KpiqlError('MODEL_INVALID', { message: `There are no model files in "${place}".`, hint: 'Model files end in .yml or .yaml.' })
  return files
}

function refuse(place: string, cause: unknown): never {
  throw new KpiqlError('MODEL_INVALID', { message: `The model file "${place}" cannot be read.`, hint: 'Is the path right, and may this user read it?', cause })
}
