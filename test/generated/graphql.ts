/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Who did something for the first time in a window. */
export type AcquiredInput = {
  activity: ActivityInput;
  /** What the members are. */
  entity: EntityName;
  window: WindowInput;
};

/** How sending a cohort ended. */
export type ActivationState =
  /** Everything was sent, but for what is refused. */
  | 'DONE'
  /** The destination could not be reached; the next run sends the rest. */
  | 'FAILED'
  /** The gateway stopped on the way; the next run sends the rest. */
  | 'INTERRUPTED'
  | 'RUNNING';

/** Something that happens to, or holds for, an entity: the rows that a simple metric counts or adds up. */
export type ActivityInput = {
  /** A simple metric; one taken as of a moment (active subscriptions) holds over time, any other happens. */
  metric: MetricName;
  /** Rows of it that count; without it all. */
  where?: Where | null | undefined;
};

/** Who has an attribute. */
export type AttributeCohortInput = {
  /** What the members are. */
  entity: EntityName;
  /** Of the entity’s own table, or what it is joined to. */
  where: Where;
};

/** Who did, or did not do, something some number of times. */
export type BehaviorInput = {
  activity: ActivityInput;
  /** 1 if neither bound is given. */
  atLeast?: number | null | undefined;
  /** 0 asks for those who did not do it. */
  atMost?: number | null | undefined;
  /** What the members are. */
  entity: EntityName;
  /** Ever before, if not given. */
  window?: WindowInput | null | undefined;
};

/** Half-open: `start` belongs to it, `end` does not. One day ends where the next begins. */
export type BetweenInput = {
  /** ISO 8601 date or datetime; the first moment that no longer belongs to it. */
  end: string;
  /** ISO 8601 date (its local midnight) or datetime; without an offset it is a wall clock of the time zone asked. */
  start: string;
};

/** Tests of a yes or no; all that are given must hold. */
export type BooleanFilter = {
  eq?: boolean | null | undefined;
  /** true keeps the rows without a value, false those with one. */
  isNull?: boolean | null | undefined;
  /** Everything but this value, rows without a value included: `ne` is the exact complement of `eq`. */
  ne?: boolean | null | undefined;
};

/** Membership of cohorts as at the end of the period; all tests given must hold. */
export type CohortFilter = {
  /** Members of any of these; an empty list keeps nothing. For members of all, use `and` or the argument `cohorts`. */
  in?: Array<CohortName> | null | undefined;
  /** Members of a cohort composed here. */
  is?: CohortInput | null | undefined;
  /** Members of none of these. */
  notIn?: Array<CohortName> | null | undefined;
};

/** A cohort composed in the query; exactly one of its fields. */
export type CohortInput =
  {   acquired: AcquiredInput; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never;   /** Intersection: members of all of these. */
  allOf: Array<CohortInput>; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never;   /** Union: members of any of these. */
  anyOf: Array<CohortInput>; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never;   attribute: AttributeCohortInput; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never;   behavior: BehaviorInput; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never;   /** Difference: members of the first and of none of the others. */
  difference: Array<CohortInput>; ids?: never; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never;   ids: IdListInput; lifecycle?: never; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never;   lifecycle: LifecycleInput; name?: never; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never;   /** One of the model’s. */
  name: CohortName; saved?: never; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never;   /** One that was saved or uploaded. */
  saved: string | number; sequence?: never; }
  |  { acquired?: never; allOf?: never; anyOf?: never; attribute?: never; behavior?: never; difference?: never; ids?: never; lifecycle?: never; name?: never; saved?: never;   sequence: SequenceInput; };

/** When membership of cohorts is decided. */
export type CohortMoment =
  /** Anew at the end of every bucket of a series. */
  | 'EACH_BUCKET'
  /** At the present of the sources. */
  | 'NOW'
  /** At the end of the period asked, or now if that is earlier. A comparison takes the membership of its own period. */
  | 'PERIOD_END';

/** The cohorts of the model. */
export type CohortName =
  /** Acquired by referral. Customers whom another customer brought. */
  | 'ACQUIRED_BY_REFERRAL'
  /** Acquired organically. Customers who came by themselves. */
  | 'ACQUIRED_ORGANICALLY'
  /** Activated users. Users who used a feature within seven days of joining. */
  | 'ACTIVATED_USERS'
  /** Administrators. Users who may change settings. */
  | 'ADMINISTRATORS'
  /** Assistant users. Users of the AI assistant in the last 28 days. */
  | 'ASSISTANT_USERS'
  /** Detractors. Users who answered 0 to 6 to the recommendation question in the last 90 days. */
  | 'DETRACTORS'
  /** Dormant users. Users active in the 28 days before the last 28, and not since. */
  | 'DORMANT_USERS'
  /** Enterprise. Customers of the segment Enterprise. */
  | 'ENTERPRISE'
  /** German enterprise. Customers of the segment Enterprise in Germany. */
  | 'GERMAN_ENTERPRISE'
  /** Mid-market. Customers of the segment Mid-Market. */
  | 'MID_MARKET'
  /** New payers. Customers whose first payment lies in the last three months. */
  | 'NEW_PAYERS'
  /** New users. Users first active in the last 28 days. */
  | 'NEW_USERS'
  /** Now active. Customers who are active now. */
  | 'NOW_ACTIVE'
  /** Power users. Users who used features 20 times or more in the last 28 days. */
  | 'POWER_USERS'
  /** Promoters. Users who answered 9 or 10 to the recommendation question in the last 90 days. */
  | 'PROMOTERS'
  /** Resurrected users. Users who are back after 28 days or more away. */
  | 'RESURRECTED_USERS'
  /** SMB. Customers of the segment SMB. */
  | 'SMB'
  /** Startup. Customers of the segment Startup. */
  | 'STARTUP'
  /** With failed payments. Customers with two or more failed payments in the last 90 days. */
  | 'WITH_FAILED_PAYMENTS';

/** What a column of a table holds. */
export type ColumnRole =
  /** A metric in the period compared with. */
  | 'COMPARISON'
  /** ISO 4217 of the amounts in the column before it. */
  | 'CURRENCY'
  | 'DIMENSION'
  | 'METRIC';

/** The type of a column’s values. */
export type ColumnType =
  | 'BOOLEAN'
  | 'DATE'
  | 'DECIMAL'
  | 'FLOAT'
  | 'INTEGER'
  | 'NUMBER'
  | 'TEXT'
  | 'TIMESTAMP';

/** Where a number comes from. */
export type DataQuality =
  /** Computed from data. */
  | 'ACTUAL'
  /** Computed with assumptions, which are spelled out. Never given unasked. */
  | 'ESTIMATED'
  /** There is no number: see `reason` and `remedy`. */
  | 'INSUFFICIENT_DATA';

/** Tests of a date or instant, as ISO 8601 text or relative to the present of the sources; all that are given must hold. On a dimension of instants a date is its whole local day in the time zone asked; a datetime without an offset is a wall clock there. On a dimension of dates only dates are taken. A row without a value meets none but `ne`, `notIn` and `isNull`. */
export type DateFilter = {
  /** Half-open: the end does not belong to it. */
  between?: BetweenInput | null | undefined;
  eq?: string | null | undefined;
  /** After it; after the whole day, where a date is given. */
  gt?: string | null | undefined;
  gte?: string | null | undefined;
  /** Any of these values; an empty list keeps nothing. */
  in?: Array<string> | null | undefined;
  /** true keeps the rows without a value, false those with one. */
  isNull?: boolean | null | undefined;
  /** `{last: {count: 30, unit: DAY}}` */
  last?: LastInput | null | undefined;
  lt?: string | null | undefined;
  /** Up to it; through the whole day, where a date is given. */
  lte?: string | null | undefined;
  /** Everything but this value, rows without a value included: `ne` is the exact complement of `eq`. */
  ne?: string | null | undefined;
  /** Everything but these values, rows without a value included. */
  notIn?: Array<string> | null | undefined;
  preset?: PeriodPreset | null | undefined;
};

/** How the values of a dimension behave, and which filter `Where` has for it. */
export type DimensionKind =
  | 'BOOLEAN'
  /** A local date; never shifts with the time zone. */
  | 'DATE'
  | 'DECIMAL'
  | 'FLOAT'
  | 'INTEGER'
  | 'TEXT'
  /** An instant; shown and cut in the time zone asked. */
  | 'TIMESTAMP';

