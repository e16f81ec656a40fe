import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type Json } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_DEFAULTS, type DemoOptions, generateDemo } from '../../demo/generate.ts'
import type { Truth } from '../../demo/truth.ts'

const TABLES = [
  'customers', 'subscriptions', 'payments', 'costs', 'members', 'trials', 'events', 'surveys', 'defects', 'sprints', 'experiments', 'referrals', 'ledger', 'visits',
]
const SMALL = { ...DEMO_DEFAULTS, customers: 300, events: 20_000 } as const
const MEDIUM = { ...DEMO_DEFAULTS, customers: 3_000, events: 150_000 } as const

/** A customer leaves when a subscription ends and none lives on that day. */
const LEAVES = `SELECT it.*, end_date IS NOT NULL AND NOT EXISTS (FROM medium.subscriptions AS other WHERE other.customer_id = it.customer_id
  AND other.start_date <= it.end_date AND (other.end_date IS NULL OR other.end_date > it.end_date)) AS leaves FROM medium.subscriptions AS it`

let room: string
let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'kpiql-demo-'))
  instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  await make('small', SMALL)
  await make('medium', MEDIUM)
})

afterAll(async () => {
  connection.closeSync()
  instance.closeSync()
  await rm(room, { recursive: true })
})

describe('the demo company, for a seed', () => {
  it('has the same bytes in CSV whenever it is made', async () => {
    await make('csv-once', { ...SMALL, format: 'csv' })
    await make('csv-again', { ...SMALL, format: 'csv' })
    expect(await digests('csv-again')).toEqual(await digests('csv-once'))
    expect(Object.keys(await digests('csv-once')).sort()).toEqual([...TABLES.map((table) => `${table}.csv`), 'truth.json'].sort())
  })

  it('has the same rows in the same order in Parquet and in CSV', async () => {
    await make('csv', { ...SMALL, format: 'csv' })
    for (const table of TABLES) {
      const columns = await rows(`DESCRIBE FROM '${room}/small/${table}.parquet'`)
      const types = columns.map(([name, type]) => `'${String(name)}': '${String(type)}'`).join(', ')
      const parquet = `SELECT row_number() OVER () AS place, * FROM '${room}/small/${table}.parquet'`
      const csv = `SELECT row_number() OVER () AS place, * FROM read_csv('${room}/csv/${table}.csv', header = true, columns = {${types}})`
      expect(await one(`SELECT count(*) FROM ((${parquet}) EXCEPT ALL (${csv}))`), table).toBe('0')
      expect(await one(`SELECT count(*) FROM ((${csv}) EXCEPT ALL (${parquet}))`), table).toBe('0')
    }
  })

  it('differs from that of another seed in every table with chance in it', async () => {
    await make('csv-42', { ...SMALL, format: 'csv' })
    await make('csv-43', { ...SMALL, format: 'csv', seed: 43 })
    const [first, second] = [await digests('csv-42'), await digests('csv-43')]
    for (const table of TABLES) expect(second[`${table}.csv`], table).not.toBe(first[`${table}.csv`])
  })
})

