WITH "kpiql_activities" AS (
  SELECT STRAIGHT_JOIN "activity_rows"."entity" AS "entity", "activity_rows"."position" AS "position", "activity_rows"."key_1" AS "key_1", CASE WHEN count("activity_rows"."mask_1") > 0 THEN CAST(bit_or("activity_rows"."mask_1") AS SIGNED) END AS "mask_1"
  FROM (
    SELECT STRAIGHT_JOIN "base"."customer" AS "entity", CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 4 ELSE 5 END ELSE 6 END END AS "position", "base"."status" AS "key_1", (CASE WHEN 1 = 1 THEN 1 ELSE 0 END + CASE WHEN "joined_customers_1"."segment" = CAST(? AS CHAR) THEN 2 ELSE 0 END) AS "mask_1"
    FROM (
      SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "customer", ("status") AS "status"
      FROM "orders"
    ) AS "base"
    LEFT JOIN (
      SELECT ("customer_id") AS "customer", ("segment") AS "segment"
      FROM "customers"
      LIMIT 9007199254740991
    ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
    WHERE ("base"."ordered_at" < CAST(? AS DATETIME(6)) AND "base"."ordered_at" >= CAST(? AS DATETIME(6)) AND (("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) OR ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) OR ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))) AND NOT (("base"."customer" IS NULL)))
  ) AS "activity_rows"
  GROUP BY "activity_rows"."entity", "activity_rows"."position", "activity_rows"."key_1"
)
SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", "spans"."key_1" AS "key_1", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS SIGNED) AS "position", CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position") AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS SIGNED) IS NULL) OR CAST("steps"."next" AS SIGNED) > CAST("steps"."position" AS SIGNED))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS SIGNED), CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END
  UNION ALL
  SELECT 1 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS SIGNED) AS "position", CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."key_1", "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position") AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."key_1" AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS SIGNED) IS NULL) OR CAST("steps"."next" AS SIGNED) > CAST("steps"."position" AS SIGNED))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS SIGNED), CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END
  UNION ALL
  SELECT 2 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS SIGNED) AS "position", CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position") AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 2) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS SIGNED) IS NULL) OR CAST("steps"."next" AS SIGNED) > CAST("steps"."position" AS SIGNED))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS SIGNED), CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 1) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 1) END
) AS "spans"
JOIN (SELECT 0 AS "bucket", 1 AS "begins", 2 AS "ends" UNION ALL SELECT 1, 3, 4 UNION ALL SELECT 2, 5, 6) AS "windows" ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket", "spans"."key_1";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
-- $7 text: "SMB"
-- $8 timestamp: "2024-07-01 00:00:00.000"
-- $9 timestamp: "2024-04-03 00:00:00.000"
-- $10 timestamp: "2024-04-03 00:00:00.000"
-- $11 timestamp: "2024-05-01 00:00:00.000"
-- $12 timestamp: "2024-05-04 00:00:00.000"
-- $13 timestamp: "2024-06-01 00:00:00.000"
-- $14 timestamp: "2024-06-03 00:00:00.000"
-- $15 timestamp: "2024-07-01 00:00:00.000"