/** The dimensions of the model, by which rows are grouped. */
export type DimensionName =
  /** Acquisition channel. What brought the customer. */
  | 'ACQUISITION_CHANNEL'
  /** Active at. When the user was active. */
  | 'ACTIVE_AT'
  /** Cost channel. Channel the cost was spent on. */
  | 'COST_CHANNEL'
  /** Cost currency. Currency of the cost. */
  | 'COST_CURRENCY'
  /** Cost date. Day of the cost. */
  | 'COST_DATE'
  /** Cost type. marketing, sales, advertising, infrastructure, personnel, support or other. */
  | 'COST_TYPE'
  /** Country. Country of the customer. */
  | 'COUNTRY'
  /** Defect created. Day the defect was found. */
  | 'DEFECT_CREATED'
  /** Device. Device: desktop, mobile or tablet. */
  | 'DEVICE'
  /** Subscription end. First day without the subscription; null while it lives. */
  | 'END_DATE'
  /** Engaged. Longer than 10 seconds, or with a key event, or with two page views. */
  | 'ENGAGED'
  /** Entry date. Day of the expense. */
  | 'ENTRY_DATE'
  /** Event. What happened, like feature_used. */
  | 'EVENT'
  /** Event channel. What brought the session. */
  | 'EVENT_CHANNEL'
  /** Event country. Country the session came from. */
  | 'EVENT_COUNTRY'
  /** Event time. When it happened. */
  | 'EVENT_TIME'
  /** Expense category. Kind of expense. */
  | 'EXPENSE_CATEGORY'
  /** Experiment. Name of the experiment. */
  | 'EXPERIMENT'
  /** Exposed at. First moment of the exposure. */
  | 'EXPOSED_AT'
  /** Feature. Feature that was used; only of feature_used. */
  | 'FEATURE'
  /** First value at. When the user first used a feature; null before. */
  | 'FIRST_VALUE_AT'
  /** Found in. Where it was found: production or testing. */
  | 'FOUND_IN'
  /** Is active. Whether the customer is active now. */
  | 'IS_ACTIVE'
  /** Joined at. When the user joined. */
  | 'JOINED_AT'
  /** Member since. Day the user joined. */
  | 'MEMBER_SINCE'
  /** Month. Month of the costs. */
  | 'MONTH'
  /** Monthly price. Price a month. */
  | 'MONTHLY_PRICE'
  /** Payment amount. Amount of the attempt. */
  | 'PAYMENT_AMOUNT'
  /** Payment date. Day of the attempt. */
  | 'PAYMENT_DATE'
  /** Payment status. Success or Failed. */
  | 'PAYMENT_STATUS'
  /** Each metric’s own time. */
  | 'PERIOD'
  /** Plan. Plan of the subscription. */
  | 'PLAN_TYPE'
  /** Referred date. Day of the referral. */
  | 'REFERRED_DATE'
  /** Role. What the user may do. */
  | 'ROLE'
  /** Sale channel. Channel the revenue came by. */
  | 'SALE_CHANNEL'
  /** Sale currency. Currency of the revenue. */
  | 'SALE_CURRENCY'
  /** Sale date. Day of the revenue. */
  | 'SALE_DATE'
  /** Sale type. subscription, upsell, expansion or one_time. */
  | 'SALE_TYPE'
  /** Segment. Kind of customer, like Enterprise or SMB. */
  | 'SEGMENT'
  /** Session started at. First event of the session. */
  | 'SESSION_STARTED_AT'
  /** Severity. How bad it is. */
  | 'SEVERITY'
  /** Signup date. Day of signing up. */
  | 'SIGNUP_DATE'
  /** Sprint end. Last day of the sprint. */
  | 'SPRINT_END'
  /** Sprint start. First day of the sprint. */
  | 'SPRINT_START'
  /** Subscription start. First day of the subscription. */
  | 'START_DATE'
  /** Survey kind. Question asked: nps (0–10), csat and osat (1–5), ces (1–7). */
  | 'SURVEY_KIND'
  /** Survey score. Answer given. */
  | 'SURVEY_SCORE'
  /** Survey time. When it was answered. */
  | 'SURVEY_TIME'
  /** Team. Development team. */
  | 'TEAM'
  /** Traffic type. paid for channels that begin with paid, and display; organic for all others. */
  | 'TRAFFIC_TYPE'
  /** Trial converted. Whether the trial has become a paid subscription since. */
  | 'TRIAL_CONVERTED'
  /** Trial ends at. End of the trial. */
  | 'TRIAL_ENDS_AT'
  /** Trial started at. Start of the trial. */
  | 'TRIAL_STARTED_AT'
  /** Variant. Variant the user saw. */
  | 'VARIANT'
  /** Visitor converted on. First day of the first subscription. */
  | 'VISITOR_CONVERTED_ON'
  /** Traffic channel. What brought the visit, like organic_search, paid_search, social, referral, direct or email. */
  | 'VISIT_CHANNEL'
  /** Visit country. Country the visit came from. */
  | 'VISIT_COUNTRY'
  /** Visit device. Device: desktop, mobile or tablet. */
  | 'VISIT_DEVICE'
  /** Visit time. Start of the visit. */
  | 'VISIT_TIME';

/** The entities of the model: what is counted, joined on and gathered in cohorts. */
export type EntityName =
  /** Customer. A company or person that signed up. */
  | 'CUSTOMER'
  /** Defect */
  | 'DEFECT'
  /** Event */
  | 'EVENT'
  /** Exposure */
  | 'EXPOSURE'
  /** Ledger entry */
  | 'LEDGER_ENTRY'
  /** Payment */
  | 'PAYMENT'
  /** Recorded cost */
  | 'RECORDED_COST'
  /** Recorded sale */
  | 'RECORDED_SALE'
  /** Referral */
  | 'REFERRAL'
  /** Sprint */
  | 'SPRINT'
  /** Subscription */
  | 'SUBSCRIPTION'
  /** Survey */
  | 'SURVEY'
  /** Trial */
  | 'TRIAL'
  /** User. A person who works for a customer. */
  | 'USER'
  /** Visit */
  | 'VISIT'
  /** Visitor. A browser or person on the site, known or not. */
  | 'VISITOR';

/** Sets of metrics known by name. */
export type Framework =
  /** Acquisition, activation, retention, referral, revenue. */
  | 'AARRR'
  /** Happiness, engagement, adoption, retention, task success. */
  | 'HEART';

/** The size of time buckets. Buckets are half-open local-calendar spans of the time zone asked; a period that cuts one yields it with its true bounds. */
export type Grain =
  | 'DAY'
  | 'HOUR'
  | 'MINUTE'
  | 'MONTH'
  /** Of the fiscal year, if the model’s calendar has one. */
  | 'QUARTER'
  /** Begins on Monday unless the model’s calendar says otherwise. */
  | 'WEEK'
  /** The fiscal year, if the model’s calendar has one. */
  | 'YEAR';

/** Who is on a list. */
export type IdListInput = {
  /** What the members are. */
  entity: EntityName;
  /** Keys as the source writes them, at most 10,000; upload longer lists. */
  ids: Array<string | number>;
};

/** The last `count` calendar units before the present one. Counted from the present of the sources, in the time zone asked. */
export type LastInput = {
  /** 1 to 10,000. */
  count: number;
  /** Ends with the present unit, which is still open, instead of the one before. */
  includeCurrent?: boolean | null | undefined;
  unit: Grain;
};

/** Who is in a state of the lifecycle. */
export type LifecycleInput = {
  activity: ActivityInput;
  /** What the members are. */
  entity: EntityName;
  state: LifecycleState;
  /** Length of the window, at most 100 years: "28 days". */
  window: unknown;
};

/** By an activity and a window of some length: the five states part everyone who ever did it. */
export type LifecycleState =
  /** Did it within the window and within the one before, and was not new. */
  | 'ACTIVE'
  /** Did it once, but neither within the window nor within the one before. */
  | 'CHURNED'
  /** Did it within the window before, not since. */
  | 'DORMANT'
  /** Did it for the first time within the window. */
  | 'NEW'
  /** Did it within the window, not within the one before, and earlier than that. */
  | 'RESURRECTED';

/** What a metric is about. */
export type MetricCategory =
  | 'DELIVERY'
  | 'ENGAGEMENT'
  | 'FINANCIAL'
  | 'LOYALTY'
  | 'PRODUCT'
  | 'SATISFACTION';

