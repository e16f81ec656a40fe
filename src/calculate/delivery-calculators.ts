import { MORE_THAN_ZERO, atMost, calculator, count, number, seconds } from './calculator.ts'
import type { Calculator } from './calculator.ts'

/** How fast value arrives, and how well. */
export const DELIVERY_CALCULATORS: readonly Calculator[] = [
  calculator({
    name: 'activationRate',
    metric: 'activation_rate',
    description: 'Share of new users who reached value. The metric gives them seven days; here whoever is counted is counted.',
    inputs: [count('newUsers', 'Users who joined in the period.', MORE_THAN_ZERO), count('activatedUsers', 'Of these, users who reached value.')],
    components: { numerator: 'activatedUsers', denominator: 'newUsers' },
    formula: 'New users who reached value ÷ new users × 100.',
    rules: [atMost('activatedUsers', 'newUsers', 'only new users are activated')],
  }),
  calculator({
    name: 'timeToValue',
    metric: 'time_to_value',
    description: 'Median time from joining to value, in seconds. The metric measures it between two events; here the times are given as a list.',
    inputs: [seconds('durations', 'Time that each user took, of those who got there; 1 to 10,000 of them.', { list: true })],
    components: { values: 'durations' },
    formula: 'Median of the durations; of an even number of them the mean of the middle two.',
  }),
  calculator({
    name: 'defectEscapeRate',
    metric: 'defect_escape_rate',
    description: 'Share of the defects that were found in production only.',
    inputs: [count('productionDefects', 'Defects found in production.'), count('totalDefects', 'All defects found, in testing and production.', MORE_THAN_ZERO)],
    components: { numerator: 'productionDefects', denominator: 'totalDefects' },
    rules: [atMost('productionDefects', 'totalDefects', 'defects of production are among all')],
  }),
  calculator({
    name: 'velocity',
    metric: 'velocity',
    description: 'Points completed in an average sprint.',
    inputs: [number('completedPoints', 'Points completed in all of the sprints.'), count('sprints', 'Number of finished sprints.', MORE_THAN_ZERO)],
    components: { numerator: 'completedPoints', denominator: 'sprints' },
  }),
]
