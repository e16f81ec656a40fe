SELECT "bases"."bucket" AS "bucket", count(*) AS "base", count(CASE WHEN "bases"."credited_1" > 0 THEN 1 ELSE NULL END) AS "converted_1", sum("bases"."credited_1") AS "credited_1"
FROM (
  SELECT max("placed"."asked") AS "asked", max("placed"."bucket") AS "bucket", count(CASE WHEN "placed"."converts" = 1 THEN 1 ELSE NULL END) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" IS NULL, "events"."at", "events"."converts" IS NULL, "events"."converts" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "ordinal", max(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" IS NULL, "events"."at", "events"."converts" IS NULL, "events"."converts" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT "base"."customer" AS "entity", CAST("base"."ordered_at" AS DATE) AS "at", 0 AS "converts", CASE WHEN ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END AS "bucket"
      FROM (
        SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "customer"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
      UNION ALL
      SELECT "base"."customer" AS "entity", "base"."start_date" AS "at", 1 AS "converts", NULL AS "asked", NULL AS "bucket"
      FROM (
        SELECT ("start_date") AS "start_date", ("customer_id") AS "customer"
        FROM "subscriptions"
      ) AS "base"
      WHERE (("base"."start_date" >= CAST(? AS DATE) AND "base"."start_date" < CAST(? AS DATE)) AND NOT (("base"."customer" IS NULL)))
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
-- $5 timestamp: "2024-04-01 00:00:00.000"
-- $6 timestamp: "2026-02-01 00:00:00.000"
-- $7 date: "2024-04-01"
-- $8 date: "2026-02-01"