/** The metrics of the model. */
export type MetricName =
  /** Sales and marketing spend. What is spent to win customers. */
  | 'ACQUISITION_SPEND'
  /** Actions per session. What a user did in an average session. */
  | 'ACTIONS_PER_SESSION'
  /** Activation rate. Share of the users who joined in the period and used a feature within seven days. */
  | 'ACTIVATION_RATE'
  /** Active customers. Customers with a paid subscription at the end of the period. */
  | 'ACTIVE_CUSTOMERS'
  /** Active subscriptions. Subscriptions active at the end of the period. */
  | 'ACTIVE_SUBSCRIPTIONS'
  /** Average revenue per customer. Monthly recurring revenue of an average active customer. */
  | 'ARPU'
  /** Annual recurring revenue. Twelve times the monthly recurring revenue at the end of the period. */
  | 'ARR'
  /** Average daily active users. Mean of the daily active users over the days of the period. */
  | 'AVERAGE_DAU'
  /** Average payment. Mean amount of a successful payment. */
  | 'AVERAGE_PAYMENT'
  /** Average subscription price. Mean monthly price of the subscriptions active at the end of the period. */
  | 'AVERAGE_PRICE'
  /** Bounce rate. Share of the visits that were not engaged. */
  | 'BOUNCE_RATE'
  /** Burn rate. Money spent a month beyond what comes in. */
  | 'BURN_RATE'
  /** Customer acquisition cost. Sales and marketing spend for one new customer. */
  | 'CAC'
  /** CAC payback. Months until a new customer's gross profit has paid for winning them. */
  | 'CAC_PAYBACK_MONTHS'
  /** Customer effort score. Mean answer to how easy it was to get something done, from 1 to 7. */
  | 'CES'
  /** Churned customers. Customers whose last paid subscription ended. */
  | 'CHURNED_CUSTOMERS'
  /** Churned MRR. Monthly recurring revenue of customers whose last subscription ended. */
  | 'CHURNED_MRR'
  /** Customer churn rate. Share of the customers at the start of the month who stopped paying in it. */
  | 'CHURN_RATE'
  /** Customer lifetime value. Gross profit an average customer brings until they leave. */
  | 'CLTV'
  /** CLTV to CAC. What a customer brings over their life, of what it costs to win one. */
  | 'CLTV_CAC_RATIO'
  /** Cost of goods sold. What it costs to serve the customers, infrastructure and support. */
  | 'COGS'
  /** Contraction MRR. Monthly recurring revenue lost from customers who stay. */
  | 'CONTRACTION_MRR'
  /** Conversion rate. Share of the visitors of the period's first visits who became paying customers. */
  | 'CONVERSION_RATE'
  /** Customer satisfaction. Share of satisfied answers, 4 or 5 of 5. */
  | 'CSAT'
  /** Customers at start. Customers with a paid subscription when the period starts. */
  | 'CUSTOMERS_AT_START'
  /** Daily active users. Different users active on the last day of the period. */
  | 'DAU'
  /** Defects. Defects found. */
  | 'DEFECTS'
  /** Defect escape rate. Share of the defects that were found in production only. */
  | 'DEFECT_ESCAPE_RATE'
  /** Earned growth rate. Growth a company has earned, from customers who stay and buy more and from those they refer. */
  | 'EGR'
  /** Engaged visits. Visits longer than 10 seconds, or with a key event, or with two page views. */
  | 'ENGAGED_VISITS'
  /** Events. Everything users did. */
  | 'EVENTS'
  /** Events per user. What an active user did on average. */
  | 'EVENTS_PER_USER'
  /** Expansion MRR. Monthly recurring revenue added by customers who already paid. */
  | 'EXPANSION_MRR'
  /** Experiment conversions. Exposed users who converted. */
  | 'EXPERIMENT_CONVERSIONS'
  /** Experiment conversion rate. Share of the exposed users who converted. */
  | 'EXPERIMENT_CONVERSION_RATE'
  /** Exposures. Users exposed to experiments. */
  | 'EXPOSURES'
  /** Failed payment rate. Share of attempts to collect a payment that failed. */
  | 'FAILED_PAYMENT_RATE'
  /** Feature adoption rate. Share of the active users who used at least one feature. */
  | 'FEATURE_ADOPTION_RATE'
  /** Users of features. Different users of at least one feature in the period. */
  | 'FEATURE_USERS'
  /** Feature uses. How often features were used. */
  | 'FEATURE_USES'
  /** Gross margin. Share of revenue left after the cost of serving it. */
  | 'GROSS_MARGIN'
  /** Gross profit. Revenue left after the cost of serving it. */
  | 'GROSS_PROFIT'
  /** Gross revenue retention. What is left of the recurring revenue of twelve months ago, without expansion. */
  | 'GRR'
  /** Marketing costs. Marketing, of the costs by month. */
  | 'MARKETING_COSTS'
  | 'MARKETING_SPEND'
  /** Monthly active users. Different users active in the thirty days that end with the period. */
  | 'MAU'
  /** Monthly recurring revenue. Sum of the monthly prices of the subscriptions active at the end of the period. */
  | 'MRR'
  /** Net margin. Share of revenue left after all costs. */
  | 'NET_MARGIN'
  /** Net new MRR. Change of the monthly recurring revenue over the period. */
  | 'NET_NEW_MRR'
  /** New customers. Customers who pay for the first time. */
  | 'NEW_CUSTOMERS'
  /** New users. Users who joined in the period. */
  | 'NEW_MEMBERS'
  /** New MRR. Monthly recurring revenue won from customers who never paid before. */
  | 'NEW_MRR'
  /** New visitors. Visitors who come for the first time. */
  | 'NEW_VISITORS'
  /** Net promoter score. Promoters less detractors among the answers, from −100 to 100. */
  | 'NPS'
  /** Net revenue retention. What the customers of twelve months ago pay now, of what they paid then. */
  | 'NRR'
  /** Operating expenses. Expenses of running the company, beside the costs of serving and winning customers. */
  | 'OPERATING_EXPENSES'
  /** Organic traffic. Visits nobody was paid for. */
  | 'ORGANIC_TRAFFIC'
  /** Overall satisfaction. Mean answer to how satisfied one is overall, from 1 to 5. */
  | 'OSAT'
  /** Other costs. Costs that neither serve nor win customers, like the office and the team that builds the product. */
  | 'OTHER_COSTS'
  /** Paid traffic. Visits from paid channels. */
  | 'PAID_TRAFFIC'
  /** Payments. Attempts to collect a payment. */
  | 'PAYMENTS'
  /** SaaS quick ratio. Recurring revenue won for each unit lost. */
  | 'QUICK_RATIO'
  /** Reactivated customers. Customers who stopped paying earlier and pay again. */
  | 'REACTIVATED_CUSTOMERS'
  /** Reactivation MRR. Monthly recurring revenue of customers who paid before, stopped, and came back. */
  | 'REACTIVATION_MRR'
  /** Recorded costs. Costs recorded by hand, of every type. */
  | 'RECORDED_COSTS'
  /** Recorded revenue. Revenue recorded by hand, beside the payments. */
  | 'RECORDED_REVENUE'
  /** Referrals. Customers brought by other customers. */
  | 'REFERRALS'
  /** Customer retention rate. Share of the customers at the start of the month who did not stop paying in it. */
  | 'RETENTION_RATE'
  /** Revenue. Payments collected. */
  | 'REVENUE'
  /** Revenue churn rate. Share of the recurring revenue at the start of the month that was lost in it, before what was won. */
  | 'REVENUE_CHURN_RATE'
  /** Revenue growth. Change of revenue against one month before. */
  | 'REVENUE_GROWTH'
  /** Revenue of the last 12 months. Revenue of the twelve months that end with the period. */
  | 'REVENUE_TRAILING_12_MONTHS'
  /** Revenue year to date. Revenue since the start of the year. */
  | 'REVENUE_YEAR_TO_DATE'
  /** Sales efficiency. Annual recurring revenue won for each unit spent on sales and marketing. */
  | 'SALES_EFFICIENCY'
  /** Service costs. Infrastructure and support, of the costs by month. */
  | 'SERVICE_COSTS'
  /** Sessions. Different sessions with at least one event in the period. */
  | 'SESSIONS'
  /** Sessions per user. How often an active user came on average. */
  | 'SESSIONS_PER_USER'
  /** Average session duration. Mean length of the sessions that began in the period, from first event to last. */
  | 'SESSION_DURATION'
  /** Signups. Customers who signed up in the period, paying or not. */
  | 'SIGNUPS'
  /** Stickiness. Share of the users of the last thirty days who were active on the last day. */
  | 'STICKINESS'
  /** Average stickiness. Share of the thirty-day active users who are active on an average day of the period. */
  | 'STICKINESS_AVERAGE'
  /** Survey answers. Answers to surveys of every kind. */
  | 'SURVEY_ANSWERS'
  /** Time to value. Median time from joining to the first use of a feature, of the users who joined in the period and got there. */
  | 'TIME_TO_VALUE'
  /** Total costs. All costs of the company. */
  | 'TOTAL_COSTS'
  /** Customers ever. Everyone who signed up before the end of the period, paying or not. */
  | 'TOTAL_CUSTOMERS'
  /** Total revenue. Payments collected and revenue recorded by hand, together. */
  | 'TOTAL_REVENUE'
  /** Traffic. Visits to the site. */
  | 'TRAFFIC'
  /** Trials. Trials started. */
  | 'TRIALS'
  /** Trial conversion rate. Share of the trials started in the period whose customers have paid since. */
  | 'TRIAL_CONVERSION_RATE'
  /** Active users. Different users with at least one event in the period. */
  | 'USERS'
  /** Velocity. Points completed in a sprint, on average over the sprints that ended in the period. */
  | 'VELOCITY'
  /** Visitors. Different visitors of the site. */
  | 'VISITORS'
  /** Weekly active users. Different users active in the seven days that end with the period. */
  | 'WAU';

/** Tests of a number; all that are given must hold. A row without a value meets none but `ne`, `notIn` and `isNull`. */
export type NumberFilter = {
  /** Inclusive at both ends. */
  between?: NumberRange | null | undefined;
  eq?: number | string | null | undefined;
  gt?: number | string | null | undefined;
  gte?: number | string | null | undefined;
  /** Any of these values; an empty list keeps nothing. */
  in?: Array<number | string> | null | undefined;
  /** true keeps the rows without a value, false those with one. */
  isNull?: boolean | null | undefined;
  lt?: number | string | null | undefined;
  lte?: number | string | null | undefined;
  /** Everything but this value, rows without a value included: `ne` is the exact complement of `eq`. */
  ne?: number | string | null | undefined;
  /** Everything but these values, rows without a value included. */
  notIn?: Array<number | string> | null | undefined;
};

/** From and to, both belong to it. */
export type NumberRange = {
  from: number | string;
  to: number | string;
};

/** A span of time; exactly one of its fields. */
export type PeriodInput =
  {   /** `{between: {start: "2026-01-01", end: "2026-04-01"}}` is the first quarter. */
  between: BetweenInput; last?: never; preset?: never; }
  |  { between?: never;   /** `{last: {count: 30, unit: DAY}}` */
  last: LastInput; preset?: never; }
  |  { between?: never; last?: never;   /** `{preset: THIS_MONTH}` */
  preset: PeriodPreset; };

/** Periods by name, counted from the present of the sources in the time zone asked. THIS_* is the whole calendar period, its future too; *_TO_DATE ends now; LAST_n_* leaves the present day or month out. */
export type PeriodPreset =
  | 'LAST_7_DAYS'
  | 'LAST_12_MONTHS'
  | 'LAST_30_DAYS'
  | 'LAST_90_DAYS'
  | 'LAST_MONTH'
  | 'LAST_QUARTER'
  | 'LAST_WEEK'
  | 'LAST_YEAR'
  | 'MONTH_TO_DATE'
  | 'QUARTER_TO_DATE'
  | 'THIS_MONTH'
  | 'THIS_QUARTER'
  | 'THIS_WEEK'
  | 'THIS_YEAR'
  | 'TODAY'
  | 'YEAR_TO_DATE'
  | 'YESTERDAY';

/** Why there is no number. Branch on this; `remedy` is for people. */
export type Reason =
  /** The period lies beyond what the source is known to hold. */
  | 'AFTER_WATERMARK'
  /** The first reading of a synced table goes on, and what the value needs has not been read yet. */
  | 'BACKFILLING'
  /** The period lies before the first data. */
  | 'BEFORE_FIRST_DATA'
  /** No source holds the costs that the metric needs. */
  | 'COSTS_NOT_RECORDED'
  /** The metric cannot be sliced by a dimension asked: no path of joins leads there. The filter is never ignored. */
  | 'DIMENSION_NOT_AVAILABLE'
  /** The denominator is zero. */
  | 'DIVISION_BY_ZERO'
  /** No source tracks the events that the metric needs. */
  | 'EVENTS_NOT_TRACKED'
  /** An amount has no exchange rate on or before its day. */
  | 'EXCHANGE_RATE_MISSING'
  /** Amounts in several currencies are never added up. */
  | 'MIXED_CURRENCIES'
  /** Values of shorter periods, such as different users of days, do not add up to one of this period, and none is recorded for it. */
  | 'NOT_ADDITIVE'
  /** No row of the source fell into the slice and the period. */
  | 'NO_ROWS'
  /** The number is too large to represent. */
  | 'OVERFLOW'
  /** The period cuts facts that are kept by whole month (or other grain); they are never prorated. */
  | 'PERIOD_CUTS_FACTS'
  /** The period cuts a base period of the rate: a monthly rate needs whole months. Only the running one may be unfinished. */
  | 'PERIOD_CUTS_RATE'
  /** No source holds the revenue that the metric needs. */
  | 'REVENUE_NOT_RECORDED'
  /** The source did not answer. */
  | 'SOURCE_FAILED'
  /** No source that holds the metric’s data is configured. */
  | 'SOURCE_MISSING'
  /** No source holds the surveys that the metric needs. */
  | 'SURVEYS_NOT_TRACKED'
  /** The data does not reach far enough back for the window. */
  | 'WINDOW_NOT_COVERED';