describe('the tables of the demo company', () => {
  it('hold as many customers and events as asked, events numbered in order of time', async () => {
    expect(await one(`SELECT count(*) FROM small.customers`)).toBe('300')
    expect(await rows(`SELECT count(*), min(event_id), max(event_id) FROM small.events`)).toEqual([['20000', 1, 20000]])
    expect(await one(`SELECT count(*) FROM (SELECT ts, lag(ts) OVER (ORDER BY event_id) AS before FROM small.events) WHERE before > ts`)).toBe('0')
  })

  it('have unique keys', async () => {
    const keys = {
      customers: 'customer_id', subscriptions: 'subscription_id', payments: 'payment_id', costs: 'month', members: 'user_id', trials: 'trial_id', events: 'event_id',
      surveys: 'survey_id', defects: 'defect_id', sprints: 'sprint_id', experiments: 'exposure_id', referrals: 'referral_id', ledger: 'entry_id', visits: 'visit_id',
    }
    for (const [table, key] of Object.entries(keys)) expect(await one(`SELECT count(*) - count(DISTINCT ${key}) FROM medium.${table}`), table).toBe('0')
  })

  it('refer to rows that exist', async () => {
    const references = [
      ['subscriptions', 'customer_id', 'customers', 'customer_id'], ['payments', 'customer_id', 'customers', 'customer_id'],
      ['members', 'customer_id', 'customers', 'customer_id'], ['trials', 'customer_id', 'customers', 'customer_id'], ['trials', 'user_id', 'members', 'user_id'],
      ['events', 'user_id', 'members', 'user_id'], ['surveys', 'user_id', 'members', 'user_id'], ['experiments', 'user_id', 'members', 'user_id'],
      ['referrals', 'referrer_customer_id', 'customers', 'customer_id'], ['referrals', 'referred_customer_id', 'customers', 'customer_id'],
      ['defects', 'sprint_id', 'sprints', 'sprint_id'], ['visits', 'customer_id', 'customers', 'customer_id'],
    ] as const
    for (const [table, column, target, key] of references) {
      const lost = `SELECT count(*) FROM medium.${table} AS source WHERE ${column} IS NOT NULL AND NOT EXISTS (FROM medium.${target} AS target WHERE target.${key} = source.${column})`
      expect(await one(lost), `${table}.${column}`).toBe('0')
    }
    expect(await one(`SELECT count(*) FROM medium.events JOIN medium.members USING (user_id) WHERE events.customer_id <> members.customer_id`)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.trials JOIN medium.members USING (user_id) WHERE trials.customer_id <> members.customer_id`)).toBe('0')
  })

  it('hold money as exact decimals, days as dates and moments as UTC timestamps', async () => {
    const types = await rows(`SELECT typeof(amount), typeof(payment_date) FROM small.payments LIMIT 1`)
    expect(types).toEqual([['DECIMAL(18,2)', 'DATE']])
    expect(await one(`SELECT typeof(ts) FROM small.events LIMIT 1`)).toBe('TIMESTAMP WITH TIME ZONE')
  })

  it('have nulls where life has them: unknown countries, living subscriptions, lost trials, events without a feature', async () => {
    const nulls = { customers: 'country', events: 'country', subscriptions: 'end_date', trials: 'converted_at', defects: 'resolved_date' }
    for (const [table, column] of Object.entries(nulls)) expect(Number(await one(`SELECT count(*) FROM medium.${table} WHERE ${column} IS NULL`)), table).toBeGreaterThan(0)
    expect(await one(`SELECT count(*) FROM medium.events WHERE (feature IS NULL) = (event = 'feature_used')`)).toBe('0')
  })

  it('have no row before the 36 months or after the last day, whatever day that is', async () => {
    for (const [until, from, monthRows] of [['2024-02-29', '2021-03-01', 36], ['2025-03-17', '2022-03-18', 37]] as const) {
      await make(`until-${until}`, { ...SMALL, customers: 150, events: 5_000, until })
      for (const table of TABLES) {
        for (const [column, type] of await rows(`DESCRIBE FROM '${room}/until-${until}/${table}.parquet'`)) {
          const isTime = type === 'DATE' || type === 'TIMESTAMP WITH TIME ZONE'
          if (!isTime || column === 'ends_at') continue // the end of a running trial is known in advance
          const outside = `SELECT count(*) FROM '${room}/until-${until}/${table}.parquet' WHERE ${String(column)}::DATE NOT BETWEEN DATE '${from}' AND DATE '${until}'`
          expect(await one(outside), `${table}.${String(column)} until ${until}`).toBe('0')
        }
      }
      expect(await rows(`SELECT count(*), min(month), max(month) FROM '${room}/until-${until}/costs.parquet'`)).toEqual([[String(monthRows), from.slice(0, 7), until.slice(0, 7)]])
      expect(await one(`SELECT max(signup_date) > DATE '${until}' - 30 FROM '${room}/until-${until}/customers.parquet'`)).toBe(true)
    }
  })
})

describe('subscriptions of the demo company', () => {
  it('start on or after the signup and end after they start', async () => {
    expect(await one(`SELECT count(*) FROM medium.subscriptions JOIN medium.customers USING (customer_id) WHERE start_date < signup_date`)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.subscriptions WHERE end_date <= start_date`)).toBe('0')
  })

  it('run one after another, but for a second one that few customers have', async () => {
    const atOnce = await rows(`
      SELECT most, count(*) FROM (
        SELECT customer_id, max(living) AS most FROM (
          SELECT asked.customer_id, asked.start_date, count(*) AS living FROM (SELECT DISTINCT customer_id, start_date FROM medium.subscriptions) AS asked
          JOIN medium.subscriptions AS other ON other.customer_id = asked.customer_id AND other.start_date <= asked.start_date
            AND (other.end_date IS NULL OR other.end_date > asked.start_date)
          GROUP BY ALL) GROUP BY 1) GROUP BY 1 ORDER BY 1`)
    const customers = new Map(atOnce.map(([living, count]) => [Number(living), Number(count)]))
    const all = [...customers.values()].reduce((sum, count) => sum + count, 0)
    expect(customers.get(1)).toBeGreaterThan(0.9 * all)
    expect(Math.max(...customers.keys())).toBe(2)
  })

  it('tell of upgrades and downgrades on the very day, and of customers who come back after a gap', async () => {
    const next = `SELECT plan_type, monthly_price, end_date, lead(plan_type) OVER life AS next_plan, lead(monthly_price) OVER life AS next_price, lead(start_date) OVER life AS next_start
      FROM medium.subscriptions WINDOW life AS (PARTITION BY customer_id ORDER BY start_date, subscription_id)`
    expect(Number(await one(`SELECT count(*) FROM (${next}) WHERE next_start = end_date AND plan_type = 'Basic' AND next_plan = 'Pro' AND next_price > monthly_price`))).toBeGreaterThan(20)
    expect(Number(await one(`SELECT count(*) FROM (${next}) WHERE next_start = end_date AND plan_type = 'Pro' AND next_plan = 'Basic' AND next_price < monthly_price`))).toBeGreaterThan(5)
    expect(Number(await one(`SELECT count(*) FROM (${next}) WHERE next_start > end_date`))).toBeGreaterThan(20)
  })

  it('make a customer active exactly when one of them lives at the end of the last day', async () => {
    const wrong = `SELECT count(*) FROM medium.customers AS customer WHERE is_active <> EXISTS (
      FROM medium.subscriptions AS it WHERE it.customer_id = customer.customer_id AND start_date <= DATE '2026-06-30' AND (end_date IS NULL OR end_date > DATE '2026-06-30'))`
    expect(await one(wrong)).toBe('0')
  })

  it('begin on the day a trial converts, within the trial', async () => {
    expect(await one(`SELECT count(*) FROM medium.trials WHERE converted_at NOT BETWEEN started_at AND ends_at OR ends_at <> started_at + INTERVAL 14 DAY`)).toBe('0')
    const lost = `SELECT count(*) FROM medium.trials AS trial WHERE (converted_at IS NOT NULL) <> EXISTS (FROM medium.subscriptions AS it WHERE it.customer_id = trial.customer_id)
      OR (converted_at IS NOT NULL AND converted_at::DATE <> (SELECT min(start_date) FROM medium.subscriptions AS it WHERE it.customer_id = trial.customer_id))`
    expect(await one(lost)).toBe('0')
  })
})

