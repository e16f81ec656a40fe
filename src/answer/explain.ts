import { modelsReadBy } from '../model/metric-inputs.ts'
import type { MetricInput } from '../model/types.ts'
import type { Model } from '../model/types.ts'
import type { MetricAsk } from '../plan/ask.ts'
import type { CompileContext } from '../plan/metrics/compile-metric.ts'
import { fuseReads } from '../plan/fuse/fuse-reads.ts'
import { listOf, listsOthers, pushedForList, pushedForRead } from '../plan/membership/membership-pushed.ts'
import type { PushedMembership } from '../plan/membership/membership-pushed.ts'
import type { AnyRead } from '../plan/read.ts'
import { semanticModelOf } from '../plan/relation.ts'
import { SCAN_FORMS } from '../plan/scan.ts'
import { compileAsk } from './compile-ask.ts'
import type { SourceAccess } from './source-access.ts'
import { sourcesOfRead } from './sources-behind.ts'
import type { Explanation } from './types.ts'

/** How a question would be answered on its own. No source is asked but those that decide cohorts for another one: their members are part of its statement. */
export async function explanationOf(context: CompileContext, access: SourceAccess, ask: MetricAsk): Promise<Explanation> {
  const { model } = context
  const { sources, set } = access
  const metric = model.metrics.get(ask.metric)
  const compiled = compileAsk(context, ask)
  const reads = compiled.kind === 'computed' ? compiled.reads : []
  const lists = await explainedLists(context, access, reads)
  const lineage = lineageOf(model, ask.metric, new Set())
  const used = new Set([...lineage.flatMap(({ source }) => source ?? []), ...lists.map(({ source }) => source)])
  const fused = fuseReads(context, [...new Map(reads.map((read) => [read.key, read])).values()])
  const rollups = [...new Set(fused.flatMap(({ rollups: names = [] }) => names))]
  const scans = groupBySource(model, fused).flatMap(({ source, scan }) => {
    const connected = set.connected(source)
    if (connected === undefined) return []
    const { text, params } = connected.source.dialect.print(scan.query)
    return [{ source, semanticModel: scan.semanticModel, form: `${scan.form}: ${SCAN_FORMS[scan.form]}`, why: scan.why, sql: text, params: params.map(({ value, type }) => `${type} ${shortened(String(value))}`) }]
  })
  const count = metric?.implementations.length ?? 0
  const by = (compiled.kind === 'computed' ? metric?.implementedBy[compiled.implementation] : null) ?? null
  return {
    formula: (by === null ? metric : model.metrics.get(by))?.formula ?? null,
    implementation:
      compiled.kind === 'unavailable'
        ? `none serves: ${compiled.remedy}`
        : compiled.implementation < 0
          ? 'none serves: the estimate of the model stands in'
          : count > 1
            ? `${compiled.implementation + 1} of ${count}${by === null ? '' : `, that of ${by}`}, the first whose source is connected and whose dimensions reach`
            : by === null
              ? 'the only one'
              : `the only one, that of ${by}`,
    lineage,
    sources: [...sources.states]
      .filter(([name]) => used.has(name))
      .map(([name, { version, lookedAtUtcMs }]) => ({
        name,
        connector: set.connected(name)?.connector ?? '',
        dataVersion: version,
        asOfUtcMs: Math.min(lookedAtUtcMs, set.connected(name)?.nowUtcMs ?? Number.POSITIVE_INFINITY),
      })),
    scans: [...lists, ...scans],
    rollup: rollups.length === 0 ? null : rollups.join(', '),
  }
}

/** The sources of its statements. @throws as `explanationOf` does for what cannot be asked. */
export function sourcesExplained(context: CompileContext, ask: MetricAsk): readonly string[] {
  const compiled = compileAsk(context, ask)
  return compiled.kind === 'computed' ? compiled.reads.flatMap((read) => sourcesOfRead(context, read)) : []
}

type ExplainedScan = Explanation['scans'][number]

/** The statements that read members of other sources, those that others need first. */
async function explainedLists(context: CompileContext, access: SourceAccess, reads: readonly AnyRead[]): Promise<readonly ExplainedScan[]> {
  const found = new Map<string, ExplainedScan>()
  const add = (pushed: readonly PushedMembership[], into: string): void => {
    for (const one of pushed) {
      const source = semanticModelOf(context.model, one.home).source
      add(pushedForList(context, one), source)
      const connected = access.set.connected(source)
      const { of } = listOf(context.memberships, one.membership)
      if (connected === undefined || of.kind !== 'list') continue
      const { text, params } = connected.source.dialect.print(access.lists.queryOf(one, context))
      const who = listsOthers(one.membership) ? 'who do not belong' : 'who belong'
      found.set(`${one.membership.dimension} ${into}`, {
        source,
        semanticModel: one.home,
        form: `members: the keys of ${one.membership.entity} ${who}, as a list`,
        why: `${of.ids.length} ${of.ids.length === 1 ? 'key is' : 'keys are'} carried into the source "${into}"`,
        sql: text,
        params: params.map(({ value, type }) => `${type} ${shortened(String(value))}`),
      })
    }
  }
  for (const read of reads) {
    const pushed = pushedForRead(context, read)
    await access.lists.require(pushed, { ...access, context })
    add(pushed, semanticModelOf(context.model, read.measure.semanticModel).source)
  }
  return [...found.values()]
}

function groupBySource(model: Model, scans: ReturnType<typeof fuseReads>) {
  return scans.map((scan) => ({ source: model.semanticModels.get(scan.semanticModel)?.source ?? '', scan }))
}

type Lineage = Explanation['lineage'][number]

function lineageOf(model: Model, name: string, seen: Set<string>): readonly Lineage[] {
  const metric = model.metrics.get(name)
  if (metric === undefined || seen.has(name)) return []
  seen.add(name)
  return metric.implementations.flatMap((definition, index): readonly Lineage[] => {
    const by = metric.implementedBy[index] ?? null
    if (by !== null) return lineageOf(model, by, seen)
    const inputs = (list: readonly MetricInput[]): readonly Lineage[] => list.flatMap((input) => lineageOf(model, input.metric, seen))
    switch (definition.type) {
      case 'simple': {
        const source = model.semanticModels.get(definition.semanticModel)?.source ?? null
        return [{ metric: name, semanticModel: definition.semanticModel, source, expression: `${definition.agg}(${definition.expr ?? '*'})` }]
      }
      case 'ratio':
        return [
          { metric: name, semanticModel: null, source: null, expression: `${definition.numerator.metric} / ${definition.denominator.metric}` },
          ...inputs([definition.numerator, definition.denominator]),
        ]
      case 'derived':
        return [{ metric: name, semanticModel: null, source: null, expression: metric.formula }, ...inputs(definition.inputs)]
      case 'cumulative':
        return [{ metric: name, semanticModel: null, source: null, expression: `running ${definition.input.metric}` }, ...inputs([definition.input])]
      default:
        return modelsReadBy(definition).map((semanticModel) => ({ metric: name, semanticModel, source: model.semanticModels.get(semanticModel)?.source ?? null, expression: metric.formula ?? definition.type }))
    }
  })
}

/** A list of keys is one parameter, of any length. */
function shortened(text: string): string {
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}… (${text.length} characters)`
}

const MOST_SHOWN = 400
