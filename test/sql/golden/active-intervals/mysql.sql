SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS SIGNED) AS "position", CAST("steps"."last" AS SIGNED) AS "last", CASE WHEN CAST("steps"."next" AS SIGNED) <= 6 THEN CAST("steps"."next" AS SIGNED) ELSE 6 END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", max("places"."last") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "last", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" IS NULL, "places"."position") AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."last" AS "last"
      FROM (
        SELECT "base"."customer" AS "entity", CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."leased_at" < CAST(? AS DATETIME(6)) THEN 4 ELSE 5 END ELSE 6 END END AS "position", CASE WHEN ("base"."returned_at" IS NULL) THEN 6 ELSE CAST(CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."returned_at" <= CAST(? AS DATETIME(6)) THEN 4 ELSE 5 END ELSE 6 END END AS SIGNED) END AS "last"
        FROM (
          SELECT ("leased_at") AS "leased_at", ("returned_at") AS "returned_at", ("customer_id") AS "customer"
          FROM "leases"
        ) AS "base"
        WHERE ("base"."leased_at" < CAST(? AS DATETIME(6)) AND (("base"."returned_at" IS NULL) OR ("base"."returned_at" > CAST(? AS DATETIME(6)) AND "base"."returned_at" > "base"."leased_at")) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS SIGNED) IS NULL) OR CAST("steps"."next" AS SIGNED) > CAST("steps"."position" AS SIGNED))
  GROUP BY CAST("steps"."position" AS SIGNED), CAST("steps"."last" AS SIGNED), CASE WHEN CAST("steps"."next" AS SIGNED) <= 6 THEN CAST("steps"."next" AS SIGNED) ELSE 6 END
) AS "spans"
JOIN (SELECT 0 AS "bucket", 1 AS "begins", 2 AS "ends" UNION ALL SELECT 1, 3, 4 UNION ALL SELECT 2, 5, 6) AS "windows" ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."last" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
-- $7 timestamp: "2024-06-01 00:00:00.000"
-- $8 timestamp: "2024-05-01 00:00:00.000"
-- $9 timestamp: "2024-04-03 00:00:00.000"
-- $10 timestamp: "2024-05-04 00:00:00.000"
-- $11 timestamp: "2024-07-01 00:00:00.000"
-- $12 timestamp: "2024-06-03 00:00:00.000"
-- $13 timestamp: "2024-07-01 00:00:00.000"
-- $14 timestamp: "2024-04-03 00:00:00.000"
