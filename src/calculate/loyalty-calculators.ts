import { MORE_THAN_ZERO, OPTIONAL, ZERO_IF_LEFT_OUT, atMost, calculator, count, money } from './calculator.ts'
import type { Calculator } from './calculator.ts'

const CUSTOMERS = [
  count('customersAtStart', 'Paying customers at the start of the month.', MORE_THAN_ZERO),
  count('customersLost', 'Of these, customers who stopped paying within the month.'),
] as const
const LOST_OF_START = atMost('customersLost', 'customersAtStart', 'only customers of the start can be lost')

/** Who stays, and what they pay on. */
export const LOYALTY_CALCULATORS: readonly Calculator[] = [
  calculator({
    name: 'retentionRate',
    metric: 'retention_rate',
    description: 'Share of the customers of the start of a month who are still there at its end.',
    inputs: CUSTOMERS,
    components: { customers_at_start: 'customersAtStart', churned_customers: 'customersLost' },
    rules: [LOST_OF_START],
  }),
  calculator({
    name: 'churnRate',
    metric: 'churn_rate',
    description: 'Share of the customers of the start of a month who are lost by its end, and of their revenue where it is given. Benchmarks are monthly.',
    inputs: [
      ...CUSTOMERS,
      money('revenueAtStart', 'Monthly recurring revenue at the start of the month; only together with revenueLost.', { ...OPTIONAL, ...MORE_THAN_ZERO }),
      money('revenueLost', 'Of this, what was lost within the month by customers who left or pay less.', OPTIONAL),
    ],
    components: { numerator: 'customersLost', denominator: 'customersAtStart' },
    rules: [LOST_OF_START, { kind: 'together', fields: ['revenueAtStart', 'revenueLost'], why: 'revenue churn needs both' }, atMost('revenueLost', 'revenueAtStart', 'only revenue of the start can be lost')],
    besides: [
      {
        kind: 'metric',
        name: 'revenueChurn',
        metric: 'revenue_churn_rate',
        description: 'Share of the revenue of the start that was lost; null where no revenue is given. Churned and contraction MRR are one input here.',
        needs: ['revenueAtStart', 'revenueLost'],
        components: { churned_mrr: 'revenueLost', contraction_mrr: '0', mrr_at_start: 'revenueAtStart' },
      },
    ],
  }),
  calculator({
    name: 'nrr',
    metric: 'nrr',
    description: 'Net revenue retention from summed components. The metric follows each customer of twelve months ago to the present; here the changes of the year are given as sums, so expansion of customers won since must be left out by whoever adds up.',
    inputs: [
      money('mrrAtStart', 'Monthly recurring revenue twelve months ago.', MORE_THAN_ZERO),
      money('expansionMrr', 'Added since by customers of then.', ZERO_IF_LEFT_OUT),
      money('contractionMrr', 'Lost since from customers of then who stay.', ZERO_IF_LEFT_OUT),
      money('churnedMrr', 'Lost since with customers of then who left.', ZERO_IF_LEFT_OUT),
    ],
    components: { numerator: 'mrrAtStart + expansionMrr - contractionMrr - churnedMrr', denominator: 'mrrAtStart' },
    formula: '(MRR at the start + expansion − contraction − churned MRR) ÷ MRR at the start × 100.',
    rules: [
      atMost('churnedMrr', 'mrrAtStart + expansionMrr', 'no more can be lost than there was and came', 'churnedMrr + contractionMrr'),
    ],
  }),
  calculator({
    name: 'egr',
    metric: 'egr',
    description: 'Earned growth rate. The metric tells customers by referral from their acquisition channel; here their revenue is given.',
    inputs: [
      money('mrrAtStart', 'Monthly recurring revenue twelve months ago.', MORE_THAN_ZERO),
      money('mrrNowOfThese', 'What the customers of then pay a month now.'),
      money('mrrNewByReferral', 'What customers who came since by referral pay a month now.', ZERO_IF_LEFT_OUT),
    ],
    components: { kept: 'mrrNowOfThese', referral_now: 'mrrNewByReferral', referral_kept: '0', a_year_ago: 'mrrAtStart' },
    formula: '(MRR now of the customers of then + MRR of customers by referral since) ÷ MRR then × 100 − 100.',
  }),
]
