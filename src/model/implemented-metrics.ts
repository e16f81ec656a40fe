import type { MetricData } from './metric-file.ts'
import { labelOf } from './names.ts'
import type { Section } from './section.ts'

/** The metrics of a model by name, and which of them are implementations of which. */
export interface ImplementedMetrics {
  /** Those that are only implemented by others are among them, last, with words and without a definition. */
  readonly sections: ReadonlyMap<string, Section<MetricData>>
  /** By the name that they implement, in the order of the files. */
  readonly implementers: ReadonlyMap<string, readonly Section<MetricData>[]>
}

/**
 * Puts what metrics implement beside what they are. A name that no file defines becomes a metric with the standard words of that
 * name, or else with those of its first implementer. Faults go to the implementers.
 *
 * @param standard Metrics whose words are used, not their definitions; called only where a name has no definition.
 */
export function implementedMetrics(written: ReadonlyMap<string, Section<MetricData>>, standard: () => readonly Section<MetricData>[]): ImplementedMetrics {
  const implementers = new Map<string, Section<MetricData>[]>()
  for (const section of written.values()) {
    const { name, implements: of } = section.data
    if (of === undefined) continue
    if (of === name) section.blame(['implements'], `The metric "${name}" says that it implements itself.`, 'Remove it.')
    else if (written.get(of)?.data.implements !== undefined) section.blame(['implements'], `"${of}" is itself an implementation, of "${written.get(of)?.data.implements ?? ''}".`, 'Name that metric.')
    else implementers.set(of, [...(implementers.get(of) ?? []), section])
  }
  const nameless = [...implementers].filter(([name]) => !written.has(name))
  const words = new Map((nameless.length === 0 ? [] : standard()).map((section) => [section.data.name, section]))
  const made = nameless.flatMap(([name, [first]]) => (first === undefined ? [] : [[name, madeOf(name, first, words.get(name) ?? null)] as const]))
  return { sections: new Map([...written, ...made]), implementers }
}

/** Whether a metric is only what others implement. */
export function isMade({ data }: Section<MetricData>): boolean {
  return data.implementations?.length === 0
}

/** Words and nothing to compute from. What is wrong with it is the affair of who implements it. */
function madeOf(name: string, first: Section<MetricData>, standard: Section<MetricData> | null): Section<MetricData> {
  const { label, description, unit, direction, formula, interpretation, category, frameworks, stage, benchmark, rate_period, recorded_every, hidden } = (standard ?? first).data
  const blame = (message: string, hint?: string | null): void => first.blame(['implements'], message, hint)
  return {
    ...first,
    data: {
      name,
      label: (standard === null ? undefined : label) ?? labelOf(name),
      description,
      implementations: [],
      unit,
      direction,
      formula,
      interpretation,
      category,
      frameworks,
      stage,
      benchmark,
      rate_period,
      recorded_every,
      hidden: standard === null ? undefined : hidden,
      when_missing: first.data.when_missing ?? standard?.data.when_missing,
    },
    place: (standard ?? first).place,
    blame: (_, message, hint) => blame(message, hint),
    blameText: (_, fault) => blame(fault.message, fault.hint),
  }
}

/** Blames an implementer that is not in what the metric it implements is in. @param unitOf also where a unit is inferred. */
export function blameUnlike(implementer: Section<MetricData>, metric: Section<MetricData>, unitOf: (name: string) => string): void {
  const { name } = metric.data
  const facts = [
    { key: 'unit', ours: unitOf(implementer.data.name), theirs: unitOf(name) },
    { key: 'direction', ours: implementer.data.direction ?? metric.data.direction, theirs: metric.data.direction ?? implementer.data.direction },
    { key: 'rate_period', ours: implementer.data.rate_period, theirs: metric.data.rate_period },
    { key: 'recorded_every', ours: implementer.data.recorded_every, theirs: metric.data.recorded_every },
  ] as const
  for (const { key, ours, theirs } of facts) {
    if (ours === theirs) continue
    const told = (value: string | undefined): string => (value === undefined ? `no ${key}` : `${key} ${value}`)
    implementer.blame([key], `"${implementer.data.name}" implements "${name}" with ${told(ours)}; "${name}" has ${told(theirs)}, at ${metric.place}.`, `Make the two alike, rename "${name}" if it means something else, or remove \`implements\`.`)
  }
}
