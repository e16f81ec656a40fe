CREATE TABLE customers
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

CREATE TABLE subscriptions
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

CREATE TABLE payments
(
  payment_id Int32,
  customer_id Int32,
  payment_date Date,
  amount Decimal(18, 2),
  payment_status LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (payment_date, payment_id);

CREATE TABLE costs
(
  month String,
  infra_cost Decimal(18, 2),
  marketing_cost Decimal(18, 2),
  support_cost Decimal(18, 2)
)
ENGINE = MergeTree
ORDER BY month;

CREATE TABLE members
(
  user_id Int32,
  customer_id Int32,
  created_date Date,
  role LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (created_date, user_id);

CREATE TABLE trials
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

CREATE TABLE events
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

CREATE TABLE visits
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

CREATE TABLE surveys
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

CREATE TABLE defects
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

CREATE TABLE sprints
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

CREATE TABLE referrals
(
  referral_id Int32,
  referrer_customer_id Int32,
  referred_customer_id Int32,
  referred_date Date
)
ENGINE = MergeTree
ORDER BY (referred_date, referral_id);

CREATE TABLE ledger
(
  entry_id Int32,
  entry_date Date,
  category LowCardinality(String),
  amount Decimal(18, 2),
  description LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (entry_date, entry_id);

CREATE TABLE experiments
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