/** Who did several things in this order. */
export type SequenceInput = {
  /** What the members are. */
  entity: EntityName;
  /** 2 to 10. */
  steps: Array<ActivityInput>;
  /** Ever before, if not given. */
  window?: WindowInput | null | undefined;
  /** From the first to the last, at most 100 years; as long as it takes if not given. */
  within?: unknown;
};

/** One slice of a list. */
export type SliceInput = {
  /** Fills what is missing with the estimates of the model. Whatever rests on one is ESTIMATED, and its `assumptions` say on what. */
  allowEstimates?: boolean | null | undefined;
  /** Members of all of these cohorts. */
  cohorts?: Array<CohortName> | null | undefined;
  /** When membership of cohorts is decided. */
  cohortsAsOf?: CohortMoment | null | undefined;
  /** Comes back as `Slice.key`, to tell the slices of a list apart. */
  key?: string | null | undefined;
  period: PeriodInput;
  /** UTC if not given. */
  timezone?: string | null | undefined;
  /** Rows to keep; without it all. */
  where?: Where | null | undefined;
};

/** How a stream of a synced tool stands. */
export type StreamState =
  /** The last run failed; what was committed before stays. */
  | 'FAILED'
  /** Nothing was read yet. */
  | 'NEVER'
  /** The first reading has not come to its end yet. */
  | 'PARTIAL'
  | 'RUNNING'
  /** All there is was read once, and what changed since. */
  | 'WHOLE';

/** Tests of a text; all that are given must hold. A row without a value meets none but `ne`, `notIn` and `isNull`. */
export type StringFilter = {
  /** Ignores upper and lower case in every test beside it. */
  caseInsensitive?: boolean | null | undefined;
  /** Taken literally: no wildcards. */
  contains?: string | null | undefined;
  /** Taken literally: no wildcards. */
  endsWith?: string | null | undefined;
  eq?: string | null | undefined;
  /** Any of these values; an empty list keeps nothing. */
  in?: Array<string> | null | undefined;
  /** true keeps the rows without a value, false those with one. */
  isNull?: boolean | null | undefined;
  /** Everything but this value, rows without a value included: `ne` is the exact complement of `eq`. */
  ne?: string | null | undefined;
  /** Everything but these values, rows without a value included. */
  notIn?: Array<string> | null | undefined;
  /** Taken literally: no wildcards. */
  startsWith?: string | null | undefined;
};

/** The span that ends at the moment of membership. */
export type TrailingInput = {
  /** 1 to 10,000; at most 100 years. */
  count: number;
  unit: Grain;
};

/** What a metric’s numbers count. It never changes with the question. */
export type Unit =
  /** Whole things. */
  | 'COUNT'
  /** Money in the currency’s major unit (dollars, not cents); `currency` names it. */
  | 'CURRENCY'
  /** Seconds. */
  | 'DURATION'
  /** 0 to 100, not 0 to 1. */
  | 'PERCENT'
  /** A plain quotient. */
  | 'RATIO'
  /** Points on the metric’s own scale. */
  | 'SCORE';

/** Where a value stands by a benchmark. */
export type Verdict =
  | 'ACCEPTABLE'
  | 'EXCELLENT'
  | 'GOOD'
  | 'POOR';

/** Which rows to keep: everything given must hold, `{}` keeps all. A test on a row without a value is false, and `not` is the exact complement, so that a slice and its negation add up to the whole. A null anywhere inside is refused. */
export type Where = {
  /** Acquisition channel. What brought the customer. */
  acquisition_channel?: StringFilter | null | undefined;
  /** Active at. When the user was active. */
  active_at?: DateFilter | null | undefined;
  /** All of these; an empty list keeps all. */
  and?: Array<Where> | null | undefined;
  /** Membership of cohorts. */
  cohort?: CohortFilter | null | undefined;
  /** Cost channel. Channel the cost was spent on. */
  cost_channel?: StringFilter | null | undefined;
  /** Cost currency. Currency of the cost. */
  cost_currency?: StringFilter | null | undefined;
  /** Cost date. Day of the cost. */
  cost_date?: DateFilter | null | undefined;
  /** Cost type. marketing, sales, advertising, infrastructure, personnel, support or other. */
  cost_type?: StringFilter | null | undefined;
  /** Country. Country of the customer. */
  country?: StringFilter | null | undefined;
  /** Defect created. Day the defect was found. */
  defect_created?: DateFilter | null | undefined;
  /** Device. Device: desktop, mobile or tablet. */
  device?: StringFilter | null | undefined;
  /** Subscription end. First day without the subscription; null while it lives. */
  end_date?: DateFilter | null | undefined;
  /** Engaged. Longer than 10 seconds, or with a key event, or with two page views. */
  engaged?: BooleanFilter | null | undefined;
  /** Entry date. Day of the expense. */
  entry_date?: DateFilter | null | undefined;
  /** Event. What happened, like feature_used. */
  event?: StringFilter | null | undefined;
  /** Event channel. What brought the session. */
  event_channel?: StringFilter | null | undefined;
  /** Event country. Country the session came from. */
  event_country?: StringFilter | null | undefined;
  /** Event time. When it happened. */
  event_time?: DateFilter | null | undefined;
  /** Expense category. Kind of expense. */
  expense_category?: StringFilter | null | undefined;
  /** Experiment. Name of the experiment. */
  experiment?: StringFilter | null | undefined;
  /** Exposed at. First moment of the exposure. */
  exposed_at?: DateFilter | null | undefined;
  /** Feature. Feature that was used; only of feature_used. */
  feature?: StringFilter | null | undefined;
  /** First value at. When the user first used a feature; null before. */
  first_value_at?: DateFilter | null | undefined;
  /** Found in. Where it was found: production or testing. */
  found_in?: StringFilter | null | undefined;
  /** Is active. Whether the customer is active now. */
  is_active?: BooleanFilter | null | undefined;
  /** Joined at. When the user joined. */
  joined_at?: DateFilter | null | undefined;
  /** Member since. Day the user joined. */
  member_since?: DateFilter | null | undefined;
  /** Month. Month of the costs. */
  month?: DateFilter | null | undefined;
  /** Monthly price. Price a month. */
  monthly_price?: NumberFilter | null | undefined;
  /** Everything but this. */
  not?: Where | null | undefined;
  /** Any of these; an empty list keeps nothing. */
  or?: Array<Where> | null | undefined;
  /** Payment amount. Amount of the attempt. */
  payment_amount?: NumberFilter | null | undefined;
  /** Payment date. Day of the attempt. */
  payment_date?: DateFilter | null | undefined;
  /** Payment status. Success or Failed. */
  payment_status?: StringFilter | null | undefined;
  /** Plan. Plan of the subscription. */
  plan_type?: StringFilter | null | undefined;
  /** Referred date. Day of the referral. */
  referred_date?: DateFilter | null | undefined;
  /** Role. What the user may do. */
  role?: StringFilter | null | undefined;
  /** Sale channel. Channel the revenue came by. */
  sale_channel?: StringFilter | null | undefined;
  /** Sale currency. Currency of the revenue. */
  sale_currency?: StringFilter | null | undefined;
  /** Sale date. Day of the revenue. */
  sale_date?: DateFilter | null | undefined;
  /** Sale type. subscription, upsell, expansion or one_time. */
  sale_type?: StringFilter | null | undefined;
  /** Segment. Kind of customer, like Enterprise or SMB. */
  segment?: StringFilter | null | undefined;
  /** Session started at. First event of the session. */
  session_started_at?: DateFilter | null | undefined;
  /** Severity. How bad it is. */
  severity?: StringFilter | null | undefined;
  /** Signup date. Day of signing up. */
  signup_date?: DateFilter | null | undefined;
  /** Sprint end. Last day of the sprint. */
  sprint_end?: DateFilter | null | undefined;
  /** Sprint start. First day of the sprint. */
  sprint_start?: DateFilter | null | undefined;
  /** Subscription start. First day of the subscription. */
  start_date?: DateFilter | null | undefined;
  /** Survey kind. Question asked: nps (0–10), csat and osat (1–5), ces (1–7). */
  survey_kind?: StringFilter | null | undefined;
  /** Survey score. Answer given. */
  survey_score?: NumberFilter | null | undefined;
  /** Survey time. When it was answered. */
  survey_time?: DateFilter | null | undefined;
  /** Team. Development team. */
  team?: StringFilter | null | undefined;
  /** Traffic type. paid for channels that begin with paid, and display; organic for all others. */
  traffic_type?: StringFilter | null | undefined;
  /** Trial converted. Whether the trial has become a paid subscription since. */
  trial_converted?: BooleanFilter | null | undefined;
  /** Trial ends at. End of the trial. */
  trial_ends_at?: DateFilter | null | undefined;
  /** Trial started at. Start of the trial. */
  trial_started_at?: DateFilter | null | undefined;
  /** Variant. Variant the user saw. */
  variant?: StringFilter | null | undefined;
  /** Traffic channel. What brought the visit, like organic_search, paid_search, social, referral, direct or email. */
  visit_channel?: StringFilter | null | undefined;
  /** Visit country. Country the visit came from. */
  visit_country?: StringFilter | null | undefined;
  /** Visit device. Device: desktop, mobile or tablet. */
  visit_device?: StringFilter | null | undefined;
  /** Visit time. Start of the visit. */
  visit_time?: DateFilter | null | undefined;
  /** Visitor converted on. First day of the first subscription. */
  visitor_converted_on?: DateFilter | null | undefined;
};

/** When it may have happened; exactly one of its fields. */
export type WindowInput =
  {   between: BetweenInput; last?: never; }
  |  { between?: never;   /** `{last: {count: 28, unit: DAY}}`: the 28 days that end when membership is decided. */
  last: TrailingInput; };

export type AarrrQueryVariables = Exact<{
  period?: PeriodInput;
  inputs?: Array<SliceInput> | SliceInput;
}>;


