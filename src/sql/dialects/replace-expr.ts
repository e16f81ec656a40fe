import type { Aggregate, Expr } from '../tree.ts'

/** Whether two expressions say the same, value for value. */
export function isSameExpr(a: Expr, b: Expr): boolean {
  return textOf(a) === textOf(b)
}

/** The expression with some of its parts in another form. `replace` is asked from the outside inwards; null goes on into the part. */
export function replaceExpr(expr: Expr, replace: (part: Expr) => Expr | null): Expr {
  const replaced = replace(expr)
  if (replaced !== null) return replaced
  return mapParts(expr, (part) => replaceExpr(part, replace))
}

/** The aggregates of an expression, from left to right. */
export function aggregatesOf(expr: Expr): readonly Aggregate[] {
  const found: Aggregate[] = []
  replaceExpr(expr, (part) => {
    if (part.kind !== 'aggregate') return null
    found.push(part)
    return part
  })
  return found
}

const textOf = (expr: Expr): string => JSON.stringify(expr, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

function mapParts(expr: Expr, map: (part: Expr) => Expr): Expr {
  return Object.fromEntries(Object.entries(expr).map(([name, value]: [string, unknown]) => [name, mapped(value, map)])) as Expr
}

/** Expressions are the only nodes of a tree whose `kind` stands beside other members; functions and calendars have none. */
function mapped(value: unknown, map: (part: Expr) => Expr): unknown {
  if (Array.isArray(value)) return value.map((item) => mapped(item, map))
  if (typeof value !== 'object' || value === null) return value
  if ('kind' in value) return map(value as Expr)
  return Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => [name, mapped(inner, map)]))
}
