import type { Calculator } from './calculator.ts'
import { DELIVERY_CALCULATORS } from './delivery-calculators.ts'
import { LOYALTY_CALCULATORS } from './loyalty-calculators.ts'
import { MONEY_CALCULATORS } from './money-calculators.ts'
import { SATISFACTION_CALCULATORS } from './satisfaction-calculators.ts'
import { USAGE_CALCULATORS } from './usage-calculators.ts'

/** Every calculator, in the order of the schema. */
export const CALCULATORS: readonly Calculator[] = [...MONEY_CALCULATORS, ...LOYALTY_CALCULATORS, ...USAGE_CALCULATORS, ...SATISFACTION_CALCULATORS, ...DELIVERY_CALCULATORS]
