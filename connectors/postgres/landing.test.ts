import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { makePlace } from '../../test/servers/postgres-place.ts'
import { landsExactly } from '../landing-conformance.ts'
import type { OpenLanding } from '../landing-contract.ts'
import { openLanding } from './open-landing.ts'
import { postgresOptions } from './options.ts'

const server = inject('server')
const schemas: string[] = []
const NOTHING = { log: { debug() {}, info() {}, warn() {} }, stateFolder: '' }

function open(landingSchema: string): OpenLanding {
  if (server === null) throw new Error('There is no PostgreSQL server to test on.')
  const { host, port, user, password } = server
  return openLanding('warehouse', postgresOptions.parse({ host, port, user, password, database: 'postgres', landingSchema }), NOTHING)
}

function made(): string {
  const schema = `landing "${randomBytes(4).toString('hex')}"`
  schemas.push(schema)
  return schema
}

afterAll(async () => {
  const place = await makePlace('')
  for (const schema of schemas) await place.own(`DROP SCHEMA IF EXISTS "${schema.replaceAll('"', '""')}" CASCADE`)
  await place.remove()
})

landsExactly('PostgreSQL', {
  outlives: true,
  async make() {
    const schema = made()
    return { opened: open(schema), reopen: () => Promise.resolve(open(schema)) }
  },
})
