import 'reflect-metadata'
import type { GraphQLFieldResolver } from 'graphql'
import type { Freshness } from '../src/answer/types.ts'
import type { Grain } from '../src/base/grain.ts'
import type { Interval } from '../src/model/interval.ts'
import type { CompanyStage, Framework, MetricCategory } from '../src/model/types.ts'
import type { KpiqlContext } from './context.ts'
import type { MetricNode } from './metric-node.ts'
import { MetricValueResolver } from './resolvers/metric-value.ts'
import { QueryResolver } from './resolvers/query.ts'
import { SliceResolver } from './resolvers/slice.ts'
import type { SliceAsked, SliceNode } from './slice-node.ts'
import type { ComparisonInput, SliceInput } from './types/inputs.ts'

type Freshly = { readonly freshness: Freshness | null; readonly maxStale?: Interval | null }

const query = new QueryResolver()
const slice = new SliceResolver()
const metric = new MetricValueResolver()

/**
 * The fields that nearly every question has, by type and field: the same methods as the schema's own resolvers, called with what
 * graphql-js made of the arguments. On the way through type-graphql each argument is copied and waited for (measured: 12 % of
 * a request whose data are there), which nothing here needs.
 */
export const DIRECT: Readonly<Record<string, GraphQLFieldResolver<unknown, unknown>>> = {
  'Query.slice': direct((_root: unknown, args: SliceAsked & Freshly & { readonly allowEstimates: boolean | null; readonly cohortsAsOf: Exclude<SliceAsked['cohortsAsOf'], undefined> }, context) =>
    query.slice(context, args.period, args.where, args.cohorts, args.timezone, args.freshness, args.maxStale, args.allowEstimates, args.cohortsAsOf),
  ),
  'Query.slices': direct((_root: unknown, { inputs, freshness, maxStale }: Freshly & { readonly inputs: readonly SliceInput[] }, context) => query.slices(context, inputs, freshness, maxStale)),
  'Slice.metric': direct((node: SliceNode, { name, where }: { readonly name: string; readonly where?: unknown }) => slice.metric(node, name, where)),
  'Slice.metrics': direct((node: SliceNode, { names, category, framework, stage }: { readonly names?: readonly string[] | null; readonly category?: MetricCategory | null; readonly framework?: Framework | null; readonly stage?: CompanyStage | null }) =>
    slice.metrics(node, names, category, framework, stage),
  ),
  'MetricValue.name': direct((node: MetricNode) => metric.name(node)),
  'MetricValue.value': direct((node: MetricNode) => metric.value(node)),
  'MetricValue.compare': direct((node: MetricNode, { to }: { readonly to: ComparisonInput | null }) => metric.compare(node, to)),
  'MetricValue.series': direct((node: MetricNode, { grain, fill, cumulative }: { readonly grain: Grain; readonly fill: boolean | null; readonly cumulative: boolean | null }) => metric.series(node, grain, fill, cumulative)),
  'MetricValue.seriesColumns': direct((node: MetricNode, { grain, cumulative }: { readonly grain: Grain; readonly cumulative: boolean | null }) => metric.seriesColumns(node, grain, cumulative)),
}

/** The schema says what the field's type holds and what its arguments are; the compiler cannot see that. */
function direct<Root, Args>(call: (root: Root, args: Args, context: KpiqlContext) => unknown): GraphQLFieldResolver<unknown, unknown> {
  return (root, args, context) => call(root as Root, args as Args, context as KpiqlContext)
}
