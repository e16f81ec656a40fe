import { add, Dec, isNum, toDec, toDouble } from './mongodb-numbers.ts'
import { compareValues, keyOf } from './mongodb-order.ts'

/** One accumulator of `$group` or of a window. */
export interface Accumulator {
  take(value: unknown): void
  result(): unknown
}

const LARGEST = 2n ** 63n

/** Integers, decimals and doubles are added apart, as MongoDB does. */
function sum(): Accumulator {
  let [whole, decimal, double, lost]: [bigint, Dec | null, number | null, number] = [0n, null, null, 0]
  return {
    take(value) {
      if (typeof value === 'bigint') whole += value
      else if (value instanceof Dec) decimal = add(decimal ?? new Dec(0n, 0), value) as Dec
      else if (typeof value === 'number') {
        const [before, next]: [number, number] = [double ?? 0, (double ?? 0) + value]
        lost += Math.abs(before) >= Math.abs(value) ? before - next + value : value - next + before
        double = next
      }
    },
    result() {
      const doubles = double === null ? null : double + (Number.isFinite(lost) ? lost : 0)
      if (decimal !== null) return add(add(decimal, whole), toDec(doubles ?? 0n))
      if (doubles !== null) return doubles + Number(whole)
      return whole < LARGEST && whole >= -LARGEST ? whole : Number(whole)
    },
  }
}

function extreme(sign: 1 | -1): Accumulator {
  let best: unknown = null
  return {
    take(value) {
      if (value !== null && value !== undefined && (best === null || sign * compareValues(value, best) > 0)) best = value
    },
    result: () => best,
  }
}

function list(): Accumulator {
  const values: unknown[] = []
  return { take: (value) => void (value === undefined || values.push(value)), result: () => [...values] }
}

function set(): Accumulator {
  const values = new Map<string, unknown>()
  return { take: (value) => void (value === undefined || values.set(keyOf(value), value)), result: () => [...values.values()] }
}

function deviation(): Accumulator {
  let [count, mean, squares] = [0, 0, 0]
  return {
    take(value) {
      if (!isNum(value)) return
      const of = toDouble(value)
      count += 1
      const off = of - mean
      mean += off / count
      squares += off * (of - mean)
    },
    result: () => (count < 2 ? null : Math.sqrt(squares / (count - 1))),
  }
}

function first(): Accumulator {
  const taken: unknown[] = []
  return { take: (value) => void (taken.length === 0 && taken.push(value)), result: () => taken[0] ?? null }
}

function last(): Accumulator {
  let kept: unknown = null
  return { take: (value) => void (kept = value), result: () => kept }
}

export const ACCUMULATORS: Readonly<Record<string, () => Accumulator>> = { $sum: sum, $min: () => extreme(-1), $max: () => extreme(1), $push: list, $addToSet: set, $stdDevSamp: deviation, $first: first, $last: last }