export type AarrrQuery = { catalog: { metrics: Array<{ name: MetricName, frameworks: Array<{ framework: Framework, parts: Array<string> }> }> }, overall: { metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null> } | null, cohorts: Array<{ key: string | null, metrics: Array<{ name: MetricName, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null> } | null> };

export type CatalogQueryVariables = Exact<{
  search?: string | null | undefined;
}>;


export type CatalogQuery = { catalog: { definitionVersion: string, now: string, metrics: Array<{ name: MetricName, label: string, description: string | null, formula: string | null, unit: Unit, category: MetricCategory | null, finestGrain: Grain | null, dimensions: Array<{ name: DimensionName, label: string, kind: DimensionKind }> }>, dimensions: Array<{ name: DimensionName, field: string, label: string, kind: DimensionKind, entity: EntityName | null }>, cohorts: Array<{ name: CohortName, label: string, entity: EntityName, definition: string }>, entities: Array<{ name: EntityName, label: string }>, sources: Array<{ name: string, connector: string, ok: boolean, message: string, dataVersion: string | null, quarantine: { total: number, truncated: boolean, entries: Array<{ table: string, file: string, line: number | null, column: string | null, reason: string }> } }> | null } };

export type CohortComparisonQueryVariables = Exact<{
  inputs?: Array<SliceInput> | SliceInput;
}>;


export type CohortComparisonQuery = { slices: Array<{ key: string | null, size: number | null, revenue: { value: number | null, reason: Reason | null, series: Array<{ start: string, value: number | null, reason: Reason | null }> | null } | null, mrr: { value: number | null, reason: Reason | null, series: Array<{ start: string, value: number | null, reason: Reason | null }> | null } | null, customers: { value: number | null, reason: Reason | null, series: Array<{ start: string, value: number | null, reason: Reason | null }> | null } | null } | null> };

export type MonthlyFragment = { value: number | null, reason: Reason | null, series: Array<{ start: string, value: number | null, reason: Reason | null }> | null };

export type CohortMembersQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type CohortMembersQuery = { cohort: { label: string, definition: string, entity: EntityName, size: number | null, members: { ids: Array<string>, totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null, slice: { metrics: Array<{ label: string, formatted: string | null, reason: Reason | null } | null> } } | null };

export type CohortsSentQueryVariables = Exact<{
  first?: number | null | undefined;
}>;


export type CohortsSentQuery = { destinations: Array<{ name: string, connector: string }>, activations: Array<{ id: string, cohort: string, destination: string, dryRun: boolean, state: ActivationState, members: number, unaddressed: number, entered: number, left: number, sent: number, refused: number, startedAt: string, endedAt: string | null, refusals: Array<{ member: string, reason: string }>, error: { code: string, message: string } | null }> | null };

export type CustomerInsightsQueryVariables = Exact<{
  period?: PeriodInput;
  cohort?: CohortName;
  other?: CohortName;
  inactive?: CohortInput;
  first?: number | null | undefined;
}>;


export type CustomerInsightsQuery = { everyone: { customers: number | null, metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null } | null } | null>, bySegment: { breakdown: { rows: Array<{ value: number | null, reason: Reason | null, dimensions: Array<{ value: string | number | boolean | null }> }> } | null } | null, byCountry: { breakdown: { truncated: boolean, rows: Array<{ value: number | null, share: number | null, dimensions: Array<{ value: string | number | boolean | null }> }>, other: { value: number | null, share: number | null } | null } | null } | null, byCohort: { breakdown: { rows: Array<{ value: number | null, reason: Reason | null, dimensions: Array<{ value: string | number | boolean | null }> }> } | null } | null, churned: { formatted: string | null, drill: { entity: EntityName, totalCount: number, rows: Array<{ id: string | null, formatted: string | null }> } | null } | null, expanded: { formatted: string | null, drill: { entity: EntityName, totalCount: number, rows: Array<{ id: string | null, formatted: string | null }> } | null } | null } | null, sideBySide: { label: string, definition: string, size: number | null, compare: { otherSize: number | null, overlap: number | null, metrics: Array<{ name: MetricName, value: number | null, otherValue: number | null, difference: number | null, lift: number | null, reason: Reason | null } | null> } | null } | null, atRisk: { label: string, size: number | null, members: { ids: Array<string>, totalCount: number } | null, slice: { metrics: Array<{ label: string, formatted: string | null, reason: Reason | null } | null> } } | null };

export type CustomerFigureFragment = { name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null } | null };

export type DimensionValuesQueryVariables = Exact<{
  search?: string | null | undefined;
}>;


export type DimensionValuesQuery = { dimensionValues: { dimension: DimensionName, totalCount: number | null, truncated: boolean | null, values: Array<{ value: string | number | boolean | null, rows: number }> | null } };

export type EarlyStageQueryVariables = Exact<{
  period?: PeriodInput;
  quarter?: PeriodInput;
  trend?: PeriodInput;
}>;


export type EarlyStageQuery = { month: { period: { start: string, end: string }, metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, quality: DataQuality, reason: Reason | null, remedy: string | null, interpretation: string | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null, source: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null } | null } | null> } | null, quarter: { metrics: Array<{ name: MetricName, formatted: string | null, value: number | null, reason: Reason | null } | null> } | null, year: { metrics: Array<{ name: MetricName, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null> } | null };

export type ExecutiveOverviewQueryVariables = Exact<{
  period?: PeriodInput;
  trend?: PeriodInput;
  timezone?: string | null | undefined;
}>;


