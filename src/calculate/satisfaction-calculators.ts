import { MORE_THAN_ZERO, OPTIONAL, atMost, calculator, count, number } from './calculator.ts'
import type { Calculator } from './calculator.ts'

/** A mean answer lies on its scale. */
function meanScore(name: string, description: string, most: number): Calculator {
  return calculator({
    name,
    metric: name,
    description,
    inputs: [number('totalScore', `Sum of all answers, each from 1 to ${most}.`), count('responses', 'Number of answers.', MORE_THAN_ZERO)],
    components: { numerator: 'totalScore', denominator: 'responses' },
    rules: [{ kind: 'within', field: 'totalScore', value: 'totalScore', least: 'responses', most: `responses * ${most}`, why: `each answer is from 1 to ${most}` }],
  })
}

/** What people answer. */
export const SATISFACTION_CALCULATORS: readonly Calculator[] = [
  calculator({
    name: 'nps',
    metric: 'nps',
    description: 'Net promoter score, from −100 to 100. Give either passives or totalResponses.',
    inputs: [
      count('promoters', 'Answers of 9 and 10.'),
      count('detractors', 'Answers of 0 to 6.'),
      count('passives', 'Answers of 7 and 8.', OPTIONAL),
      count('totalResponses', 'All answers.', { ...OPTIONAL, ...MORE_THAN_ZERO }),
    ],
    components: { promoters: 'promoters', detractors: 'detractors', answers: 'coalesce(totalResponses, promoters + detractors + passives)' },
    rules: [
      { kind: 'exactly_one', fields: ['passives', 'totalResponses'], why: 'each follows from the other' },
      atMost('promoters', 'totalResponses', 'promoters are among the answers'),
      atMost('detractors', 'totalResponses - promoters', 'promoters and detractors are different answers'),
      { kind: 'within', field: 'passives', value: 'promoters + detractors + passives', least: '1', most: null, why: 'without an answer there is no score' },
    ],
  }),
  calculator({
    name: 'csat',
    metric: 'csat',
    description: 'Customer satisfaction: share of satisfied answers.',
    inputs: [count('satisfied', 'Answers of 4 and 5, of a scale from 1 to 5.'), count('responses', 'All answers.', MORE_THAN_ZERO)],
    components: { numerator: 'satisfied', denominator: 'responses' },
    rules: [atMost('satisfied', 'responses', 'satisfied answers are among the answers')],
  }),
  meanScore('osat', 'Overall satisfaction: mean answer from 1 to 5.', 5),
  meanScore('ces', 'Customer effort score: mean answer to how easy it was, from 1 to 7.', 7),
]
