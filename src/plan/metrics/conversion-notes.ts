import type { Decimal } from 'decimal.js'
import type { Rate } from './exchange.ts'

interface Used {
  lowest: Rate
  highest: Rate
  firstDate: string
  lastDate: string
}

/** Which rates a number was converted at, to be told with it: one line a currency. */
export class ConversionNotes {
  readonly #to: string
  readonly #used = new Map<string, Used>()

  constructor(to: string) {
    this.#to = to
  }

  add(currency: string, rate: Rate): void {
    const used = this.#used.get(currency)
    if (used === undefined) {
      this.#used.set(currency, { lowest: rate, highest: rate, firstDate: rate.date, lastDate: rate.date })
      return
    }
    if (valueOf(rate).lt(valueOf(used.lowest))) used.lowest = rate
    if (valueOf(rate).gt(valueOf(used.highest))) used.highest = rate
    if (rate.date < used.firstDate) used.firstDate = rate.date
    if (rate.date > used.lastDate) used.lastDate = rate.date
  }

  /** `1 EUR = 1.0832 USD (2025-03-31)`; of several days the lowest and highest rate, and the first and last date. */
  lines(): readonly string[] {
    const lines = [...this.#used].map(([currency, { lowest, highest, firstDate, lastDate }]) => {
      const [low, high] = [valueOf(lowest).toFixed(), valueOf(highest).toFixed()]
      const rates = low === high ? low : `${low} to ${high}`
      return `1 ${currency} = ${rates} ${this.#to} (${firstDate === lastDate ? firstDate : `${firstDate} to ${lastDate}`})`
    })
    return lines.toSorted()
  }
}

function valueOf({ rate }: Rate): Decimal {
  if (rate.value === null) throw new TypeError('A rate is a number.')
  return rate.value
}
