SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS SIGNED) AS "position", CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 2) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 2) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position") AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position"
      FROM (
        SELECT "base"."customer" AS "entity", CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 3 ELSE 4 END END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 5 ELSE 6 END ELSE 7 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 8 ELSE 9 END END END AS "position"
        FROM (
          SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "customer"
          FROM "orders"
        ) AS "base"
        WHERE ("base"."ordered_at" < CAST(? AS DATETIME(6)) AND "base"."ordered_at" >= CAST(? AS DATETIME(6)) AND (("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) OR ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) OR ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS SIGNED) IS NULL) OR CAST("steps"."next" AS SIGNED) > CAST("steps"."position" AS SIGNED))
  GROUP BY CAST("steps"."position" AS SIGNED), CASE WHEN CAST("steps"."next" AS SIGNED) <= (CAST("steps"."position" AS SIGNED) + 2) THEN CAST("steps"."next" AS SIGNED) ELSE (CAST("steps"."position" AS SIGNED) + 2) END
) AS "spans"
JOIN (SELECT 0 AS "bucket", 2 AS "begins", 3 AS "ends" UNION ALL SELECT 1, 5, 6 UNION ALL SELECT 2, 8, 9 UNION ALL SELECT 3, 1, 3 UNION ALL SELECT 4, 4, 6 UNION ALL SELECT 5, 7, 9) AS "windows" ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket";
-- $1 timestamp: "2024-05-25 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-24 00:00:00.000"
-- $4 timestamp: "2024-04-03 00:00:00.000"
-- $5 timestamp: "2024-05-04 00:00:00.000"
-- $6 timestamp: "2024-06-24 00:00:00.000"
-- $7 timestamp: "2024-06-03 00:00:00.000"
-- $8 timestamp: "2024-06-01 00:00:00.000"
-- $9 timestamp: "2024-07-01 00:00:00.000"
-- $10 timestamp: "2024-07-01 00:00:00.000"
-- $11 timestamp: "2024-04-03 00:00:00.000"
-- $12 timestamp: "2024-04-03 00:00:00.000"
-- $13 timestamp: "2024-05-01 00:00:00.000"
-- $14 timestamp: "2024-05-04 00:00:00.000"
-- $15 timestamp: "2024-06-01 00:00:00.000"
-- $16 timestamp: "2024-06-03 00:00:00.000"
-- $17 timestamp: "2024-07-01 00:00:00.000"