describe('payments of the demo company', () => {
  it('are what living subscriptions owe, month by month and cent by cent, with every refused charge tried again', async () => {
    const subscriptions = await rows(`SELECT customer_id, start_date::VARCHAR, end_date::VARCHAR, (monthly_price * 100)::BIGINT FROM medium.subscriptions`)
    const payments = await rows(`SELECT customer_id, payment_date::VARCHAR, (amount * 100)::BIGINT, payment_status FROM medium.payments`)
    const left = new Map<string, string[]>()
    for (const [customer, date, cents, status] of payments) {
      const key = [customer, date, cents].join(' ')
      left.set(key, [...(left.get(key) ?? []), String(status)])
    }
    let owed = 0
    let unpaid = 0
    let refused = 0
    for (const [customer, start, end, cents] of subscriptions) {
      for (let month = 0; ; month++) {
        const due = plusMonths(String(start), month)
        if (due > '2026-06-30' || (end !== null && due >= String(end))) break
        owed += Number(cents)
        const tries = [0, 3, 8, 15].map((days) => plusDays(due, days)).filter((day) => day <= '2026-06-30')
        let paid = false
        for (const day of tries) {
          const status = left.get([customer, day, cents].join(' '))?.shift()
          expect(status, `customer ${String(customer)} owes ${String(cents)} since ${due}, tried on ${day}`).toBeDefined()
          if (status === 'Success') {
            paid = true
            break
          }
          refused++
        }
        if (paid) continue
        unpaid += Number(cents)
        if (tries.length === 4) expect(end, `subscription of customer ${String(customer)} unpaid since ${due}`).toBe(tries[3])
      }
    }
    expect([...left.values()].flat()).toEqual([])
    const [total] = await rows(`SELECT (sum(amount) FILTER (payment_status = 'Success') * 100)::BIGINT, count(*) FILTER (payment_status = 'Failed') FROM medium.payments`)
    expect(Number(total?.[0])).toBe(owed - unpaid)
    expect(Number(total?.[1])).toBe(refused)
    expect(refused).toBeGreaterThan(0)
  })
})

