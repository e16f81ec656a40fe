/** The arithmetic of a derived metric, parsed: `(revenue - cogs) / revenue * 100`. Names are aliases of the metric's inputs. */
export type Formula =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'input'; readonly alias: string }
  | { readonly kind: 'negate'; readonly of: Formula }
  | { readonly kind: 'binary'; readonly op: '+' | '-' | '*' | '/'; readonly left: Formula; readonly right: Formula }
  | { readonly kind: 'call'; readonly name: FormulaFunction; readonly args: readonly Formula[] }

/** `sum` adds the arguments that are known and is null when none is; `coalesce` and `nullif` as in SQL; the others are null when any argument is. */
export const FORMULA_FUNCTIONS = ['sum', 'abs', 'least', 'greatest', 'coalesce', 'nullif', 'round'] as const
export type FormulaFunction = (typeof FORMULA_FUNCTIONS)[number]
