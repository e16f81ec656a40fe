import { MORE_THAN_ZERO, ZERO_IF_LEFT_OUT, calculator, count, money, percent } from './calculator.ts'
import type { Calculator } from './calculator.ts'

/** Revenue, and what it costs to win and serve it. */
export const MONEY_CALCULATORS: readonly Calculator[] = [
  calculator({
    name: 'arpu',
    metric: 'arpu',
    description: 'Average revenue per user or customer. The metric takes recurring revenue of a month and its active customers; here the answer is for the period that the revenue is of.',
    inputs: [money('totalRevenue', 'Revenue of the period.'), count('totalUsers', 'Users, or customers, who brought it.', MORE_THAN_ZERO)],
    components: { numerator: 'totalRevenue', denominator: 'totalUsers' },
    formula: 'Total revenue ÷ users.',
  }),
  calculator({
    name: 'mrr',
    metric: 'mrr',
    description: 'Monthly recurring revenue. The metric adds up the price of each subscription; here the average price stands for them all.',
    inputs: [count('subscriptions', 'Paid subscriptions, or customers.'), money('averagePrice', 'Average price a month of one.')],
    components: { mrr: 'subscriptions * averagePrice' },
    formula: 'Subscriptions × average price a month.',
  }),
  calculator({
    name: 'arr',
    metric: 'arr',
    description: 'Annual recurring revenue.',
    inputs: [money('mrr', 'Monthly recurring revenue.')],
    components: { mrr: 'mrr' },
  }),
  calculator({
    name: 'cltv',
    metric: 'cltv',
    description: 'Customer lifetime value: the gross profit an average customer brings until they leave.',
    inputs: [
      money('arpu', 'Average revenue a customer and month.'),
      percent('grossMargin', 'Gross margin.'),
      percent('churnRate', 'Customer churn rate a month.', MORE_THAN_ZERO),
    ],
    components: { arpu: 'arpu', gross_margin: 'grossMargin', churn_rate: 'churnRate' },
  }),
  calculator({
    name: 'cac',
    metric: 'cac',
    description: 'Customer acquisition cost. Costs and new customers are of one period.',
    inputs: [
      money('marketingCosts', 'Marketing and advertising of the period.'),
      money('salesCosts', 'Sales of the period: salaries, commissions, tools.', ZERO_IF_LEFT_OUT),
      count('newCustomers', 'Customers who paid for the first time in the period.', MORE_THAN_ZERO),
    ],
    components: { numerator: 'marketingCosts + salesCosts', denominator: 'newCustomers' },
  }),
  calculator({
    name: 'cacPayback',
    metric: 'cac_payback_months',
    description: 'Months until a new customer’s gross profit has paid for winning them.',
    inputs: [
      money('cac', 'Cost of winning one customer.'),
      money('arpu', 'Average revenue a customer and month.', MORE_THAN_ZERO),
      percent('grossMargin', 'Gross margin.', MORE_THAN_ZERO),
    ],
    components: { cac: 'cac', arpu: 'arpu', gross_margin: 'grossMargin' },
  }),
  calculator({
    name: 'burnRate',
    metric: 'burn_rate',
    description: 'Money spent a month beyond what comes in (net burn). Negative for a profit.',
    inputs: [money('totalCosts', 'All costs of the months.'), money('totalRevenue', 'Revenue of the months.'), count('months', 'How many months costs and revenue are of.', { byDefault: '1', moreThanZero: true })],
    components: { total_costs: 'totalCosts', total_revenue: 'totalRevenue', periods: 'months' },
  }),
  calculator({
    name: 'grossMargin',
    metric: 'gross_margin',
    description: 'Share of revenue left after the cost of serving it. Negative where serving costs more than it brings.',
    inputs: [money('totalRevenue', 'Revenue of the period.', MORE_THAN_ZERO), money('cogs', 'Cost of goods sold in the period: infrastructure and support.')],
    components: { total_revenue: 'totalRevenue', cogs: 'cogs' },
  }),
  calculator({
    name: 'salesEfficiency',
    metric: 'sales_efficiency',
    description: 'Annual recurring revenue won for each unit spent on sales and marketing (gross sales efficiency). All of one period.',
    inputs: [
      money('newMrr', 'Monthly recurring revenue won from new customers.'),
      money('expansionMrr', 'Monthly recurring revenue added by customers who already paid.', ZERO_IF_LEFT_OUT),
      money('salesAndMarketingCosts', 'What was spent on sales and marketing.', MORE_THAN_ZERO),
    ],
    components: { new_mrr: 'newMrr', expansion_mrr: 'expansionMrr', acquisition_spend: 'salesAndMarketingCosts' },
  }),
]
