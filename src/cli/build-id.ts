import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folders of the code that answers depend on. */
const ROOMS = ['src', 'schema', 'connectors']
const CODE = /(?<!\.d|\.test)\.[jt]s$/

/** The same for instances that run the same code, and for no others: what one build has computed is never read by another. */
export async function buildId(): Promise<string> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
  const lists = await Promise.all(ROOMS.map((room) => readdir(join(root, room), { recursive: true, withFileTypes: true })))
  const files = lists.flat().filter((entry) => entry.isFile() && CODE.test(entry.name)).map((entry) => join(entry.parentPath, entry.name)).sort()
  const texts = await Promise.all(files.map((file) => readFile(file)))
  const hash = createHash('sha256')
  files.forEach((file, index) => hash.update(relative(root, file).split(sep).join('/')).update('\0').update(texts[index] ?? '').update('\0'))
  return hash.digest('base64url').slice(0, 16)
}
