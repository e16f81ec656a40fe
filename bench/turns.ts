/** Wall time in milliseconds. */
export interface Timing {
  readonly minMs: number
  readonly medianMs: number
  readonly p95Ms: number
  readonly rounds: number
}

export interface TurnOptions {
  /** Rounds are added until all of them together took about so long. */
  readonly budgetMs: number
  readonly minRounds: number
  readonly maxRounds: number
}

/** A run that takes as long as a budget has its turn in so many rounds only, so that the others have theirs often enough; of one that takes five, its warm-up says enough. */
const ROUNDS_OF_SLOW = 2
const BUDGETS_OF_VERY_SLOW = 5

const DEFAULT_TURNS: TurnOptions = { budgetMs: 4_000, minRounds: 5, maxRounds: 200 }

/**
 * Runs each once to warm up, then all of them round by round, so that a busy moment of the machine strikes all alike. Each round
 * begins with another, so that none always runs in the wake of the same neighbour.
 *
 * @param runs told the number of their round, from 0; -1 is the warm-up, whose time is kept only of what is very slow.
 * @returns One timing for each, in order.
 */
export async function takeTurns(runs: readonly ((round: number) => Promise<unknown>)[], options: Partial<TurnOptions> = {}): Promise<readonly Timing[]> {
  const { budgetMs, minRounds, maxRounds } = { ...DEFAULT_TURNS, ...options }
  const warming: number[] = []
  for (const run of runs) warming.push(await timeOnce(() => run(-1)))
  const mostRounds = warming.map((ms) => (ms > BUDGETS_OF_VERY_SLOW * budgetMs ? 0 : ms > budgetMs ? ROUNDS_OF_SLOW : maxRounds))
  const roundMs = warming.reduce((sum, ms) => (ms > budgetMs ? sum : sum + ms), 1)
  const rounds = Math.min(maxRounds, Math.max(minRounds, Math.ceil(budgetMs / roundMs)))
  const times = runs.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < runs.length; turn++) {
      const index = (turn + round) % runs.length
      const run = runs[index]
      if (run === undefined || round >= (mostRounds[index] ?? 0)) continue
      times[index]?.push(await timeOnce(() => run(round)))
    }
  }
  return times.map((found, index) => timingOf(found.length === 0 ? warming.slice(index, index + 1) : found))
}

/** @param times at least one. */
export function timingOf(times: readonly number[]): Timing {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
  return { minMs: at(0), medianMs: at(0.5), p95Ms: at(0.95), rounds: sorted.length }
}

export async function timeOnce(run: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await run()
  return performance.now() - from
}
