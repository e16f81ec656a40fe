import { createHash } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { KpiqlError } from '../../base/errors.ts'

/** Addresses of sockets are short on every system; 104 bytes with the end on macOS. */
const MOST_BYTES = 100

/** Where a running gateway listens for commands of its own machine and user: in its state folder, or, where that path is too long, in a folder of the user's own among the temporary files. */
export function controlPath(stateFolder: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\kpiql-${nameOf(stateFolder)}`
  const path = join(stateFolder, 'control.sock')
  return Buffer.byteLength(path) <= MOST_BYTES ? path : join(temporaryFolder(), `${nameOf(stateFolder)}.sock`)
}

/** Makes the folder of the socket where it is missing. @throws as `checkControlFolder`. */
export async function makeControlFolder(stateFolder: string): Promise<void> {
  if (process.platform === 'win32') return
  await mkdir(dirname(controlPath(stateFolder)), { recursive: true, ...(isTemporary(stateFolder) ? { mode: 0o700 } : {}) })
  await checkControlFolder(stateFolder)
}

/**
 * Anybody may make files among the temporary ones, and the name of ours can be guessed.
 *
 * @throws KpiqlError `CONFIG_INVALID` where the folder there is another user's, or open to others.
 */
export async function checkControlFolder(stateFolder: string): Promise<void> {
  if (process.platform === 'win32' || !isTemporary(stateFolder)) return
  const folder = temporaryFolder()
  const found = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null || (found.isDirectory() && found.uid === userInfo().uid && (found.mode & 0o077) === 0)) return
  throw new KpiqlError('CONFIG_INVALID', { message: `The folder ${folder}, for commands to a running gateway, is not this user's alone.`, hint: 'Remove it, or choose a state folder with a shorter path.' })
}

function isTemporary(stateFolder: string): boolean {
  return dirname(controlPath(stateFolder)) === temporaryFolder()
}

function temporaryFolder(): string {
  return join(tmpdir(), `kpiql-${userInfo().uid}`)
}

function nameOf(stateFolder: string): string {
  return createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)
}
