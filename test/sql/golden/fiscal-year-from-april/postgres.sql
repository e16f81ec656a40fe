SELECT "rows"."bucket" AS "bucket", "rows"."key_1" AS "key_1", sum("rows"."value_1") AS "part_1", count(*) AS "part_2"
FROM (
  SELECT CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN 2 ELSE 3 END END AS "bucket", CAST(date_part('epoch', date_trunc('quarter', CAST("joined_customers_1"."signup_date" AS TIMESTAMP))) AS BIGINT) AS "key_1", "base"."amount" AS "value_1"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (amount) AS "amount"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (signup_date) AS "signup_date"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."ordered_at" >= CAST($4 AS TIMESTAMP) AND "base"."ordered_at" < CAST($5 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket", "rows"."key_1";
-- $1 timestamp: "2025-01-01 00:00:00.000"
-- $2 timestamp: "2024-04-01 00:00:00.000"
-- $3 timestamp: "2025-04-01 00:00:00.000"
-- $4 timestamp: "2024-01-01 00:00:00.000"
-- $5 timestamp: "2026-01-01 00:00:00.000"
