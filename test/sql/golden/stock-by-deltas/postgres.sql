SELECT "changes"."bucket" AS "bucket", 1 AS "starts", "changes"."cell_1" AS "cell_1", "changes"."cell_2" AS "cell_2", sum("changes"."value sum||price") AS "part sum||price", count("changes"."value sum||price") AS "known sum||price", count(*) AS "rows"
FROM (
  SELECT CASE WHEN "base"."start_date" < CAST($1 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($2 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($3 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($4 AS DATE) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."start_date" < CAST($5 AS DATE) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."start_date" < CAST($6 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($7 AS DATE) THEN 4 ELSE 5 END ELSE 6 END END ELSE CASE WHEN "base"."start_date" < CAST($8 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($9 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($10 AS DATE) THEN 7 ELSE 8 END ELSE 9 END ELSE CASE WHEN "base"."start_date" < CAST($11 AS DATE) THEN CASE WHEN "base"."start_date" < CAST($12 AS DATE) THEN 10 ELSE 11 END ELSE 12 END END END AS "bucket", "base"."plan" AS "cell_1", "joined_customers_1"."segment" AS "cell_2", "base"."price" AS "value sum||price"
  FROM (
    SELECT (start_date) AS "start_date", (end_date) AS "end_date", (plan) AS "plan", (customer_id) AS "customer", (price) AS "price"
    FROM "subscriptions"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (segment) AS "segment"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."start_date" < CAST($11 AS DATE) AND (("base"."end_date" IS NULL) OR "base"."end_date" >= CAST($13 AS DATE)))
  OFFSET BIGINT '0'
) AS "changes"
GROUP BY "changes"."bucket", "changes"."cell_1", "changes"."cell_2"
UNION ALL
SELECT "changes"."bucket" AS "bucket", 0 AS "starts", "changes"."cell_1" AS "cell_1", "changes"."cell_2" AS "cell_2", sum("changes"."value sum||price") AS "part sum||price", count("changes"."value sum||price") AS "known sum||price", count(*) AS "rows"
FROM (
  SELECT CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($1 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($2 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($3 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($4 AS DATE) THEN 0 ELSE 1 END ELSE CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($5 AS DATE) THEN 2 ELSE 3 END END ELSE CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($6 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($7 AS DATE) THEN 4 ELSE 5 END ELSE 6 END END ELSE CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($8 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($9 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($10 AS DATE) THEN 7 ELSE 8 END ELSE 9 END ELSE CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($11 AS DATE) THEN CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($12 AS DATE) THEN 10 ELSE 11 END ELSE 12 END END END AS "bucket", "base"."plan" AS "cell_1", "joined_customers_1"."segment" AS "cell_2", "base"."price" AS "value sum||price"
  FROM (
    SELECT (start_date) AS "start_date", (end_date) AS "end_date", (plan) AS "plan", (customer_id) AS "customer", (price) AS "price"
    FROM "subscriptions"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (segment) AS "segment"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."start_date" < CAST($11 AS DATE) AND "base"."end_date" < CAST($11 AS DATE) AND "base"."end_date" >= CAST($13 AS DATE))
  OFFSET BIGINT '0'
) AS "changes"
GROUP BY "changes"."bucket", "changes"."cell_1", "changes"."cell_2";
-- $1 date: "2024-08-01"
-- $2 date: "2024-05-01"
-- $3 date: "2024-03-01"
-- $4 date: "2024-02-01"
-- $5 date: "2024-04-01"
-- $6 date: "2024-07-01"
-- $7 date: "2024-06-01"
-- $8 date: "2024-11-01"
-- $9 date: "2024-10-01"
-- $10 date: "2024-09-01"
-- $11 date: "2025-01-01"
-- $12 date: "2024-12-01"
-- $13 date: "2024-01-01"
