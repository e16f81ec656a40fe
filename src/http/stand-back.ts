import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** What libuv calls the threads of its pool. */
const WORKER = 'libuv-worker'
const TASKS = '/proc/self/task'

/**
 * Lets the threads that scan stand back behind the event loop: it gets a core at once when it has something to do, and scans have what is left, which is
 * nearly all. The system would otherwise share the cores among all threads alike, and the loop would wait its turn among as many as scan.
 * The threads are those of libuv's pool, in which statements wait for DuckDB and work for it, and DuckDB's own, which are started from these and take after them:
 * so it is to be called before an engine is opened, and after anything was read from a file.
 *
 * @param niceness 0 to 19, as of `nice`; threads that stand back further already stay so. 0 leaves all as they are.
 * @returns How many threads stand back; 0 where the system has no priorities of single threads (all but Linux).
 */
export function standBack(niceness: number): number {
  if (niceness === 0 || process.platform !== 'linux') return 0
  let count = 0
  for (const thread of workers()) {
    try {
      if (getPriority(thread) < niceness) setPriority(thread, niceness)
      count += 1
    } catch {
      // It has ended meanwhile, or the system allows no change: then scans have their share as before.
    }
  }
  return count
}

/** Numbers of threads in the system. */
function workers(): readonly number[] {
  try {
    return readdirSync(TASKS).flatMap((thread) => (readFileSync(`${TASKS}/${thread}/comm`, 'utf8').trim() === WORKER ? [Number(thread)] : []))
  } catch {
    // No such files here, or a thread that ended while they were read.
    return []
  }
}
