import { MORE_THAN_ZERO, ZERO_IF_LEFT_OUT, atMost, calculator, count, seconds } from './calculator.ts'
import type { Calculator } from './calculator.ts'

/** Who comes, how often, and what they do. */
export const USAGE_CALCULATORS: readonly Calculator[] = [
  calculator({
    name: 'conversionRate',
    metric: 'conversion_rate',
    description: 'Share of visitors who became customers. The metric follows each visitor for 90 days; here whoever is counted is counted.',
    inputs: [count('visitors', 'Different visitors of the period.', MORE_THAN_ZERO), count('customers', 'Of these, visitors who became paying customers.')],
    components: { numerator: 'customers', denominator: 'visitors' },
    formula: 'Visitors who became customers ÷ visitors × 100.',
    rules: [atMost('customers', 'visitors', 'only visitors can become customers')],
  }),
  calculator({
    name: 'traffic',
    metric: 'traffic',
    description: 'Visits to the site, by organic and paid channels.',
    inputs: [count('organic', 'Visits nobody was paid for: search, direct, referral, e-mail, social.'), count('paid', 'Visits from paid channels.', ZERO_IF_LEFT_OUT)],
    components: { traffic: 'organic + paid' },
    formula: 'Organic + paid visits.',
  }),
  calculator({
    name: 'stickiness',
    metric: 'stickiness',
    description: 'Share of the monthly active users who are active on a day.',
    inputs: [count('dau', 'Different users active on the day.'), count('mau', 'Different users active in the thirty days that end with it.', MORE_THAN_ZERO)],
    components: { numerator: 'dau', denominator: 'mau' },
    rules: [atMost('dau', 'mau', 'whoever is active on a day is active in its month')],
    besides: [
      { kind: 'input', name: 'dau', description: 'Daily active users, as given.' },
      { kind: 'input', name: 'mau', description: 'Monthly active users, as given.' },
    ],
  }),
  calculator({
    name: 'sessionDuration',
    metric: 'session_duration',
    description: 'Mean length of a session, in seconds.',
    inputs: [seconds('totalSeconds', 'Length of all sessions together.'), count('sessions', 'Number of sessions.', MORE_THAN_ZERO)],
    components: { numerator: 'totalSeconds', denominator: 'sessions' },
  }),
  calculator({
    name: 'bounceRate',
    metric: 'bounce_rate',
    description: 'Share of the visits that were not engaged (Google Analytics 4).',
    inputs: [count('visits', 'Visits of the period.', MORE_THAN_ZERO), count('engagedVisits', 'Of these, visits of more than 10 seconds, with a key event, or with two page views.')],
    components: { traffic: 'visits', engaged_visits: 'engagedVisits' },
    rules: [atMost('engagedVisits', 'visits', 'engaged visits are visits')],
  }),
  calculator({
    name: 'sessionsPerUser',
    metric: 'sessions_per_user',
    description: 'How often an active user came on average.',
    inputs: [count('sessions', 'Sessions of the period.'), count('users', 'Different users active in it.', MORE_THAN_ZERO)],
    components: { numerator: 'sessions', denominator: 'users' },
  }),
  calculator({
    name: 'actionsPerSession',
    metric: 'actions_per_session',
    description: 'What a user did in an average session.',
    inputs: [count('actions', 'Everything users did in the period: events.'), count('sessions', 'Sessions of the period.', MORE_THAN_ZERO)],
    components: { numerator: 'actions', denominator: 'sessions' },
  }),
  calculator({
    name: 'featureAdoptionRate',
    metric: 'feature_adoption_rate',
    description: 'Share of the active users who used a feature. The metric means any feature; here it may be one.',
    inputs: [count('activeUsers', 'Different users active in the period.', MORE_THAN_ZERO), count('featureUsers', 'Of these, users of the feature.')],
    components: { numerator: 'featureUsers', denominator: 'activeUsers' },
    rules: [atMost('featureUsers', 'activeUsers', 'whoever uses a feature is active')],
  }),
]
