import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Addresses of sockets are short on every system; 104 bytes with the end on macOS. */
const MOST_BYTES = 100

/** Where a running gateway listens for commands of its own machine and user: in its state folder, or, where that path is too long, in the folder for temporary files. */
export function controlPath(stateFolder: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\kpiql-${nameOf(stateFolder)}`
  const path = join(stateFolder, 'control.sock')
  return Buffer.byteLength(path) <= MOST_BYTES ? path : join(tmpdir(), `kpiql-${userInfo().uid}-${nameOf(stateFolder)}.sock`)
}

function nameOf(stateFolder: string): string {
  return createHash('sha256').update(stateFolder).digest('hex').slice(0, 16)
}
