SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum("spans"."entities") AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS BIGINT) AS "position", CAST("steps"."last" AS BIGINT) AS "last", CASE WHEN CAST("steps"."next" AS BIGINT) <= 6 THEN CAST("steps"."next" AS BIGINT) ELSE 6 END AS "next", count(*) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", max("places"."last") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "last", lead("places"."position") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."last" AS "last"
      FROM (
        SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CASE WHEN "base"."leased_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."leased_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."leased_at" < CAST($3 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."leased_at" < CAST($4 AS TIMESTAMP) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."leased_at" < CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."leased_at" < CAST($6 AS TIMESTAMP) THEN 4 ELSE 5 END ELSE 6 END END AS "position", CASE WHEN ("base"."returned_at" IS NULL) THEN 6 ELSE CAST(CASE WHEN "base"."returned_at" <= CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."returned_at" <= CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."returned_at" <= CAST($3 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE CASE WHEN "base"."returned_at" <= CAST($4 AS TIMESTAMP) THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."returned_at" <= CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."returned_at" <= CAST($6 AS TIMESTAMP) THEN 4 ELSE 5 END ELSE 6 END END AS BIGINT) END AS "last"
        FROM (
          SELECT (leased_at) AS "leased_at", (returned_at) AS "returned_at", (customer_id) AS "customer"
          FROM "leases"
        ) AS "base"
        WHERE ("base"."leased_at" < CAST($5 AS TIMESTAMP) AND (("base"."returned_at" IS NULL) OR ("base"."returned_at" > CAST($3 AS TIMESTAMP) AND "base"."returned_at" > "base"."leased_at")) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS BIGINT) IS NULL) OR CAST("steps"."next" AS BIGINT) > CAST("steps"."position" AS BIGINT))
  GROUP BY CAST("steps"."position" AS BIGINT), CAST("steps"."last" AS BIGINT), CASE WHEN CAST("steps"."next" AS BIGINT) <= 6 THEN CAST("steps"."next" AS BIGINT) ELSE 6 END
) AS "spans"
JOIN (VALUES (0, 1, 2), (1, 3, 4), (2, 5, 6)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."last" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
