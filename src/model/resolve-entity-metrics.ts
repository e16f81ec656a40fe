import type { ActivityData } from './file-parts.ts'
import { resolveCondition } from './condition.ts'
import type { DefinitionData } from './metric-file.ts'
import { entityOf, requireKey, resolveInterval, semanticModelOf } from './metric-scope.ts'
import type { MetricScope } from './metric-scope.ts'
import { faultOfReach } from './reach.ts'
import { blameSources, resolveActivity } from './resolve-activity.ts'
import { expressionOf } from './resolve-semantic-models.ts'
import type { Section } from './section.ts'
import { FOLLOWED_COMPONENTS } from './types.ts'
import type { ActiveMetric, Activity, ConversionMetric, FunnelMetric, MovementMetric, RetentionMetric } from './types.ts'

/** The metrics that follow entities. Each is read as far as it goes, and is null where what it lacks leaves nothing; faults go to the section. */

const ACTIVITY_HINT = 'Name a simple metric, or write { metric: …, filter: "…" }.'
const MAX_STEPS = 10

export function resolveMovement(section: Section<DefinitionData>, scope: MetricScope): MovementMetric | null {
  const { data } = section
  const model = semanticModelOf(section, scope)
  const entity = entityOf(section, scope, model)
  requireKey(section, 'expr', 'Write what a row is worth while it holds, like expr: monthly_price; expr: 1 follows the rows themselves.')
  requireKey(section, 'component', 'Write component: new, expansion, contraction, churned, reactivation, net, start, end, …')
  if (model && model.validity === null) section.blame(['semantic_model'], `A movement needs rows that are true over an interval, and "${model.name}" has no validity.`, 'Write validity: { start: …, end: … } on the semantic model.')
  const { component } = data
  const of = data.of ?? 'amount'
  if (component === 'fx' && of === 'entities') section.blame(['of'], 'Exchange rates move amounts, not entities.', 'Write of: amount, or another component.')
  const isFollowed = component !== undefined && (FOLLOWED_COMPONENTS as readonly string[]).includes(component)
  if (isFollowed && !section.has('window')) section.blame(['component'], `${component} looks back over a \`window\`.`, 'Write window: 12 months.')
  if (component !== undefined && !isFollowed && data.window !== undefined) section.blame(['window'], `${component} follows each day and takes no \`window\`.`, `Only ${FOLLOWED_COMPONENTS.join(', ')} look back over one.`)
  const window = data.window === undefined ? null : resolveInterval(section, ['window'], data.window)
  if (!model || entity === null || component === undefined || data.expr === undefined || (isFollowed && window === null)) return null
  return {
    type: 'movement',
    semanticModel: model.name,
    entity,
    expr: expressionOf(section, data.expr, ''),
    filter: resolveCondition(section, ['filter'], data.filter, scope.lookup(model)),
    component,
    of,
    window,
  }
}

export function resolveActive(section: Section<DefinitionData>, scope: MetricScope): ActiveMetric | null {
  const entity = entityOf(section, scope)
  const activity = activityAt(section, 'activity', section.data.activity, entity, scope)
  const window = requireKey(section, 'window', 'Write how long an entity stays active, like window: 28 days.') ? resolveInterval(section, ['window'], section.data.window ?? '') : null
  if (window && (window.unit === 'minute' || window.unit === 'hour')) section.blame(['window'], 'The window of active entities is whole days or longer.', 'Write window: 1 day, 7 days, 1 month, …')
  return entity === null || !activity || !window ? null : { type: 'active', entity, activity, window }
}

