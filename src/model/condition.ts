import { parseCondition } from './filter-language.ts'
import type { DimensionLookup } from './filter-language.ts'
import type { ConditionData } from './file-parts.ts'
import { ALL, and } from './predicate.ts'
import type { Predicate } from './predicate.ts'
import type { Section } from './section.ts'

/** The rows a condition of a model file keeps; a list is joined by AND. Faults go to the section, and keep every row. */
export function resolveCondition(section: Section<object>, keys: readonly string[], written: ConditionData | undefined, lookup: DimensionLookup): Predicate {
  if (written === undefined) return ALL
  const texts = typeof written === 'string' ? [{ text: written, at: keys }] : written.map((text, index) => ({ text, at: [...keys, index] }))
  return and(
    texts.map(({ text, at }) => {
      const parsed = parseCondition(text, lookup)
      if (parsed.ok) return parsed.predicate
      section.blameText(at, parsed.fault)
      return ALL
    }),
  )
}

/** A condition as people read it. */
export function conditionText(written: ConditionData): string {
  return typeof written === 'string' ? written.trim() : written.map((text) => `(${text.trim()})`).join(' AND ')
}
