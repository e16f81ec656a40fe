import type { Formula } from './formula.ts'
import { parseFormula } from './parse-formula.ts'
import { suggest } from './problem.ts'
import type { Section } from './section.ts'

/** In formulas of metrics with a base period: how many of them the bucket holds. */
export const PERIODS_ALIAS = 'periods'

/**
 * Reads the `expr` of a section against the aliases of its inputs: each is named, and nothing else.
 *
 * @param inputsKey Where the inputs are listed.
 * @param isMetric Whether a name is that of a metric, which could be listed.
 * @param isRate Whether the metric has a base period, so that `periods` may be named.
 */
export function resolveFormula(section: Section<object>, expr: string, inputsKey: string, aliases: readonly string[], isMetric: (name: string) => boolean, isRate: boolean): Formula | null {
  const parsed = parseFormula(expr)
  if (!parsed.ok) {
    section.blameText(['expr'], parsed.fault)
    return null
  }
  for (const alias of parsed.aliases) {
    if (aliases.includes(alias) || (isRate && alias === PERIODS_ALIAS)) continue
    const offset = new RegExp(`\\b${alias}\\b`).exec(expr)?.index ?? 0
    const hint = isMetric(alias) ? `List ${alias} under \`${inputsKey}\`.` : alias === PERIODS_ALIAS ? 'Write rate_period on the metric: `periods` counts its base periods.' : suggest(alias, aliases)
    section.blameText(['expr'], { offset, message: `The inputs of this metric do not include "${alias}".`, hint })
  }
  const seen = new Set<string>()
  aliases.forEach((alias, index) => {
    if (seen.has(alias)) section.blame([inputsKey, index], `Two inputs are called "${alias}".`, 'Give one of them an `alias`.')
    else if (isRate && alias === PERIODS_ALIAS) section.blame([inputsKey, index], 'In a rate, `periods` is the number of its base periods.', 'Give the input another `alias`.')
    else if (!parsed.aliases.includes(alias)) section.blame([inputsKey, index], `The input "${alias}" is not used in \`expr\`.`, 'Use it, or remove it.')
    seen.add(alias)
  })
  return parsed.formula
}
