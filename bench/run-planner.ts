import { differenceOf } from './answer.ts'
import type { BenchCase } from './bench-case.ts'
import { CASES } from './best-form.ts'
import { COLD_CONTENDERS, timeCold } from './cold.ts'
import { connectToBench } from './data.ts'
import { openBenchGateway } from './planner.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { takeTurns, timingOf } from './turns.ts'
import type { Timing } from './turns.ts'

const COLD_RUNS = 3
/** Of what takes longer, warm, one cold run says enough; of one statement a slice, none. */
const LONG_MS = 10_000

/** One case, warm or cold; the best form is not run cold. */
interface PlannerFigures {
  readonly temperature: 'warm' | 'cold'
  readonly benchCase: BenchCase
  readonly planner: Timing
  readonly design: Timing
  readonly best: Timing | null
  /** Null where it takes longer, warm, than anybody would wait. */
  readonly separate: Timing | null
  readonly statements: number
  readonly rowsRead: number
  /** Of the gateway's statements, once it has made up its mind. */
  readonly form: string
}

/**
 * The planner against the statements written by hand (a), and against one statement a slice (b), over one database.
 *
 * @param rowCount of its events.
 * @param chosen names of cases; empty for all.
 * @throws Error when an answer of the planner differs from that of the separate statements.
 */
export async function benchPlanner(path: string, rowCount: number, chosen: readonly string[] = []): Promise<readonly Section[]> {
  const figures: PlannerFigures[] = []
  for (const benchCase of CASES.filter(({ name }) => chosen.length === 0 || chosen.includes(name))) {
    const warm = await measureWarm(path, benchCase)
    const cold = await measureCold(path, benchCase, warm)
    for (const one of [warm, cold]) {
      figures.push(one)
      console.error(`  ${label(one).padEnd(28)} planner ${ms(one.planner.medianMs)} ms, design ${ms(one.design.medianMs)}, fastest ${one.best === null ? '–' : ms(one.best.medianMs)}, separate ${one.separate === null ? '–' : ms(one.separate.medianMs)}`)
    }
  }
  return [againstHand(figures, rowCount), againstSeparate(figures, rowCount)]
}

async function measureWarm(path: string, benchCase: BenchCase): Promise<PlannerFigures> {
  const { ask, name } = benchCase
  const gateway = await openBenchGateway(path)
  const { connection, close } = await connectToBench(path)
  try {
    const { answer, session } = await gateway.ask(ask, false)
    // In its first run, which is a warm-up.
    const checked = async (round: number): Promise<void> => {
      const expected = await benchCase.separate(connection)
      const difference = round < 0 ? differenceOf(expected, answer) : null
      if (difference !== null) throw new Error(`${name}: the planner differs from one statement a slice: ${difference}`)
    }
    const [planner, design, best, separate] = await takeTurns([
      () => gateway.ask(ask, false),
      () => benchCase.design(connection),
      () => benchCase.best(connection),
      checked,
    ])
    if (!planner || !design || !best || !separate) throw new RangeError(`${name}: a timing is missing.`)
    const { scans: statements, rowsRead } = session.stats
    gateway.takeForms()
    await gateway.ask(ask, false)
    const form = gateway.takeForms().join(', ')
    return { temperature: 'warm', benchCase, planner, design, best, separate, statements, rowsRead, form }
  } finally {
    close()
    await gateway.close()
  }
}

async function measureCold(path: string, benchCase: BenchCase, { statements, rowsRead, form, ...warm }: PlannerFigures): Promise<PlannerFigures> {
  const found = { planner: [] as number[], design: [] as number[], separate: [] as number[] }
  for (let round = 0; round < COLD_RUNS; round++)
    for (const contender of COLD_CONTENDERS) {
      const warmMs = warm[contender]?.medianMs ?? Infinity
      if (warmMs > LONG_MS && (contender === 'separate' || round > 0)) continue
      found[contender].push(await timeCold(path, benchCase.name, contender))
    }
  return {
    temperature: 'cold',
    benchCase,
    planner: timingOf(found.planner),
    design: timingOf(found.design),
    best: null,
    separate: found.separate.length === 0 ? null : timingOf(found.separate),
    statements,
    rowsRead,
    form,
  }
}

