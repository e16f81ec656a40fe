import { openCompanyOf } from './company.ts'
import { ms, times, verdict } from './report.ts'
import type { Section } from './report.ts'
import { startKpiql } from './server.ts'
import type { BenchServer } from './server.ts'
import { takeTurns } from './turns.ts'

const CUSTOMERS = 20_000
const EVENTS = 8_000_000
const MOST_SCANS = 2
const COHORTS = ['[ENTERPRISE]', '[SMB]', '[ACQUIRED_BY_REFERRAL]'] as const
const METRICS = ['CAC', 'TRAFFIC', 'CONVERSION_RATE', 'ACTIVATION_RATE', 'CES', 'RETENTION_RATE', 'CHURN_RATE', 'ARPU', 'MRR', 'CLTV', 'NPS', 'EGR'] as const
/** The whole company can be told by all twelve. */
const WHOLE = '[]'
const FIELDS = 'name value reason series(grain: MONTH) { start value exact reason }'

interface Asked {
  readonly name: string
  readonly cohorts: readonly string[]
}

const CASES: readonly Asked[] = [
  { name: 'three cohorts', cohorts: COHORTS },
  { name: 'the whole company', cohorts: [WHOLE] },
  { name: 'the whole and three cohorts', cohorts: [WHOLE, ...COHORTS] },
]

interface Figures {
  readonly metrics: readonly unknown[]
  readonly scans: number
  readonly bySemanticModel: Readonly<Record<string, number>>
  readonly rowsRead: number
}

/**
 * The AARRR board, twelve metrics with their twelve months, in one query and one by one, over HTTP on a larger demo company.
 *
 * @throws Error when the two differ.
 */
export async function benchBoard(): Promise<Section> {
  const folder = await openCompanyOf(CUSTOMERS, EVENTS)
  const server = await startKpiql(['--data', folder], { name: 'board', cwd: folder })
  try {
    await server.firstAnswer('{ catalog { definitionVersion } }')
    const rows: string[][] = []
    const models: string[][] = []
    for (const { name, cohorts } of CASES) {
      const board = await askBoard(server, cohorts)
      const single = await askOneByOne(server, cohorts)
      if (JSON.stringify(board.metrics) !== JSON.stringify(single.metrics)) throw new Error(`${name}: the board differs from its metrics asked one by one.`)
      const [together, apart] = await takeTurns([() => askBoard(server, cohorts), () => askOneByOne(server, cohorts)], { budgetMs: 15_000 })
      if (!together || !apart) throw new RangeError(`${name}: a timing is missing.`)
      const most = Math.max(...Object.values(board.bySemanticModel))
      rows.push([name, ms(together.medianMs), ms(together.minMs), ms(together.p95Ms), String(board.scans), board.rowsRead.toLocaleString('en'), ms(apart.medianMs), String(single.scans), times(together.medianMs / apart.medianMs), '≤ 1×', verdict(together.medianMs <= apart.medianMs)])
      models.push([name, Object.entries(board.bySemanticModel).map(([model, scans]) => `${model} ${scans}`).join(', '), String(most), `≤ ${MOST_SCANS}`, verdict(most <= MOST_SCANS)])
    }
    return {
      title: '(board) The AARRR board with a year of every metric in one query',
      about: [
        `Milliseconds from the request to the answer read, over HTTP on this machine: twelve metrics, each with its value and twelve months, for the slices named, on a demo company of ${CUSTOMERS.toLocaleString('en')} customers and ${EVENTS.toLocaleString('en')} events. "One by one" asks each metric of each slice in a request of its own, one after the other.`,
        'Fair, because nothing is taken from a cache on either side, both take turns on one server, and their answers are the same (checked before anything is timed). Costs and visits know no customer: of a cohort CAC, CLTV, traffic and conversion rate have a reason in place of a number and read nothing; of the whole company all twelve are read.',
      ],
      tables: [
        { columns: ['Slices', 'Median ms', 'min ms', 'p95 ms', 'Statements', 'Rows read', 'One by one ms', 'Its statements', 'Ratio', 'Wanted', 'Verdict'], rows },
        { columns: ['Slices', 'Statements by semantic model', 'Most', 'Wanted', 'Verdict'], rows: models },
      ],
    }
  } finally {
    await server.stop()
  }
}

function sliceOf(cohorts: string): string {
  return `slice(period: { preset: LAST_12_MONTHS }, cohorts: ${cohorts}, freshness: NO_CACHE)`
}

async function askBoard(server: BenchServer, cohorts: readonly string[]): Promise<Figures> {
  const slices = cohorts.map((cohort, index) => `s${index}: ${sliceOf(cohort)} { metrics(names: [${METRICS.join(', ')}]) { ${FIELDS} } }`)
  const { data, kpiql } = await server.ask(`{ ${slices.join(' ')} }`)
  const found = data as Readonly<Record<string, { readonly metrics: readonly unknown[] }>>
  return { metrics: cohorts.flatMap((_, index) => found[`s${index}`]?.metrics ?? []), ...costOf(kpiql) }
}

async function askOneByOne(server: BenchServer, cohorts: readonly string[]): Promise<Figures> {
  const metrics: unknown[] = []
  let [scans, rowsRead] = [0, 0]
  for (const cohort of cohorts) {
    for (const metric of METRICS) {
      const { data, kpiql } = await server.ask(`{ one: ${sliceOf(cohort)} { metric(name: ${metric}) { ${FIELDS} } } }`)
      metrics.push((data as { readonly one: { readonly metric: unknown } }).one.metric)
      const cost = costOf(kpiql)
      scans += cost.scans
      rowsRead += cost.rowsRead
    }
  }
  return { metrics, scans, rowsRead, bySemanticModel: {} }
}

function costOf(kpiql: Readonly<Record<string, unknown>>): Pick<Figures, 'scans' | 'bySemanticModel' | 'rowsRead'> {
  const { scans, scansBySemanticModel, rowsRead } = kpiql as { readonly scans: number; readonly scansBySemanticModel: Readonly<Record<string, number>>; readonly rowsRead: number }
  return { scans, rowsRead, bySemanticModel: scansBySemanticModel }
}
