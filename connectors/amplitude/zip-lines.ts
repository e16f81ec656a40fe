import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { openPromise } from 'yauzl'
import type { ZipFile } from 'yauzl'
import { readLines } from '../sync-kit/read-lines.ts'

/** Lines of all files of an archive, in its order; files that end in `.gz` are unpacked. Holds no more than a piece of one. */
export async function* zipLines(path: string): AsyncGenerator<readonly string[]> {
  const zip = await opened(path)
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      const packed = await zip.openReadStreamPromise(entry)
      // What goes wrong on the way is thrown by the last of the two, which is read.
      yield* readLines(entry.fileName.endsWith('.gz') ? pipeline(packed, createGunzip(), () => undefined) : packed)
    }
  } finally {
    zip.close()
  }
}

/** Whether a file is a whole archive: its directory stands at the end. */
export async function isWholeZip(path: string): Promise<boolean> {
  try {
    const zip = await opened(path)
    zip.close()
    return true
  } catch {
    return false
  }
}

function opened(path: string): Promise<ZipFile> {
  return openPromise(path, { lazyEntries: true, autoClose: false })
}