function againstHand(figures: readonly PlannerFigures[], rowCount: number): Section {
  return {
    title: `(a) The planner against the best form written by hand, ${rowCount.toLocaleString('en')} rows`,
    about: [
      "Milliseconds to the finished answer: planning, statements and fold for the gateway (its cache is not used), statement and fold for the forms written by hand. \"Design\" is the form that the design's table names for the case; \"fastest found\" is the fastest of all forms tried by hand: at most 1.2 times that is wanted. \"Form\" is the one that the planner took, as `explain` names it.",
      'Fair, because all read the same file through the same version of DuckDB with the same threads and memory, take turns within one run, begin each round with another, and give the same answer (checked while all are warmed up). The gateway also profiles its statements; that is part of its time.',
      `Warm: medians (and minima) of as many rounds as fit about four seconds, at least five; what takes longer than that alone has its turn in two of them, and what takes five times as long in the warm-up only. Cold: medians of ${COLD_RUNS} first runs (one where it takes ${LONG_MS / 1_000} s warm), each in a process and an engine of its own that has opened the file, knows its tables (a server looks at its sources when it starts) and has read no row; the code of either side was warmed on a database of 20,000 rows, so that the engine is cold and not Node's compiler, and the operating system's page cache stays warm.`,
    ],
    tables: [
      {
        columns: ['Case', 'Form', 'Planner', '(min)', 'Design', '(min)', 'Fastest found', 'Planner ÷ design', 'Planner ÷ fastest', 'Wanted', 'Verdict'],
        rows: figures.map((one) => {
          const { form, planner, design, best, benchCase } = one
          const toDesign = planner.medianMs / design.medianMs
          // Cold, the design's form stands for the best: it is the only one run in a process of its own.
          const wanted = best === null ? benchCase.maxRatioToDesign : benchCase.maxRatioToBest
          const ratio = best === null ? toDesign : planner.medianMs / best.medianMs
          return [
            label(one), form, ms(planner.medianMs), ms(planner.minMs), ms(design.medianMs), ms(design.minMs), best === null ? '–' : ms(best.medianMs),
            times(toDesign), best === null ? '–' : times(ratio), `≤ ${wanted}×${best === null ? ' the design' : ''}`, verdict(ratio <= wanted),
          ]
        }),
      },
      { columns: ['Case', 'What is asked'], rows: [...new Set(figures.map(({ benchCase }) => benchCase))].map(({ name, description }) => [name, description]) },
    ],
  }
}

function againstSeparate(figures: readonly PlannerFigures[], rowCount: number): Section {
  return {
    title: `(b) The planner against one statement a slice, ${rowCount.toLocaleString('en')} rows`,
    about: [
      'The same runs as in (a), against one obvious statement a slice, one after the other: what a client gets who asks slice by slice. Movements, live customers and trailing actives are one slice: there it is one statement a metric, an end of a month, or a day. "Rows read" is what the engine says it scanned for the planner\'s statements.',
      'Fair for the reasons of (a). "Never slower" allows a tenth, for the noise of the machine.',
    ],
    tables: [
      {
        columns: ['Case', 'Planner', 'One a slice', 'Times faster', 'Wanted', 'Statements', 'Rows read', 'Verdict'],
        rows: figures.map((one) => {
          const { planner, separate, benchCase, statements, rowsRead } = one
          if (separate === null) return [label(one), ms(planner.medianMs), '–', '–', '', String(statements), String(rowsRead), '']
          const faster = separate.medianMs / planner.medianMs
          const wanted = benchCase.minSpeedup < 1 ? `≥ ${benchCase.minSpeedup.toFixed(2)}× (never slower)` : `≥ ${benchCase.minSpeedup}×`
          return [label(one), ms(planner.medianMs), ms(separate.medianMs), times(faster), wanted, String(statements), String(rowsRead), verdict(faster >= benchCase.minSpeedup)]
        }),
      },
    ],
  }
}

function label({ benchCase, temperature }: PlannerFigures): string {
  return `${benchCase.name}, ${temperature}`
}
