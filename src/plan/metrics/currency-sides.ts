import { UNKNOWN_CURRENCY } from '../amount.ts'
import type { AskKey } from '../ask.ts'
import { groupId } from '../read.ts'
import type { ReadGroup, ReadResult } from '../read.ts'

type GroupValues = readonly (string | number | boolean | null)[]

/** What one currency holds of a group. */
export interface CurrencySide {
  readonly currency: string
  readonly parts: ReadGroup['parts']
}

/** A read told by currency besides its own groups. */
export interface CurrencyKey {
  /** Group keys to read by. */
  readonly by: readonly AskKey[]
  /** Groups as asked, each with what it holds in each currency. Rows that name none are of `UNKNOWN_CURRENCY`. */
  sidesOf(result: ReadResult): { readonly groups: ReadonlyMap<string, GroupValues>; readonly sides: ReadonlyMap<string, readonly CurrencySide[]> }
}

/** @param dimension tells a row's currency; where groups are asked by it, it is not read twice. */
export function currencyKey(by: readonly AskKey[], dimension: string): CurrencyKey {
  const shown = by.findIndex((key) => key.kind === 'dimension' && key.dimension === dimension)
  return {
    by: shown < 0 ? [...by, { kind: 'dimension', dimension }] : by,
    sidesOf: (result) => {
      const groups = new Map<string, GroupValues>()
      const sides = new Map<string, CurrencySide[]>()
      for (const group of result.groups) {
        const values = shown < 0 ? group.values.slice(0, -1) : group.values
        const value = (shown < 0 ? group.values.at(-1) : group.values[shown]) ?? null
        const id = groupId(values)
        groups.set(id, values)
        const list = sides.get(id) ?? []
        sides.set(id, list)
        list.push({ currency: value === null || value === '' ? UNKNOWN_CURRENCY : String(value), parts: group.parts })
      }
      return { groups, sides }
    },
  }
}
