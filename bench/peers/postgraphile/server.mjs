/** PostGraphile on one table, on 127.0.0.1: `node server.mjs PORT CONNECTION_STRING`. */
import { createServer } from 'node:http'
import { PgAggregatesPreset } from '@graphile/pg-aggregates'
import { postgraphile } from 'postgraphile'
import { TYPES } from 'postgraphile/@dataplan/pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { sql } from 'postgraphile/pg-sql2'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

const MOST_CONNECTIONS = 8

/** The aggregates come with hours and days; months are added as their guide tells. */
const TruncatedToMonth = {
  name: 'TruncatedToMonth',
  version: '1.0.0',
  schema: {
    hooks: {
      build: {
        after: ['PgAggregatesSpecsPlugin'],
        callback(build) {
          build.pgAggregateGroupBySpecs.push({
            id: 'truncated-to-month',
            isSuitableType: (codec) => codec === TYPES.timestamp,
            sqlWrap: (fragment) => sql`date_trunc('month', ${fragment})`,
            sqlWrapCodec: (codec) => codec,
          })
          return build
        },
      },
    },
  },
}

const [port, connectionString] = process.argv.slice(2)
const preset = {
  extends: [PostGraphileAmberPreset, PgAggregatesPreset, PostGraphileConnectionFilterPreset],
  plugins: [TruncatedToMonth],
  // It hides filters on columns that no index begins with.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  pgServices: [makePgService({ connectionString, schemas: ['public'], poolConfig: { max: MOST_CONNECTIONS } })],
  grafast: { explain: false },
  grafserv: { graphiql: false, watch: false, websockets: false, graphqlPath: '/graphql' },
}
const server = createServer()
await postgraphile(preset).createServ(grafserv).addTo(server)
server.listen(Number(port), '127.0.0.1')
