SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS BIGINT) AS "position", CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 2) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 2) END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position"
      FROM (
        SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST($5 AS TIMESTAMP) THEN 3 ELSE 4 END END ELSE CASE WHEN "base"."ordered_at" < CAST($6 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($7 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($8 AS TIMESTAMP) THEN 5 ELSE 6 END ELSE 7 END ELSE CASE WHEN "base"."ordered_at" < CAST($9 AS TIMESTAMP) THEN 8 ELSE 9 END END END AS "position"
        FROM (
          SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer"
          FROM "orders"
        ) AS "base"
        WHERE ("base"."ordered_at" < CAST($9 AS TIMESTAMP) AND "base"."ordered_at" >= CAST($4 AS TIMESTAMP) AND (("base"."ordered_at" >= CAST($4 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP)) OR ("base"."ordered_at" >= CAST($5 AS TIMESTAMP) AND "base"."ordered_at" < CAST($8 AS TIMESTAMP)) OR ("base"."ordered_at" >= CAST($7 AS TIMESTAMP) AND "base"."ordered_at" < CAST($9 AS TIMESTAMP))) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS BIGINT) IS NULL) OR CAST("steps"."next" AS BIGINT) > CAST("steps"."position" AS BIGINT))
  GROUP BY CAST("steps"."position" AS BIGINT), CASE WHEN CAST("steps"."next" AS BIGINT) <= (CAST("steps"."position" AS BIGINT) + 2) THEN CAST("steps"."next" AS BIGINT) ELSE (CAST("steps"."position" AS BIGINT) + 2) END
) AS "spans"
JOIN (VALUES (0, 2, 3), (1, 5, 6), (2, 8, 9), (3, 1, 3), (4, 4, 6), (5, 7, 9)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
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
