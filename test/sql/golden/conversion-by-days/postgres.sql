SELECT "bases"."bucket" AS "bucket", count(*) AS "base", count(*) FILTER (WHERE "bases"."credited_1" > 0) AS "converted_1", sum("bases"."credited_1") AS "credited_1"
FROM (
  SELECT max("placed"."asked") AS "asked", max("placed"."bucket") AS "bucket", count(*) FILTER (WHERE "placed"."converts" = 1) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "ordinal", max(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CAST("base"."ordered_at" AS DATE) AS "at", 0 AS "converts", CASE WHEN ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP)) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END AS "bucket"
      FROM (
        SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($5 AS TIMESTAMP))
      UNION ALL
      SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", "base"."start_date" AS "at", 1 AS "converts", NULL AS "asked", NULL AS "bucket"
      FROM (
        SELECT (start_date) AS "start_date", (customer_id) AS "customer"
        FROM "subscriptions"
      ) AS "base"
      WHERE (("base"."start_date" >= CAST($6 AS DATE) AND "base"."start_date" < CAST($7 AS DATE)) AND NOT (("base"."customer" IS NULL)))
    ) AS "events"
  ) AS "placed"
  WHERE "placed"."ordinal" > 0
  GROUP BY "placed"."entity", "placed"."ordinal"
) AS "bases"
WHERE "bases"."asked" = 1
GROUP BY "bases"."bucket";
-- $1 timestamp: "2024-04-01 00:00:00.000"
-- $2 timestamp: "2024-07-01 00:00:00.000"
-- $3 timestamp: "2024-06-01 00:00:00.000"
-- $4 timestamp: "2024-05-01 00:00:00.000"
-- $5 timestamp: "2026-02-01 00:00:00.000"
-- $6 date: "2024-04-01"
-- $7 date: "2026-02-01"