describe('visits of the demo company', () => {
  it('are in order of time, and one visitor is one customer at most', async () => {
    expect(await one(`SELECT count(*) FROM (SELECT ts, lag(ts) OVER (ORDER BY visit_id) AS before FROM medium.visits) WHERE before > ts`)).toBe('0')
    expect(await one(`SELECT count(*) FROM (SELECT 1 FROM medium.visits GROUP BY visitor_id HAVING count(DISTINCT customer_id) > 1)`)).toBe('0')
    expect(await one(`SELECT count(*) FROM (SELECT 1 FROM medium.visits WHERE customer_id IS NOT NULL GROUP BY customer_id HAVING count(DISTINCT visitor_id) > 1)`)).toBe('0')
  })

  it('bring every customer on the day of signing up, and name none before', async () => {
    const signups = `SELECT count(*) FROM medium.customers AS it WHERE 1 <> (SELECT count(*) FROM medium.visits WHERE customer_id = it.customer_id AND ts::DATE = signup_date AND key_event
      AND channel = ['organic_search', 'paid_search', 'referral', 'social', 'partner', 'email'][list_position(['Organic', 'Paid Search', 'Referral', 'Social', 'Partner', 'Email'], acquisition_channel)])`
    expect(await one(signups)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.visits JOIN medium.customers USING (customer_id) WHERE ts::DATE < signup_date`)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.visits JOIN medium.trials USING (customer_id) WHERE key_event AND ts::DATE = started_at::DATE AND ts >= started_at`)).toBe('0')
  })

  it('are mostly those of strangers, and fewer than half bounce', async () => {
    const [found] = await rows(`SELECT count(DISTINCT visitor_id) FILTER (customer_id IS NOT NULL) / count(DISTINCT visitor_id),
      avg((duration_seconds <= 10 AND NOT key_event AND page_views < 2)::INTEGER) FROM medium.visits`)
    expect(Number(found?.[0])).toBeGreaterThan(0.03)
    expect(Number(found?.[0])).toBeLessThan(0.08)
    expect(Number(found?.[1])).toBeGreaterThan(0.3)
    expect(Number(found?.[1])).toBeLessThan(0.5)
  })
})

