import type { Predicate } from './predicate.ts'
import type { Activity, Membership, Model } from './types.ts'

const found = new WeakMap<Model, WeakMap<Predicate, readonly string[]>>()

/**
 * What a predicate that was written for another version of a model names and this model has not: `dimension "plan"`.
 *
 * @returns Each once; empty where the model can answer it. Remembered, since one question may name a saved cohort a thousand times.
 */
export function gapsOf(model: Model, predicate: Predicate): readonly string[] {
  const ofModel = found.get(model) ?? new WeakMap<Predicate, readonly string[]>()
  found.set(model, ofModel)
  let gaps = ofModel.get(predicate)
  if (gaps === undefined) ofModel.set(predicate, (gaps = lookFor(model, predicate)))
  return gaps
}

function lookFor(model: Model, predicate: Predicate): readonly string[] {
  const gaps = new Set<string>()
  const need = (kind: string, name: string, known: ReadonlyMap<string, unknown>): void => {
    if (!known.has(name)) gaps.add(`${kind} "${name}"`)
  }
  const activity = ({ semanticModel, filter, time }: Activity): void => {
    need('semantic model', semanticModel, model.semanticModels)
    for (const dimension of time.kind === 'event' ? [time.dimension] : [time.start, ...(time.end === null ? [] : [time.end])]) need('dimension', dimension, model.dimensions)
    visit(filter)
  }
  const membership = (of: Membership): void => {
    need('entity', of.entity, model.entities)
    if (of.kind === 'sequence') of.steps.forEach(activity)
    else if (of.kind === 'members') {
      need('entity', of.of, model.entities)
      visit(of.where)
    } else if (of.kind !== 'list') activity(of.activity)
  }
  const visit = (node: Predicate): void => {
    switch (node.kind) {
      case 'and':
      case 'or':
        return node.of.forEach(visit)
      case 'not':
        return visit(node.of)
      case 'cohort':
        return need('cohort', node.cohort, model.cohorts)
      case 'member':
        return membership(node.of)
      case 'atom':
        return need('dimension', node.dimension, model.dimensions)
      case 'all':
      case 'none':
    }
  }
  visit(predicate)
  return [...gaps]
}
