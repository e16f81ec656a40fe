SELECT "rows"."bucket" AS "bucket", "rows"."key_1" AS "key_1", sum(toNullable("rows"."value_1")) AS "part_1", toInt64(count()) AS "part_2"
FROM (
  SELECT CASE WHEN "base"."ordered_at" < {p1:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p2:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN 2 ELSE 3 END END AS "bucket", toUnixTimestamp64Second(toDateTime64(toStartOfQuarter("joined_customers_1"."signup_date"), 6, 'UTC')) AS "key_1", "base"."amount" AS "value_1"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (amount) AS "amount"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (signup_date) AS "signup_date"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."ordered_at" >= {p4:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p5:DateTime64(6, 'UTC')})
) AS "rows"
GROUP BY "rows"."bucket", "rows"."key_1";
-- $1 timestamp: "2025-01-01 00:00:00.000"
-- $2 timestamp: "2024-04-01 00:00:00.000"
-- $3 timestamp: "2025-04-01 00:00:00.000"
-- $4 timestamp: "2024-01-01 00:00:00.000"
-- $5 timestamp: "2026-01-01 00:00:00.000"