export function resolveConversion(section: Section<DefinitionData>, scope: MetricScope): ConversionMetric | null {
  const { data } = section
  const entity = entityOf(section, scope)
  const base = activityAt(section, 'base', data.base, entity, scope)
  const conversion = activityAt(section, 'conversion', data.conversion, entity, scope)
  const window = data.window === undefined ? null : resolveInterval(section, ['window'], data.window)
  if (!base || !conversion) return null
  blameSources(section, ['conversion'], [base, conversion], scope.around)
  for (const [key, activity] of [['base', base], ['conversion', conversion]] as const) {
    if (activity.time.kind === 'interval') section.blame([key], `"${activity.metric}" holds over time; a conversion is of events.`, 'Name a metric without `as_of`.')
  }
  const constantProperties = (data.constant_properties ?? []).flatMap((pair, index) => {
    const left = propertyAt(section, ['constant_properties', index, 'base'], pair.base, base, scope)
    const right = propertyAt(section, ['constant_properties', index, 'conversion'], pair.conversion, conversion, scope)
    return left === null || right === null ? [] : [{ base: left, conversion: right }]
  })
  return entity === null ? null : { type: 'conversion', entity, base, conversion, window, constantProperties, calculation: data.calculation ?? 'rate' }
}

export function resolveRetention(section: Section<DefinitionData>, scope: MetricScope): RetentionMetric | null {
  const { data } = section
  const entity = entityOf(section, scope)
  const start = activityAt(section, 'start', data.start, entity, scope)
  const activity = activityAt(section, 'activity', data.activity, entity, scope)
  requireKey(section, 'grain', 'Write the unit of the periods, like grain: week.')
  requireKey(section, 'period', 'Write how many of them after the start, like period: 4.')
  if (data.grain === 'minute' || data.grain === 'hour') section.blame(['grain'], 'Retention is by the day or coarser.', 'Write grain: day, week, month, …')
  if (data.mode === 'bracket') section.blame(['mode'], 'A bracket is a range of periods, and a metric names one.', 'Write mode: bounded or unbounded; ask brackets of `cohort { retention }`.')
  if (start && activity) blameSources(section, ['activity'], [start, activity], scope.around)
  if (entity === null || !start || !activity || data.grain === undefined || data.period === undefined) return null
  return { type: 'retention', entity, start, activity, unit: data.grain, period: data.period, mode: data.mode ?? 'bounded' }
}

export function resolveFunnel(section: Section<DefinitionData>, scope: MetricScope): FunnelMetric | null {
  const { data } = section
  const entity = entityOf(section, scope)
  requireKey(section, 'steps', 'List two to ten simple metrics.')
  const within = requireKey(section, 'within', 'Write the time from the first step to the last, like within: 7 days.') ? resolveInterval(section, ['within'], data.within ?? '') : null
  const written = data.steps ?? []
  if (data.steps && (written.length < 2 || written.length > MAX_STEPS)) section.blame(['steps'], `A funnel has 2 to ${MAX_STEPS} steps, not ${written.length}.`)
  const steps = written.map((step, index) => resolveActivity(section, ['steps', index], step, entity, scope.activities))
  const sound = steps.flatMap((step) => (step ? [step] : []))
  blameSources(section, ['steps'], sound, scope.around)
  sound.forEach((step) => {
    if (step.time.kind === 'interval') section.blame(['steps', steps.indexOf(step)], `"${step.metric}" holds over time; a step is an event.`, 'Name a metric without `as_of`.')
  })
  return entity === null || !within || !data.steps || sound.length < steps.length ? null : { type: 'funnel', entity, steps: sound, within, order: data.order ?? 'ordered' }
}

function activityAt(section: Section<DefinitionData>, key: 'activity' | 'base' | 'conversion' | 'start', written: ActivityData | undefined, entity: string | null, scope: MetricScope): Activity | null {
  return requireKey(section, key, ACTIVITY_HINT) && written !== undefined ? resolveActivity(section, [key], written, entity, scope.activities) : null
}

/** The public name of a dimension that the rows of an activity have. */
function propertyAt(section: Section<DefinitionData>, keys: readonly (string | number)[], name: string, activity: Activity, scope: MetricScope): string | null {
  const found = scope.lookup(scope.around.semanticModels.get(activity.semanticModel) ?? null)(name)
  if ('message' in found) {
    section.blame(keys, found.message, found.hint)
    return null
  }
  const fault = faultOfReach(scope.around, activity.semanticModel, found.publicName)
  if (fault) section.blame(keys, fault.message, fault.hint)
  return found.publicName
}
