import type { World } from './world.ts'

const EVERY_MS = 1000

/** Writes how far a piece of work is, at most once a second: of what takes less, nothing. */
export function tellProgress(name: string, err: World['err']): (share: number) => void {
  let told = performance.now()
  return (share) => {
    if (share >= 1 || performance.now() - told < EVERY_MS) return
    told = performance.now()
    err.write(`${name}: ${Math.floor(share * 100)} %\n`)
  }
}
