WITH "kpiql_activities" AS MATERIALIZED (
  SELECT "activity_rows"."entity" AS "entity", "activity_rows"."position" AS "position", "activity_rows"."key_1" AS "key_1", bit_or("activity_rows"."mask_1") AS "mask_1"
  FROM (
    SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."ordered_at" < CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($6 AS TIMESTAMP) THEN 4 ELSE 5 END ELSE 6 END END AS "position", CAST("base"."status" AS TEXT) COLLATE "C" AS "key_1", (CASE WHEN 1 = 1 THEN 1 ELSE 0 END + CASE WHEN "joined_customers_1"."segment" = CAST($7 AS TEXT) THEN 2 ELSE 0 END) AS "mask_1"
    FROM (
      SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (status) AS "status"
      FROM "orders"
    ) AS "base"
    LEFT JOIN (
      SELECT (customer_id) AS "customer", (segment) AS "segment"
      FROM "customers"
    ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
    WHERE ("base"."ordered_at" < CAST($5 AS TIMESTAMP) AND "base"."ordered_at" >= CAST($3 AS TIMESTAMP) AND (("base"."ordered_at" >= CAST($3 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP)) OR ("base"."ordered_at" >= CAST($4 AS TIMESTAMP) AND "base"."ordered_at" < CAST($1 AS TIMESTAMP)) OR ("base"."ordered_at" >= CAST($6 AS TIMESTAMP) AND "base"."ordered_at" < CAST($5 AS TIMESTAMP))) AND NOT (("base"."customer" IS NULL)))
    OFFSET BIGINT '0'
  ) AS "activity_rows"
  GROUP BY "activity_rows"."entity", "activity_rows"."position", "activity_rows"."key_1"
)
SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", "spans"."key_1" AS "key_1", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS BIGINT) AS "position", CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS BIGINT) IS NULL) OR CAST("steps"."next" AS BIGINT) > CAST("steps"."position" AS BIGINT))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS BIGINT), CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END
  UNION ALL
  SELECT 1 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS BIGINT) AS "position", CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."key_1", "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."key_1" AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS BIGINT) IS NULL) OR CAST("steps"."next" AS BIGINT) > CAST("steps"."position" AS BIGINT))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS BIGINT), CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END
  UNION ALL
  SELECT 2 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS BIGINT) AS "position", CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (("activity"."mask_1" & 2) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS BIGINT) IS NULL) OR CAST("steps"."next" AS BIGINT) > CAST("steps"."position" AS BIGINT))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS BIGINT), CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 1) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 1) END
) AS "spans"
JOIN (VALUES (0, 1, 2), (1, 3, 4), (2, 5, 6)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket", "spans"."key_1";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
-- $7 text: "SMB"
