CREATE TABLE customers_local
(
  customer_id Int32,
  signup_date Date,
  segment LowCardinality(String),
  country LowCardinality(Nullable(String)),
  acquisition_channel LowCardinality(String),
  is_active Bool
)
ENGINE = MergeTree
ORDER BY (signup_date, customer_id);

CREATE TABLE customers AS customers_local
ENGINE = Distributed('analytics', currentDatabase(), 'customers_local', cityHash64(customer_id));

CREATE TABLE subscriptions_local
(
  subscription_id Int32,
  customer_id Int32,
  plan_type LowCardinality(String),
  start_date Date,
  end_date Nullable(Date),
  monthly_price Decimal(18, 2)
)
ENGINE = MergeTree
ORDER BY (start_date, subscription_id);

CREATE TABLE subscriptions AS subscriptions_local
ENGINE = Distributed('analytics', currentDatabase(), 'subscriptions_local', cityHash64(customer_id));

CREATE TABLE payments_local
(
  payment_id Int32,
  customer_id Int32,
  payment_date Date,
  amount Decimal(18, 2),
  payment_status LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (payment_date, payment_id);

CREATE TABLE payments AS payments_local
ENGINE = Distributed('analytics', currentDatabase(), 'payments_local', cityHash64(customer_id));

CREATE TABLE costs_local
(
  month String,
  infra_cost Decimal(18, 2),
  marketing_cost Decimal(18, 2),
  support_cost Decimal(18, 2)
)
ENGINE = MergeTree
ORDER BY month;

CREATE TABLE costs AS costs_local
ENGINE = Distributed('analytics', currentDatabase(), 'costs_local', cityHash64(month));

CREATE TABLE members_local
(
  user_id Int32,
  customer_id Int32,
  created_date Date,
  role LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (created_date, user_id);

CREATE TABLE members AS members_local
ENGINE = Distributed('analytics', currentDatabase(), 'members_local', cityHash64(customer_id));

CREATE TABLE trials_local
(
  trial_id Int32,
  customer_id Int32,
  user_id Int32,
  started_at DateTime('UTC'),
  ends_at DateTime('UTC'),
  converted_at Nullable(DateTime('UTC'))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(started_at)
ORDER BY (started_at, trial_id);

CREATE TABLE trials AS trials_local
ENGINE = Distributed('analytics', currentDatabase(), 'trials_local', cityHash64(customer_id));

CREATE TABLE events_local
(
  event_id Int32,
  user_id Int32,
  customer_id Int32,
  ts DateTime('UTC'),
  event LowCardinality(String),
  feature LowCardinality(Nullable(String)),
  session_id Int32,
  channel LowCardinality(String),
  country LowCardinality(Nullable(String)),
  device LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, event_id);

CREATE TABLE events AS events_local
ENGINE = Distributed('analytics', currentDatabase(), 'events_local', cityHash64(customer_id));

CREATE TABLE visits_local
(
  visit_id Int32,
  visitor_id Int32,
  customer_id Nullable(Int32),
  ts DateTime('UTC'),
  channel LowCardinality(String),
  page_views Int32,
  duration_seconds Int32,
  key_event Bool,
  country LowCardinality(Nullable(String)),
  device LowCardinality(String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, visit_id);

CREATE TABLE visits AS visits_local
ENGINE = Distributed('analytics', currentDatabase(), 'visits_local', cityHash64(visitor_id));

CREATE TABLE surveys_local
(
  survey_id Int32,
  user_id Int32,
  ts DateTime('UTC'),
  kind LowCardinality(String),
  score Int32
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, survey_id);

CREATE TABLE surveys AS surveys_local
ENGINE = Distributed('analytics', currentDatabase(), 'surveys_local', cityHash64(user_id));

CREATE TABLE defects_local
(
  defect_id Int32,
  found_in LowCardinality(String),
  severity LowCardinality(String),
  created_date Date,
  resolved_date Nullable(Date),
  sprint_id Nullable(Int32)
)
ENGINE = MergeTree
ORDER BY (created_date, defect_id);

CREATE TABLE defects AS defects_local
ENGINE = Distributed('analytics', currentDatabase(), 'defects_local', cityHash64(defect_id));

CREATE TABLE sprints_local
(
  sprint_id Int32,
  team LowCardinality(String),
  start_date Date,
  end_date Date,
  committed_points Int32,
  completed_points Int32
)
ENGINE = MergeTree
ORDER BY (start_date, sprint_id);

CREATE TABLE sprints AS sprints_local
ENGINE = Distributed('analytics', currentDatabase(), 'sprints_local', cityHash64(sprint_id));

CREATE TABLE referrals_local
(
  referral_id Int32,
  referrer_customer_id Int32,
  referred_customer_id Int32,
  referred_date Date
)
ENGINE = MergeTree
ORDER BY (referred_date, referral_id);

CREATE TABLE referrals AS referrals_local
ENGINE = Distributed('analytics', currentDatabase(), 'referrals_local', cityHash64(referral_id));

CREATE TABLE ledger_local
(
  entry_id Int32,
  entry_date Date,
  category LowCardinality(String),
  amount Decimal(18, 2),
  description LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (entry_date, entry_id);

CREATE TABLE ledger AS ledger_local
ENGINE = Distributed('analytics', currentDatabase(), 'ledger_local', cityHash64(entry_id));

CREATE TABLE experiments_local
(
  exposure_id Int32,
  experiment LowCardinality(String),
  variant LowCardinality(String),
  user_id Int32,
  exposed_at DateTime('UTC'),
  converted Bool,
  value Decimal(18, 2)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(exposed_at)
ORDER BY (exposed_at, exposure_id);

CREATE TABLE experiments AS experiments_local
ENGINE = Distributed('analytics', currentDatabase(), 'experiments_local', cityHash64(user_id));