describe('events of the demo company', () => {
  it('happen only while the customer has a trial or a living subscription, to users who exist by then', async () => {
    const barred = `SELECT count(*) FROM medium.events AS event WHERE NOT EXISTS (
        FROM medium.subscriptions AS it WHERE it.customer_id = event.customer_id AND start_date <= ts::DATE AND (end_date IS NULL OR end_date > ts::DATE))
      AND NOT EXISTS (FROM medium.trials AS trial WHERE trial.customer_id = event.customer_id AND started_at <= ts AND ts < ends_at)`
    expect(await one(barred)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.events JOIN medium.members USING (user_id) WHERE ts::DATE < created_date`)).toBe('0')
  })

  it('begin for every user with signing up or joining', async () => {
    const early = `SELECT count(*) FROM (SELECT min(ts) AS first, min(ts) FILTER (event IN ('signed_up', 'member_joined')) AS joined FROM medium.events GROUP BY user_id) WHERE first < joined OR joined IS NULL`
    expect(await one(early)).toBe('0')
  })

  it('keep a session to one user, one channel and one day', async () => {
    const torn = `SELECT count(*) FROM (SELECT 1 FROM medium.events GROUP BY session_id HAVING count(DISTINCT user_id) > 1 OR count(DISTINCT channel) > 1 OR count(DISTINCT ts::DATE) > 1)`
    expect(await one(torn)).toBe('0')
  })

  it('grow from year to year and rest at weekends', async () => {
    const years = await rows(`SELECT count(*) FROM medium.events GROUP BY date_diff('month', DATE '2023-07-01', ts::DATE) // 12 ORDER BY min(ts)`)
    const [first, second, third] = years.map(([count]) => Number(count))
    expect(second).toBeGreaterThan(1.5 * Number(first))
    expect(third).toBeGreaterThan(1.2 * Number(second))
    expect(await one(`SELECT count(*) FILTER (isodow(ts) > 5) / 2 < 0.5 * count(*) FILTER (isodow(ts) <= 5) / 5 FROM medium.events`)).toBe(true)
  })

  it('leave surveys and exposures beside them, with scores in the range of their kind', async () => {
    expect(await rows(`SELECT kind, min(score) >= if(kind = 'nps', 0, 1), max(score) <= CASE kind WHEN 'nps' THEN 10 WHEN 'ces' THEN 7 ELSE 5 END FROM medium.surveys GROUP BY 1 ORDER BY 1`))
      .toEqual([['ces', true, true], ['csat', true, true], ['nps', true, true], ['osat', true, true]])
    expect(await one(`SELECT count(*) FROM (SELECT 1 FROM medium.experiments GROUP BY experiment, user_id HAVING count(*) > 1)`)).toBe('0')
    expect(await one(`SELECT count(*) FROM medium.experiments WHERE converted <> (value > 0)`)).toBe('0')
  })
})

describe('what analysis finds in the demo company', () => {
  it('is churn that rises from Enterprise to Startup, and falls with tenure', async () => {
    const bySegment = new Map((await rows(`SELECT segment, count(*) FILTER (leaves) / sum(date_diff('day', start_date, coalesce(end_date, DATE '2026-07-01')) / 30.4)
      FROM (${LEAVES}) JOIN medium.customers USING (customer_id) GROUP BY 1`)).map(([segment, rate]) => [segment, Number(rate)]))
    expect([...bySegment].sort((left, right) => left[1] - right[1]).map(([segment]) => segment)).toEqual(['Enterprise', 'Mid-Market', 'SMB', 'Startup'])
    expect(bySegment.get('Startup')).toBeGreaterThan(2 * Number(bySegment.get('Enterprise')))

    const [tenure] = await rows(`
      WITH spans AS (SELECT start_date, leaves, date_diff('day', start_date, coalesce(end_date, DATE '2026-07-01')) AS days FROM (${LEAVES}))
      SELECT count(*) FILTER (leaves AND days < 100) / sum(least(days, 100)), count(*) FILTER (leaves AND days >= 200) / sum(greatest(days - 200, 0)) FROM spans`)
    expect(Number(tenure?.[0])).toBeGreaterThan(1.3 * Number(tenure?.[1]))
  })

  it('is retention that differs by channel, as the truth file has it', async () => {
    const { channels } = (await truth('medium')).retention_by_channel
    for (const [channel, cells] of Object.entries(channels)) {
      for (const { month, eligible, retained, rate } of cells) {
        const [found] = await rows(`
          WITH first AS (SELECT customer_id, min(start_date) AS began FROM medium.subscriptions JOIN medium.customers USING (customer_id) WHERE acquisition_channel = '${channel}' GROUP BY 1),
            watched AS (SELECT customer_id, (began + to_months(${month}))::DATE AS day FROM first WHERE began + to_months(${month}) <= DATE '2026-06-30')
          SELECT count(*), count(*) FILTER (EXISTS (FROM medium.subscriptions AS it WHERE it.customer_id = watched.customer_id AND start_date <= day AND (end_date IS NULL OR end_date > day))) FROM watched`)
        expect(found?.map(Number), `${channel} after ${month} months`).toEqual([eligible, retained])
        expect(rate).toBe(eligible === 0 ? null : retained / eligible)
      }
    }
    const afterSixMonths = (channel: string): number => channels[channel]?.find(({ month }) => month === 6)?.rate ?? NaN
    expect(afterSixMonths('Referral')).toBeGreaterThan(afterSixMonths('Social') + 0.1)
    expect(afterSixMonths('Organic')).toBeGreaterThan(afterSixMonths('Social'))
  })

  it('is every anomaly of the truth file', async () => {
    const { anomalies } = await truth('medium')
    const seen = new Map<string, number>()
    for (const { id, from, to } of anomalies) seen.set(id, await strength(id, from, to))
    const between = (id: string, low: number, high: number): void => {
      expect(seen.get(id), id).toBeGreaterThan(low)
      expect(seen.get(id), id).toBeLessThan(high)
    }
    // Around the factor told: drops 0.1 to 0.15, rises as listed; counts of a few dozen waver.
    between('event_outage', 0.08, 0.25)
    between('traffic_spike', 2.5, 12)
    between('mobile_tracking_lost', 0.02, 0.25)
    between('payment_outage', 4, 20)
    between('churn_wave', 1.8, 7)
    between('signup_form_broken', 0.02, 0.4)
    between('marketing_overspend', 1.6, 3)
    between('bad_release_defects', 3, 10)
    between('bad_release_scores', 0.45, 0.75)
    between('pro_price_rise', 1.15, 1.35)
    expect(seen.size).toBe(10)
  })

  it('is the lift of each experiment, and the one with an uneven split', async () => {
    for (const { experiment, treatment_share: share, control_rate: control, treatment_rate: treatment } of (await truth('medium')).experiments) {
      const [found] = await rows(`SELECT avg((variant = 'treatment')::INTEGER), avg(converted::INTEGER) FILTER (variant = 'control'), avg(converted::INTEGER) FILTER (variant = 'treatment'),
        count(*) FROM medium.experiments WHERE experiment = '${experiment}'`)
      const [foundShare, foundControl, foundTreatment, count] = (found ?? []).map(Number)
      const tolerance = 4 * Math.sqrt(0.25 / (Number(count) / 2)) // four standard errors of a share at worst
      expect(Math.abs(Number(foundShare) - share), experiment).toBeLessThan(tolerance)
      expect(Math.abs(Number(foundControl) - control), experiment).toBeLessThan(tolerance)
      expect(Math.abs(Number(foundTreatment) - treatment), experiment).toBeLessThan(tolerance)
    }
  })
})

describe('making the demo company', () => {
  it('tells its progress from 0 to 1, never backwards, and sums up the files', async () => {
    const told: number[] = []
    const { files, elapsedMs } = await make('progress', { ...SMALL, onProgress: (done) => told.push(done) })
    expect(told[0]).toBe(0)
    expect(told.at(-1)).toBe(1)
    expect(told).toEqual([...told].sort((left, right) => left - right))
    expect(files.map(({ name }) => name).sort()).toEqual([...TABLES.map((table) => `${table}.parquet`), 'truth.json'].sort())
    expect(files.find(({ name }) => name === 'events.parquet')).toMatchObject({ rows: 20_000 })
    expect(files.every(({ bytes }) => bytes > 0)).toBe(true)
    expect(elapsedMs).toBeGreaterThan(0)
  })

  it('leaves nothing behind when it is cancelled half way', async () => {
    const controller = new AbortController()
    const onProgress = (done: number): void => {
      if (done > 0.5) controller.abort()
    }
    await expect(make('cancelled', { ...SMALL, onProgress, signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect((await readdir(room)).filter((name) => name.includes('cancelled'))).toEqual([])
  })

  it('keeps the earlier company until the new one is whole, and then replaces it', async () => {
    await make('twice', SMALL)
    const before = await digests('twice')
    await expect(make('twice', { ...SMALL, seed: 7, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await digests('twice')).toEqual(before)
    await make('twice', { ...SMALL, seed: 7, format: 'csv' })
    expect((await truth('twice')).seed).toBe(7)
    expect((await readdir(join(room, 'twice'))).filter((name) => name.endsWith('.parquet'))).toEqual([])
    expect((await readdir(room)).filter((name) => name.startsWith('.twice'))).toEqual([])
  })

  it('refuses a folder that holds anything else, and leaves it as it was', async () => {
    await mkdir(join(room, 'mine'))
    await writeFile(join(room, 'mine', 'notes.txt'), 'mine')
    await expect(make('mine', SMALL)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await readdir(join(room, 'mine'))).toEqual(['notes.txt'])
  })

  it('refuses options out of range by name', async () => {
    const wrong = { customers: 0, events: 0.5, seed: -1, until: '2026-02-30' }
    for (const [option, value] of Object.entries(wrong)) {
      await expect(generateDemo({ ...SMALL, out: join(room, 'never'), [option]: value })).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(option) })
    }
  })

  it('makes a company of one customer without events', async () => {
    await make('tiny', { ...SMALL, customers: 1, events: 0 })
    expect(await one(`SELECT count(*) FROM '${room}/tiny/events.parquet'`)).toBe('0')
    expect(await one(`SELECT count(*) FROM '${room}/tiny/customers.parquet'`)).toBe('1')
  })
})

/** How many times the usual level the anomaly's days show, by the plainest comparison at hand. */
async function strength(id: string, from: string, to: string): Promise<number> {
  const days = `BETWEEN DATE '${from}' AND DATE '${to}'`
  /** Rows a day in the days of the anomaly over rows a day in the same weekdays of the four weeks on either side. */
  const daily = (table: string, day: string, where = 'true'): string => `
    WITH counts AS (SELECT ${day} AS day, count(*) AS count FROM medium.${table} WHERE ${where} GROUP BY 1),
      daily AS (SELECT series.day::DATE AS day, coalesce(count, 0) AS count
        FROM generate_series(DATE '${from}' - 28, DATE '${to}' + 28, INTERVAL 1 DAY) AS series(day) LEFT JOIN counts ON counts.day = series.day::DATE)
    SELECT avg(count) FILTER (day ${days}) / avg(count) FILTER (NOT day ${days} AND isodow(day) IN (SELECT isodow(day) FROM daily WHERE day ${days})) FROM daily`
  const queries: Record<string, string> = {
    event_outage: daily('events', 'ts::DATE'),
    traffic_spike: daily('events', 'ts::DATE', `country = 'DE'`),
    mobile_tracking_lost: daily('events', 'ts::DATE', `device = 'mobile'`),
    payment_outage: `SELECT avg((payment_status = 'Failed')::INTEGER) FILTER (payment_date ${days}) / avg((payment_status = 'Failed')::INTEGER) FILTER (payment_date NOT ${days}) FROM medium.payments`,
    churn_wave: `SELECT count(*) FILTER (end_date ${days}) * 3 / count(*) FILTER (end_date BETWEEN DATE '${from}' - 45 AND DATE '${to}' + 45 AND end_date NOT ${days})
      FROM (${LEAVES}) JOIN medium.customers USING (customer_id) WHERE leaves AND segment = 'SMB'`,
    signup_form_broken: daily('customers', 'signup_date'),
    marketing_overspend: `SELECT avg(marketing_cost) FILTER (month = '${from.slice(0, 7)}') / avg(marketing_cost) FILTER (month <> '${from.slice(0, 7)}'
      AND (month || '-01')::DATE BETWEEN DATE '${from}' - INTERVAL 3 MONTH AND DATE '${from}' + INTERVAL 3 MONTH) FROM medium.costs`,
    bad_release_defects: daily('defects', 'created_date', `found_in = 'production'`),
    bad_release_scores: `SELECT avg(score) FILTER (ts::DATE ${days}) / avg(score) FILTER (ts::DATE NOT ${days}) FROM medium.surveys WHERE kind = 'nps'`,
    pro_price_rise: `SELECT avg(monthly_price) FILTER (start_date ${days}) / avg(monthly_price) FILTER (start_date NOT ${days}) FROM medium.subscriptions WHERE plan_type = 'Pro'`,
  }
  const query = queries[id]
  if (query === undefined) throw new Error(`Nobody looks for the anomaly ${id}.`)
  return Number(await one(query))
}

async function make(name: string, options: Omit<DemoOptions, 'out'>): ReturnType<typeof generateDemo> {
  const summary = await generateDemo({ ...options, out: join(room, name) })
  if (name !== 'small' && name !== 'medium') return summary
  await connection.run(`CREATE SCHEMA ${name}`)
  for (const table of TABLES) await connection.run(`CREATE VIEW ${name}.${table} AS FROM '${room}/${name}/${table}.parquet'`)
  return summary
}

async function rows(sql: string): Promise<Json[][]> {
  return (await connection.runAndReadAll(sql)).getRowsJson()
}

async function one(sql: string): Promise<Json | undefined> {
  return (await rows(sql))[0]?.[0]
}

async function truth(name: string): Promise<Truth> {
  return JSON.parse(await readFile(join(room, name, 'truth.json'), 'utf8'))
}

async function digests(name: string): Promise<Record<string, string>> {
  const names = (await readdir(join(room, name))).sort()
  const hashes = names.map(async (file) => [file, createHash('sha256').update(await readFile(join(room, name, file))).digest('hex')] as const)
  return Object.fromEntries(await Promise.all(hashes))
}

/** The day of the month again, or the month's last; written apart from the generator's own calendar. */
function plusMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number)
  const index = Number(year) * 12 + Number(month) - 1 + months
  const [toYear, toMonth] = [Math.floor(index / 12), (index % 12) + 1]
  const isLeap = (toYear % 4 === 0 && toYear % 100 !== 0) || toYear % 400 === 0
  const length = toMonth === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(toMonth) ? 30 : 31
  return [toYear, String(toMonth).padStart(2, '0'), String(Math.min(Number(day), length)).padStart(2, '0')].join('-')
}

function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
