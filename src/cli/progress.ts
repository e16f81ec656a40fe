import type { Output } from './world.ts'

/** Tells how far a long work is. */
export interface Progress {
  /** @param done 0 to 1, never falling. */
  tell(done: number, what: string): void
  end(text: string): void
}

const WIDTH = 24
const REDRAW_MS = 80

/** A bar that is drawn over on a terminal; elsewhere a line at each tenth. */
export function showProgress(output: Output, title: string): Progress {
  let lastTenth = -1
  let drawnMs = 0
  return {
    tell(done, what) {
      const tenth = Math.floor(done * 10)
      if (output.isTTY) {
        if (performance.now() - drawnMs < REDRAW_MS && done < 1) return
        drawnMs = performance.now()
        const filled = Math.round(done * WIDTH)
        output.write(`\r\u001b[2K${title} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${String(Math.round(done * 100)).padStart(3)} %  ${what}`)
      } else if (tenth > lastTenth) {
        output.write(`${title}: ${tenth * 10} % (${what})\n`)
      }
      lastTenth = Math.max(lastTenth, tenth)
    },
    end: (text) => void output.write(`${output.isTTY ? '\r\u001b[2K' : ''}${text}\n`),
  }
}
