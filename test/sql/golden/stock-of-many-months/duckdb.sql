SELECT "changes"."bucket" AS "bucket", 1::UTINYINT AS "starts", "changes"."key dimension|plan" AS "key dimension|plan", sum("changes"."value sum||price") AS "part sum||price", count("changes"."value sum||price") AS "known sum||price", count(*) AS "rows"
FROM (
  SELECT CASE WHEN "base"."start_date" < CAST($1 AS DATE) THEN 0::UTINYINT ELSE least(year(CAST("base"."start_date" AS DATE)) * 12 + month(CAST("base"."start_date" AS DATE)) - 24277, 24) END AS "bucket", "base"."plan" AS "key dimension|plan", "base"."price" AS "value sum||price"
  FROM (
    SELECT (start_date) AS "start_date", (end_date) AS "end_date", (plan) AS "plan", (price) AS "price"
    FROM "subscriptions"
  ) AS "base"
  WHERE ("base"."start_date" < CAST($2 AS DATE) AND (("base"."end_date" IS NULL) OR "base"."end_date" >= CAST($3 AS DATE)))
) AS "changes"
GROUP BY "changes"."bucket", "changes"."key dimension|plan"
UNION ALL
SELECT "changes"."bucket" AS "bucket", 0::UTINYINT AS "starts", "changes"."key dimension|plan" AS "key dimension|plan", sum("changes"."value sum||price") AS "part sum||price", count("changes"."value sum||price") AS "known sum||price", count(*) AS "rows"
FROM (
  SELECT CASE WHEN greatest("base"."end_date", "base"."start_date") < CAST($4 AS DATE) THEN 0::UTINYINT ELSE least(year(CAST(greatest("base"."end_date", "base"."start_date") AS DATE)) * 12 + month(CAST(greatest("base"."end_date", "base"."start_date") AS DATE)) - 24277, 24) END AS "bucket", "base"."plan" AS "key dimension|plan", "base"."price" AS "value sum||price"
  FROM (
    SELECT (start_date) AS "start_date", (end_date) AS "end_date", (plan) AS "plan", (price) AS "price"
    FROM "subscriptions"
  ) AS "base"
  WHERE ("base"."start_date" < CAST($5 AS DATE) AND "base"."end_date" < CAST($6 AS DATE) AND "base"."end_date" >= CAST($7 AS DATE))
) AS "changes"
GROUP BY "changes"."bucket", "changes"."key dimension|plan";
-- $1 date: "2023-02-01"
-- $2 date: "2025-01-01"
-- $3 date: "2023-01-01"
-- $4 date: "2023-02-01"
-- $5 date: "2025-01-01"
-- $6 date: "2025-01-01"
-- $7 date: "2023-01-01"
