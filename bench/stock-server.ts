import { ApolloServer } from '@apollo/server'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import { fastify } from 'fastify'

// Apollo on Fastify as its documentation sets it up, over plain objects in the shape of the gateway's answers: what hand-written
// resolvers over data in memory cost. Nothing is computed, authenticated, limited or logged. Beside it a route that is Fastify alone.
const POINTS = 100
const DAY_MS = 86_400_000
const FIRST_MS = Date.UTC(2026, 0, 1)

const startOf = (day: number): string => new Date(FIRST_MS + day * DAY_MS).toISOString().replace('.000Z', 'Z')
const metrics = ['REVENUE', 'MRR', 'TOTAL_REVENUE'].map((name, metric) => ({
  name,
  series: Array.from({ length: POINTS }, (_, day) => ({ start: startOf(day), value: Math.round((metric + 1) * 7_919 * Math.sin(day) ** 2 * 100) / 100 })),
}))

const app = fastify({ logger: false })
const server = new ApolloServer({
  typeDefs: `
    type Point { start: String! value: Float }
    type Metric { name: String! series: [Point!] }
    type Slice { key: String metrics: [Metric]! }
    input SliceInput { key: String }
    type Query { slices(inputs: [SliceInput!]!): [Slice]! }`,
  resolvers: { Query: { slices: (_: unknown, { inputs }: { readonly inputs: readonly { readonly key?: string | null }[] }) => inputs.map(({ key }) => ({ key, metrics })) } },
  plugins: [fastifyApolloDrainPlugin(app)],
})
await server.start()
app.route({ method: ['GET', 'POST', 'OPTIONS'], url: '/graphql', handler: fastifyApolloHandler(server) })
app.post('/json', async () => ({ data: { __typename: 'Query' } }))
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