export type ExecutiveOverviewQuery = { month: { period: { start: string, end: string, timezone: string }, metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, quality: DataQuality, partial: boolean, reason: Reason | null, remedy: string | null, asOf: string, interpretation: string | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null, period: { start: string, end: string } } | null, yearAgo: { value: number | null, changePercent: number | null, changePoints: number | null } | null } | null>, mrrBySegment: { breakdown: { rows: Array<{ value: number | null, share: number | null, dimensions: Array<{ name: string, value: string | number | boolean | null }>, compare: { changePercent: number | null } | null }>, other: { value: number | null, share: number | null } | null } | null } | null } | null, year: { mrr: { label: string, unit: Unit, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null, margin: { label: string, unit: Unit, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null, movements: Array<{ label: string, unit: Unit, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null> } | null };

export type TileFragment = { name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, quality: DataQuality, partial: boolean, reason: Reason | null, remedy: string | null, asOf: string, interpretation: string | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null, period: { start: string, end: string } } | null, yearAgo: { value: number | null, changePercent: number | null, changePoints: number | null } | null };

export type TrendFragment = { label: string, unit: Unit, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null };

export type ExplainGrossMarginQueryVariables = Exact<{ [key: string]: never; }>;


export type ExplainGrossMarginQuery = { slice: { metric: { formatted: string | null, quality: DataQuality, definitionVersion: string, explain: { formula: string | null, implementation: string, rollup: string | null, lineage: Array<{ metric: string, semanticModel: string | null, source: string | null, expression: string | null }>, sources: Array<{ name: string, connector: string, dataVersion: string, asOf: string }>, scans: Array<{ source: string, semanticModel: string, form: string, why: string, sql: string, params: Array<string> }> } | null } | null } | null };

export type FiltersAndSlicesQueryVariables = Exact<{ [key: string]: never; }>;


export type FiltersAndSlicesQuery = { slice: { size: number | null, revenue: { value: number | null, currency: string | null, exact: string | null } | null, largePayments: { value: number | null } | null, enterprise: { size: number | null, metric: { value: number | null } | null, recent: { metric: { value: number | null, reason: Reason | null } | null } | null } | null } | null };

export type FinancialHealthQueryVariables = Exact<{
  period?: PeriodInput;
  trend?: PeriodInput;
  allowEstimates?: boolean | null | undefined;
}>;


export type FinancialHealthQuery = { month: { period: { start: string, end: string }, metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, exact: string | null, unit: Unit, currency: string | null, quality: DataQuality, assumptions: Array<string>, reason: Reason | null, remedy: string | null, formula: { formula: string | null } | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null, source: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null> } | null, year: { metrics: Array<{ name: MetricName, label: string, unit: Unit, series: Array<{ start: string, value: number | null, quality: DataQuality, reason: Reason | null }> | null } | null>, summedUp: { series: Array<{ start: string, value: number | null }> | null } | null } | null };

export type FunnelQueryVariables = Exact<{
  period?: PeriodInput;
  within?: unknown;
}>;


export type FunnelQuery = { activation: { entity: EntityName, partial: boolean, reason: Reason | null, remedy: string | null, period: { start: string, end: string }, groups: Array<{ value: string | number | boolean | null, conversion: number | null, steps: Array<{ label: string, count: number, conversion: number | null, fromPrevious: number | null, medianSeconds: number | null }> }> } | null, sales: { entity: EntityName, partial: boolean, reason: Reason | null, remedy: string | null, period: { start: string, end: string }, groups: Array<{ value: string | number | boolean | null, conversion: number | null, steps: Array<{ label: string, count: number, conversion: number | null, fromPrevious: number | null, medianSeconds: number | null }> }> } | null };

export type StepsFragment = { entity: EntityName, partial: boolean, reason: Reason | null, remedy: string | null, period: { start: string, end: string }, groups: Array<{ value: string | number | boolean | null, conversion: number | null, steps: Array<{ label: string, count: number, conversion: number | null, fromPrevious: number | null, medianSeconds: number | null }> }> };

export type HeartQueryVariables = Exact<{
  period?: PeriodInput;
  trend?: PeriodInput;
  timezone?: string | null | undefined;
}>;


export type HeartQuery = { month: { metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, interpretation: string | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null, source: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null> } | null, trend: { metrics: Array<{ name: MetricName, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null> } | null };

export type MidStageQueryVariables = Exact<{
  period?: PeriodInput;
  quarter?: PeriodInput;
  trend?: PeriodInput;
}>;


export type MidStageQuery = { month: { period: { start: string, end: string }, metrics: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, quality: DataQuality, reason: Reason | null, remedy: string | null, interpretation: string | null, benchmark: { text: string, verdict: Verdict | null, verdictText: string | null, source: string | null } | null, compare: { value: number | null, changePercent: number | null, changePoints: number | null } | null } | null> } | null, quarter: { metrics: Array<{ name: MetricName, formatted: string | null, value: number | null, reason: Reason | null } | null> } | null, year: { metrics: Array<{ name: MetricName, series: Array<{ start: string, value: number | null, partial: boolean, reason: Reason | null }> | null } | null> } | null };

export type ProductHealthQueryVariables = Exact<{
  period?: PeriodInput;
  days?: PeriodInput;
  timezone?: string | null | undefined;
}>;


export type ProductHealthQuery = { month: { engagement: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null>, product: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null>, delivery: Array<{ name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null } | null>, features: { breakdown: { totalCount: number, rows: Array<{ value: number | null, dimensions: Array<{ value: string | number | boolean | null }>, compare: { changePercent: number | null } | null }> } | null } | null, channels: { breakdown: { rows: Array<{ value: number | null, share: number | null, dimensions: Array<{ value: string | number | boolean | null }> }>, other: { value: number | null, share: number | null } | null } | null } | null, weekdays: { breakdown: { rows: Array<{ value: number | null, dimensions: Array<{ value: string | number | boolean | null }> }> } | null } | null } | null, daily: { dau: { seriesColumns: { starts: Array<string>, values: Array<number | null>, partial: Array<boolean> } | null } | null, mau: { seriesColumns: { starts: Array<string>, values: Array<number | null>, partial: Array<boolean> } | null } | null, stickiness: { seriesColumns: { starts: Array<string>, values: Array<number | null>, partial: Array<boolean> } | null } | null } | null };

export type ProductFigureFragment = { name: MetricName, label: string, formatted: string | null, value: number | null, unit: Unit, partial: boolean, reason: Reason | null, remedy: string | null, benchmark: { verdict: Verdict | null, verdictText: string | null } | null, compare: { changePercent: number | null, changePoints: number | null } | null };

export type RetentionQueryVariables = Exact<{
  months?: PeriodInput;
  weeks?: PeriodInput;
  segment?: string;
  periods?: number | null | undefined;
}>;


export type RetentionQuery = { customers: { size: number | null, retention: { reason: Reason | null, remedy: string | null, rows: Array<{ cohortStart: string, size: number | null, cells: Array<{ period: number, to: number | null, active: number | null, rate: number | null, complete: boolean }> }>, average: Array<{ period: number, to: number | null, rate: number | null, size: number }> } | null } | null, users: { size: number | null, bounded: { reason: Reason | null, remedy: string | null, rows: Array<{ cohortStart: string, size: number | null, cells: Array<{ period: number, to: number | null, active: number | null, rate: number | null, complete: boolean }> }>, average: Array<{ period: number, to: number | null, rate: number | null, size: number }> } | null, brackets: { reason: Reason | null, remedy: string | null, rows: Array<{ cohortStart: string, size: number | null, cells: Array<{ period: number, to: number | null, active: number | null, rate: number | null, complete: boolean }> }>, average: Array<{ period: number, to: number | null, rate: number | null, size: number }> } | null } | null, segment: { size: number | null, retention: { reason: Reason | null, remedy: string | null, rows: Array<{ cohortStart: string, size: number | null, cells: Array<{ period: number, to: number | null, active: number | null, rate: number | null, complete: boolean }> }>, average: Array<{ period: number, to: number | null, rate: number | null, size: number }> } | null } | null };

export type MatrixFragment = { reason: Reason | null, remedy: string | null, rows: Array<{ cohortStart: string, size: number | null, cells: Array<{ period: number, to: number | null, active: number | null, rate: number | null, complete: boolean }> }>, average: Array<{ period: number, to: number | null, rate: number | null, size: number }> };

export type RevenueByCountryQueryVariables = Exact<{ [key: string]: never; }>;


export type RevenueByCountryQuery = { slice: { metric: { label: string, formatted: string | null, breakdown: { truncated: boolean, totalCount: number, rows: Array<{ value: number | null, share: number | null, reason: Reason | null, dimensions: Array<{ name: string, value: string | number | boolean | null }>, compare: { value: number | null, changePercent: number | null } | null, series: Array<{ start: string, value: number | null }> | null }>, other: { value: number | null, share: number | null } | null } | null } | null } | null };

export type SendCohortMutationVariables = Exact<{
  destination?: string;
  dryRun?: boolean;
}>;


export type SendCohortMutation = { activateCohort: { id: string, state: ActivationState, dryRun: boolean, members: number, unaddressed: number, entered: number, left: number, sent: number, refused: number, refusals: Array<{ member: string, reason: string }>, error: { code: string, message: string } | null } | null };

export type SyncStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type SyncStatusQuery = { syncStatus: Array<{ source: string, connector: string, running: boolean, startedAt: string | null, endedAt: string | null, nextRunAt: string | null, streams: Array<{ name: string, state: StreamState, done: number | null, rows: number, quarantined: number, written: number, removed: number, lastSyncedAt: string | null, completeUntil: string | null, error: { code: string, message: string, hint: string | null } | null }> }> | null, catalog: { identities: Array<{ entity: string, people: number, conflicts: number, examples: Array<string>, resolvedAt: string | null, sources: Array<{ source: string, table: string, rows: number, linked: number, unlinked: number }> }> | null } };

export type TableForBiQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type TableForBiQuery = { table: { rows: Array<Readonly<Record<string, string | number | boolean | null>>>, totals: Readonly<Record<string, string | number | boolean | null>> | null, totalCount: number, truncated: boolean, asOf: string, period: { start: string, end: string }, columns: Array<{ name: string, label: string, type: ColumnType, role: ColumnRole, unit: Unit | null, currency: string | null }>, reasons: Array<{ row: number, column: string, reason: Reason, remedy: string | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export const MonthlyFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Monthly"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]} as unknown as DocumentNode<MonthlyFragment, unknown>;
export const CustomerFigureFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerFigure"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]} as unknown as DocumentNode<CustomerFigureFragment, unknown>;
export const TileFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Tile"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"interpretation"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"PREVIOUS_PERIOD"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"yearAgo"},"name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"SAME_PERIOD_LAST_YEAR"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]} as unknown as DocumentNode<TileFragment, unknown>;
export const TrendFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Trend"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]} as unknown as DocumentNode<TrendFragment, unknown>;
export const StepsFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Steps"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Funnel"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"groups"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"conversion"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"conversion"}},{"kind":"Field","name":{"kind":"Name","value":"fromPrevious"}},{"kind":"Field","name":{"kind":"Name","value":"medianSeconds"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}}]} as unknown as DocumentNode<StepsFragment, unknown>;
export const ProductFigureFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductFigure"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]} as unknown as DocumentNode<ProductFigureFragment, unknown>;
export const MatrixFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Matrix"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Retention"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cohortStart"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"complete"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"average"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"size"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}}]} as unknown as DocumentNode<MatrixFragment, unknown>;
export const AarrrDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Aarrr"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SliceInput"}}}}},"defaultValue":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"by-referral","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ACQUIRED_BY_REFERRAL"}]}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"catalog"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"frameworks"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"framework"}},{"kind":"Field","name":{"kind":"Name","value":"parts"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"overall"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"framework"},"value":{"kind":"EnumValue","value":"AARRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"cohorts"},"name":{"kind":"Name","value":"slices"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"inputs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"framework"},"value":{"kind":"EnumValue","value":"AARRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]} as unknown as DocumentNode<AarrrQuery, AarrrQueryVariables>;
export const CatalogDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Catalog"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}},"defaultValue":{"kind":"StringValue","value":"revenue","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"catalog"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"definitionVersion"}},{"kind":"Field","name":{"kind":"Name","value":"now"}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"formula"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"category"}},{"kind":"Field","name":{"kind":"Name","value":"finestGrain"}},{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cohorts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}}]}},{"kind":"Field","name":{"kind":"Name","value":"entities"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"ok"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"dataVersion"}},{"kind":"Field","name":{"kind":"Name","value":"quarantine"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"truncated"}},{"kind":"Field","name":{"kind":"Name","value":"entries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"file"}},{"kind":"Field","name":{"kind":"Name","value":"line"}},{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<CatalogQuery, CatalogQueryVariables>;
export const CohortComparisonDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CohortComparison"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SliceInput"}}}}},"defaultValue":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-us","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"US","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-us","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"US","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-us","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"US","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-us","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"US","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-de","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"DE","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-de","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"DE","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-de","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"DE","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-de","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"DE","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-gb","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"GB","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-gb","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"GB","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-gb","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"GB","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-gb","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"GB","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-fr","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"FR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-fr","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"FR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-fr","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"FR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-fr","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"FR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-in","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"IN","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-in","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"IN","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-in","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"IN","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-in","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"IN","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"enterprise-br","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"BR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"mid_market-br","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"BR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MID_MARKET"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"smb-br","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"BR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"SMB"}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"key"},"value":{"kind":"StringValue","value":"startup-br","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"BR","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"STARTUP"}]}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slices"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"inputs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"inputs"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"size"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}}]},{"kind":"Field","alias":{"kind":"Name","value":"revenue"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Monthly"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"mrr"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"MRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Monthly"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"customers"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Monthly"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Monthly"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]} as unknown as DocumentNode<CohortComparisonQuery, CohortComparisonQueryVariables>;
export const CohortMembersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CohortMembers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"ACQUIRED_BY_REFERRAL"}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}},{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"members"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ids"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"slice"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MRR"},{"kind":"EnumValue","value":"ARPU"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]} as unknown as DocumentNode<CohortMembersQuery, CohortMembersQueryVariables>;
export const CohortsSentDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CohortsSent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"destinations"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}}]}},{"kind":"Field","name":{"kind":"Name","value":"activations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"cohort"}},{"kind":"Field","name":{"kind":"Name","value":"destination"}},{"kind":"Field","name":{"kind":"Name","value":"dryRun"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"members"}},{"kind":"Field","name":{"kind":"Name","value":"unaddressed"}},{"kind":"Field","name":{"kind":"Name","value":"entered"}},{"kind":"Field","name":{"kind":"Name","value":"left"}},{"kind":"Field","name":{"kind":"Name","value":"sent"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"refusals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"member"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CohortsSentQuery, CohortsSentQueryVariables>;
export const CustomerInsightsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"CustomerInsights"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"cohort"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CohortName"}}},"defaultValue":{"kind":"EnumValue","value":"ENTERPRISE"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"other"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CohortName"}}},"defaultValue":{"kind":"EnumValue","value":"SMB"}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"inactive"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CohortInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"difference"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"NOW_ACTIVE"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"behavior"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}},{"kind":"ObjectField","name":{"kind":"Name","value":"activity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"FEATURE_USES"}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"window"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"last"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"count"},"value":{"kind":"IntValue","value":"28"}},{"kind":"ObjectField","name":{"kind":"Name","value":"unit"},"value":{"kind":"EnumValue","value":"DAY"}}]}}]}}]}}]}]}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"everyone"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"customers"},"name":{"kind":"Name","value":"size"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}}]},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"},{"kind":"EnumValue","value":"NEW_CUSTOMERS"},{"kind":"EnumValue","value":"CHURN_RATE"},{"kind":"EnumValue","value":"RETENTION_RATE"},{"kind":"EnumValue","value":"NRR"},{"kind":"EnumValue","value":"GRR"},{"kind":"EnumValue","value":"ARPU"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CustomerFigure"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"bySegment"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"ARPU"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"SEGMENT"}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"byCountry"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"COUNTRY"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"top"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}},{"kind":"Field","name":{"kind":"Name","value":"other"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}},{"kind":"Field","name":{"kind":"Name","value":"truncated"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"byCohort"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"CHURN_RATE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"},{"kind":"EnumValue","value":"MID_MARKET"},{"kind":"EnumValue","value":"SMB"},{"kind":"EnumValue","value":"STARTUP"},{"kind":"EnumValue","value":"ACQUIRED_BY_REFERRAL"}]}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"churned"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"CHURNED_MRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"drill"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"expanded"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"EXPANSION_MRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"drill"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"sideBySide"},"name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"cohort"}}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"definition"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"with"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"other"}}}]}},{"kind":"Argument","name":{"kind":"Name","value":"metrics"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ARPU"},{"kind":"EnumValue","value":"CHURN_RATE"},{"kind":"EnumValue","value":"NRR"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"otherSize"}},{"kind":"Field","name":{"kind":"Name","value":"overlap"}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"otherValue"}},{"kind":"Field","name":{"kind":"Name","value":"difference"}},{"kind":"Field","name":{"kind":"Name","value":"lift"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"atRisk"},"name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"of"},"value":{"kind":"Variable","name":{"kind":"Name","value":"inactive"}}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"members"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ids"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}},{"kind":"Field","name":{"kind":"Name","value":"slice"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MRR"},{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerFigure"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]} as unknown as DocumentNode<CustomerInsightsQuery, CustomerInsightsQueryVariables>;
export const DimensionValuesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DimensionValues"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensionValues"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"ACQUISITION_CHANNEL"}},{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimension"}},{"kind":"Field","name":{"kind":"Name","value":"values"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"truncated"}}]}}]}}]} as unknown as DocumentNode<DimensionValuesQuery, DimensionValuesQueryVariables>;
export const EarlyStageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"EarlyStage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"quarter"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_QUARTER"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trend"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"EARLY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"interpretation"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}},{"kind":"Field","name":{"kind":"Name","value":"source"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"quarter"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"quarter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"EARLY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"year"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trend"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"EARLY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]} as unknown as DocumentNode<EarlyStageQuery, EarlyStageQueryVariables>;
export const ExecutiveOverviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExecutiveOverview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trend"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"TimeZone"}},"defaultValue":{"kind":"StringValue","value":"UTC","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}},{"kind":"Field","name":{"kind":"Name","value":"timezone"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"REVENUE"},{"kind":"EnumValue","value":"MRR"},{"kind":"EnumValue","value":"ARR"},{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"},{"kind":"EnumValue","value":"NEW_CUSTOMERS"},{"kind":"EnumValue","value":"ARPU"},{"kind":"EnumValue","value":"CHURN_RATE"},{"kind":"EnumValue","value":"NRR"},{"kind":"EnumValue","value":"GROSS_MARGIN"},{"kind":"EnumValue","value":"BURN_RATE"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Tile"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"mrrBySegment"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"MRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"SEGMENT"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"top"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"other"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"year"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trend"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"mrr"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"MRR"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Trend"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"margin"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"GROSS_MARGIN"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Trend"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"movements"},"name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"NEW_MRR"},{"kind":"EnumValue","value":"EXPANSION_MRR"},{"kind":"EnumValue","value":"REACTIVATION_MRR"},{"kind":"EnumValue","value":"CONTRACTION_MRR"},{"kind":"EnumValue","value":"CHURNED_MRR"},{"kind":"EnumValue","value":"NET_NEW_MRR"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Trend"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Tile"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}},{"kind":"Field","name":{"kind":"Name","value":"interpretation"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"PREVIOUS_PERIOD"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"yearAgo"},"name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"SAME_PERIOD_LAST_YEAR"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Trend"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]} as unknown as DocumentNode<ExecutiveOverviewQuery, ExecutiveOverviewQueryVariables>;
export const ExplainGrossMarginDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ExplainGrossMargin"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"GROSS_MARGIN"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"definitionVersion"}},{"kind":"Field","name":{"kind":"Name","value":"explain"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"formula"}},{"kind":"Field","name":{"kind":"Name","value":"implementation"}},{"kind":"Field","name":{"kind":"Name","value":"lineage"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"semanticModel"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"expression"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"dataVersion"}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}}]}},{"kind":"Field","name":{"kind":"Name","value":"scans"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"semanticModel"}},{"kind":"Field","name":{"kind":"Name","value":"form"}},{"kind":"Field","name":{"kind":"Name","value":"why"}},{"kind":"Field","name":{"kind":"Name","value":"sql"}},{"kind":"Field","name":{"kind":"Name","value":"params"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rollup"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ExplainGrossMarginQuery, ExplainGrossMarginQueryVariables>;
export const FiltersAndSlicesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FiltersAndSlices"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"StringValue","value":"Europe/Berlin","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"or"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"country"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"in"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"DE","block":false},{"kind":"StringValue","value":"FR","block":false}]}}]}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"acquisition_channel"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"startsWith"},"value":{"kind":"StringValue","value":"paid","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"caseInsensitive"},"value":{"kind":"BooleanValue","value":true}}]}}]}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"not"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"segment"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"Startup","block":false}}]}}]}},{"kind":"ObjectField","name":{"kind":"Name","value":"cohort"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"notIn"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ACQUIRED_BY_REFERRAL"}]}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"size"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}}]},{"kind":"Field","alias":{"kind":"Name","value":"revenue"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"exact"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"largePayments"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}},{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"payment_amount"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"gte"},"value":{"kind":"IntValue","value":"500"}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"enterprise"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"cohorts"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"ENTERPRISE"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"size"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}}]},{"kind":"Field","name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"recent"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"signup_date"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"last"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"count"},"value":{"kind":"IntValue","value":"24"}},{"kind":"ObjectField","name":{"kind":"Name","value":"unit"},"value":{"kind":"EnumValue","value":"MONTH"}}]}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<FiltersAndSlicesQuery, FiltersAndSlicesQueryVariables>;
export const FinancialHealthDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FinancialHealth"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trend"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"allowEstimates"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}},"defaultValue":{"kind":"BooleanValue","value":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"allowEstimates"},"value":{"kind":"Variable","name":{"kind":"Name","value":"allowEstimates"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"category"},"value":{"kind":"EnumValue","value":"FINANCIAL"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"exact"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"assumptions"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","alias":{"kind":"Name","value":"formula"},"name":{"kind":"Name","value":"explain"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"formula"}}]}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}},{"kind":"Field","name":{"kind":"Name","value":"source"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"year"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trend"}}},{"kind":"Argument","name":{"kind":"Name","value":"allowEstimates"},"value":{"kind":"Variable","name":{"kind":"Name","value":"allowEstimates"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"REVENUE"},{"kind":"EnumValue","value":"COGS"},{"kind":"EnumValue","value":"TOTAL_COSTS"},{"kind":"EnumValue","value":"GROSS_MARGIN"},{"kind":"EnumValue","value":"NET_MARGIN"},{"kind":"EnumValue","value":"BURN_RATE"},{"kind":"EnumValue","value":"FAILED_PAYMENT_RATE"},{"kind":"EnumValue","value":"QUICK_RATIO"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"summedUp"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}},{"kind":"Argument","name":{"kind":"Name","value":"cumulative"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}}]}}]} as unknown as DocumentNode<FinancialHealthQuery, FinancialHealthQueryVariables>;
export const FunnelDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Funnel"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"last"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"count"},"value":{"kind":"IntValue","value":"3"}},{"kind":"ObjectField","name":{"kind":"Name","value":"unit"},"value":{"kind":"EnumValue","value":"MONTH"}}]}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"within"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Duration"}}},"defaultValue":{"kind":"StringValue","value":"30 days","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"activation"},"name":{"kind":"Name","value":"funnel"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"steps"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"NEW_MEMBERS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Joined","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"EVENTS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Came","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"FEATURE_USES"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Used a feature","block":false}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"within"},"value":{"kind":"Variable","name":{"kind":"Name","value":"within"}}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"USER"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Steps"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"sales"},"name":{"kind":"Name","value":"funnel"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"steps"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"SIGNUPS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Signed up","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"TRIALS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Tried","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"PAYMENTS"}},{"kind":"ObjectField","name":{"kind":"Name","value":"label"},"value":{"kind":"StringValue","value":"Paid","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"payment_status"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"StringValue","value":"Success","block":false}}]}}]}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"within"},"value":{"kind":"Variable","name":{"kind":"Name","value":"within"}}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"EnumValue","value":"SEGMENT"}},{"kind":"Argument","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Steps"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Steps"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Funnel"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"groups"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"conversion"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"count"}},{"kind":"Field","name":{"kind":"Name","value":"conversion"}},{"kind":"Field","name":{"kind":"Name","value":"fromPrevious"}},{"kind":"Field","name":{"kind":"Name","value":"medianSeconds"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}}]} as unknown as DocumentNode<FunnelQuery, FunnelQueryVariables>;
export const HeartDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Heart"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trend"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"last"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"count"},"value":{"kind":"IntValue","value":"6"}},{"kind":"ObjectField","name":{"kind":"Name","value":"unit"},"value":{"kind":"EnumValue","value":"MONTH"}}]}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"TimeZone"}},"defaultValue":{"kind":"StringValue","value":"UTC","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"framework"},"value":{"kind":"EnumValue","value":"HEART"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"interpretation"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}},{"kind":"Field","name":{"kind":"Name","value":"source"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"trend"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trend"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"framework"},"value":{"kind":"EnumValue","value":"HEART"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]} as unknown as DocumentNode<HeartQuery, HeartQueryVariables>;
export const MidStageDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"MidStage"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"quarter"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_QUARTER"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"trend"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"MID"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"quality"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"interpretation"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}},{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}},{"kind":"Field","name":{"kind":"Name","value":"source"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"quarter"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"quarter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"MID"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"year"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"trend"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"stage"},"value":{"kind":"EnumValue","value":"MID"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}}]} as unknown as DocumentNode<MidStageQuery, MidStageQueryVariables>;
export const ProductHealthDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ProductHealth"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"period"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_MONTH"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"days"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_30_DAYS"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"TimeZone"}},"defaultValue":{"kind":"StringValue","value":"UTC","block":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"month"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"period"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"engagement"},"name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"category"},"value":{"kind":"EnumValue","value":"ENGAGEMENT"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductFigure"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"product"},"name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"category"},"value":{"kind":"EnumValue","value":"PRODUCT"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductFigure"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"delivery"},"name":{"kind":"Name","value":"metrics"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"category"},"value":{"kind":"EnumValue","value":"DELIVERY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"ProductFigure"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"features"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"FEATURE_USERS"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"FEATURE"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"top"},"value":{"kind":"IntValue","value":"10"}},{"kind":"Argument","name":{"kind":"Name","value":"other"},"value":{"kind":"BooleanValue","value":false}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"channels"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"TRAFFIC"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"VISIT_CHANNEL"}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}},{"kind":"Field","name":{"kind":"Name","value":"other"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"weekdays"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"SESSIONS"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"PERIOD"}},{"kind":"ObjectField","name":{"kind":"Name","value":"datePart"},"value":{"kind":"EnumValue","value":"DAY_OF_WEEK"}}]}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"daily"},"name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"days"}}},{"kind":"Argument","name":{"kind":"Name","value":"timezone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timezone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"dau"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"DAU"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seriesColumns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"DAY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"starts"}},{"kind":"Field","name":{"kind":"Name","value":"values"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"mau"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"MAU"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seriesColumns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"DAY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"starts"}},{"kind":"Field","name":{"kind":"Name","value":"values"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"stickiness"},"name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"STICKINESS"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"seriesColumns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"DAY"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"starts"}},{"kind":"Field","name":{"kind":"Name","value":"values"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"ProductFigure"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MetricValue"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"partial"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}},{"kind":"Field","name":{"kind":"Name","value":"benchmark"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"verdict"}},{"kind":"Field","name":{"kind":"Name","value":"verdictText"}}]}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"changePercent"}},{"kind":"Field","name":{"kind":"Name","value":"changePoints"}}]}}]}}]} as unknown as DocumentNode<ProductHealthQuery, ProductHealthQueryVariables>;
export const RetentionDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Retention"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"months"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"weeks"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PeriodInput"}}},"defaultValue":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"last"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"count"},"value":{"kind":"IntValue","value":"8"}},{"kind":"ObjectField","name":{"kind":"Name","value":"unit"},"value":{"kind":"EnumValue","value":"WEEK"}}]}}]}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"segment"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"Enterprise","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"periods"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}},"defaultValue":{"kind":"IntValue","value":"12"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"customers"},"name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"of"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"attribute"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"CUSTOMER"}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[]}}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"months"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"retention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}},{"kind":"Argument","name":{"kind":"Name","value":"activity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"ACTIVE_SUBSCRIPTIONS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"periods"},"value":{"kind":"Variable","name":{"kind":"Name","value":"periods"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Matrix"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"users"},"name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"of"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"attribute"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"USER"}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[]}}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"weeks"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","alias":{"kind":"Name","value":"bounded"},"name":{"kind":"Name","value":"retention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"WEEK"}},{"kind":"Argument","name":{"kind":"Name","value":"activity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"EVENTS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"start"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"NEW_MEMBERS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"periods"},"value":{"kind":"IntValue","value":"8"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Matrix"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"brackets"},"name":{"kind":"Name","value":"retention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"DAY"}},{"kind":"Argument","name":{"kind":"Name","value":"activity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"EVENTS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"start"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"NEW_MEMBERS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"EnumValue","value":"BRACKET"}},{"kind":"Argument","name":{"kind":"Name","value":"periods"},"value":{"kind":"IntValue","value":"28"}},{"kind":"Argument","name":{"kind":"Name","value":"brackets"},"value":{"kind":"ListValue","values":[{"kind":"IntValue","value":"0"},{"kind":"IntValue","value":"7"},{"kind":"IntValue","value":"28"}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Matrix"}}]}}]}},{"kind":"Field","alias":{"kind":"Name","value":"segment"},"name":{"kind":"Name","value":"cohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"of"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"attribute"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"entity"},"value":{"kind":"EnumValue","value":"USER"}},{"kind":"ObjectField","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"segment"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"eq"},"value":{"kind":"Variable","name":{"kind":"Name","value":"segment"}}}]}}]}}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"Variable","name":{"kind":"Name","value":"weeks"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"retention"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"WEEK"}},{"kind":"Argument","name":{"kind":"Name","value":"activity"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"FEATURE_USES"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"start"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"NEW_MEMBERS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"periods"},"value":{"kind":"IntValue","value":"8"}},{"kind":"Argument","name":{"kind":"Name","value":"mode"},"value":{"kind":"EnumValue","value":"UNBOUNDED"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"Matrix"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"Matrix"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Retention"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cohortStart"}},{"kind":"Field","name":{"kind":"Name","value":"size"}},{"kind":"Field","name":{"kind":"Name","value":"cells"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"active"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"complete"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"average"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"rate"}},{"kind":"Field","name":{"kind":"Name","value":"size"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}}]} as unknown as DocumentNode<RetentionQuery, RetentionQueryVariables>;
export const RevenueByCountryDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"RevenueByCountry"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slice"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"REVENUE"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"formatted"}},{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"COUNTRY"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"top"},"value":{"kind":"IntValue","value":"5"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rows"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dimensions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"compare"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"SAME_PERIOD_LAST_YEAR"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"changePercent"}}]}},{"kind":"Field","name":{"kind":"Name","value":"series"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"other"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"share"}}]}},{"kind":"Field","name":{"kind":"Name","value":"truncated"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}}]}}]}}]}}]}}]} as unknown as DocumentNode<RevenueByCountryQuery, RevenueByCountryQueryVariables>;
export const SendCohortDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"SendCohort"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"destination"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},"defaultValue":{"kind":"StringValue","value":"crm","block":false}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Boolean"}}},"defaultValue":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"activateCohort"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"cohort"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"EnumValue","value":"GERMAN_ENTERPRISE"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"destination"},"value":{"kind":"Variable","name":{"kind":"Name","value":"destination"}}},{"kind":"Argument","name":{"kind":"Name","value":"dryRun"},"value":{"kind":"Variable","name":{"kind":"Name","value":"dryRun"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"dryRun"}},{"kind":"Field","name":{"kind":"Name","value":"members"}},{"kind":"Field","name":{"kind":"Name","value":"unaddressed"}},{"kind":"Field","name":{"kind":"Name","value":"entered"}},{"kind":"Field","name":{"kind":"Name","value":"left"}},{"kind":"Field","name":{"kind":"Name","value":"sent"}},{"kind":"Field","name":{"kind":"Name","value":"refused"}},{"kind":"Field","name":{"kind":"Name","value":"refusals"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"member"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<SendCohortMutation, SendCohortMutationVariables>;
export const SyncStatusDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SyncStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"syncStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"connector"}},{"kind":"Field","name":{"kind":"Name","value":"running"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"endedAt"}},{"kind":"Field","name":{"kind":"Name","value":"nextRunAt"}},{"kind":"Field","name":{"kind":"Name","value":"streams"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"done"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"quarantined"}},{"kind":"Field","name":{"kind":"Name","value":"written"}},{"kind":"Field","name":{"kind":"Name","value":"removed"}},{"kind":"Field","name":{"kind":"Name","value":"lastSyncedAt"}},{"kind":"Field","name":{"kind":"Name","value":"completeUntil"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"hint"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"catalog"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"identities"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entity"}},{"kind":"Field","name":{"kind":"Name","value":"people"}},{"kind":"Field","name":{"kind":"Name","value":"conflicts"}},{"kind":"Field","name":{"kind":"Name","value":"examples"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedAt"}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"table"}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"linked"}},{"kind":"Field","name":{"kind":"Name","value":"unlinked"}}]}}]}}]}}]}}]} as unknown as DocumentNode<SyncStatusQuery, SyncStatusQueryVariables>;
export const TableForBiDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"TableForBi"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"table"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"metrics"},"value":{"kind":"ListValue","values":[{"kind":"EnumValue","value":"MRR"},{"kind":"EnumValue","value":"ACTIVE_CUSTOMERS"},{"kind":"EnumValue","value":"ARPU"}]}},{"kind":"Argument","name":{"kind":"Name","value":"by"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"PERIOD"}},{"kind":"ObjectField","name":{"kind":"Name","value":"grain"},"value":{"kind":"EnumValue","value":"MONTH"}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"dimension"},"value":{"kind":"EnumValue","value":"PLAN_TYPE"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"period"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"preset"},"value":{"kind":"EnumValue","value":"LAST_12_MONTHS"}}]}},{"kind":"Argument","name":{"kind":"Name","value":"having"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"MRR"}},{"kind":"ObjectField","name":{"kind":"Name","value":"gt"},"value":{"kind":"IntValue","value":"0"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"ListValue","values":[{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"column"},"value":{"kind":"StringValue","value":"period_month","block":false}}]},{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"metric"},"value":{"kind":"EnumValue","value":"MRR"}},{"kind":"ObjectField","name":{"kind":"Name","value":"direction"},"value":{"kind":"EnumValue","value":"DESC"}}]}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"totals"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"period"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"start"}},{"kind":"Field","name":{"kind":"Name","value":"end"}}]}},{"kind":"Field","name":{"kind":"Name","value":"columns"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rows"}},{"kind":"Field","name":{"kind":"Name","value":"reasons"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"row"}},{"kind":"Field","name":{"kind":"Name","value":"column"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remedy"}}]}},{"kind":"Field","name":{"kind":"Name","value":"totals"}},{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"truncated"}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"asOf"}}]}}]}}]} as unknown as DocumentNode<TableForBiQuery, TableForBiQueryVariables>;