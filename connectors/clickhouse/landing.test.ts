import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { askClickhouse } from '../../test/servers/clickhouse.ts'
import { landsExactly } from '../landing-conformance.ts'
import type { OpenLanding } from '../landing-contract.ts'
import { openLanding } from './open-landing.ts'
import { clickhouseLandingOptions } from './options.ts'

const found = inject('server')
const databases: string[] = []
const NOTHING = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

const server = (): NonNullable<typeof found> => {
  if (found === null) throw new Error('ClickHouse is not installed: npm install --include=dev brings the package chdb.')
  return found
}

function open(landingDatabase: string, more: Readonly<Record<string, unknown>> = {}): OpenLanding {
  const { host, port, user, password } = server()
  return openLanding('warehouse', clickhouseLandingOptions.parse({ url: `http://${host}:${port}`, user, password, landingDatabase, ...more }), NOTHING)
}

function made(): string {
  const database = `landing_${randomBytes(4).toString('hex')}`
  databases.push(database)
  return database
}

afterAll(async () => {
  for (const database of databases) await askClickhouse(server(), `DROP DATABASE IF EXISTS ${database} SYNC`)
})

landsExactly('ClickHouse', {
  outlives: true,
  async make() {
    const database = made()
    return { opened: open(database), reopen: () => Promise.resolve(open(database)) }
  },
})
