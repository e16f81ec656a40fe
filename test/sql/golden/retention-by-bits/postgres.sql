SELECT "counted"."bucket" AS "bucket", count(*) AS "size", count(*) FILTER (WHERE (("counted"."active_1" & 1) <> 0)) AS "range_1", count(*) FILTER (WHERE (("counted"."active_1" & 2) <> 0)) AS "range_2", count(*) FILTER (WHERE (("counted"."active_1" & 4) <> 0)) AS "range_3"
FROM (
  SELECT CASE WHEN "entities"."first" < CAST($1 AS TIMESTAMP) THEN 0 ELSE 1 END AS "bucket", (CAST("entities"."units" AS BIGINT) >> CAST(least(CASE WHEN "entities"."first" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "entities"."first" < CAST($1 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE CASE WHEN "entities"."first" < CAST($3 AS TIMESTAMP) THEN 2 ELSE 3 END END, 63) AS INTEGER)) AS "active_1"
  FROM (
    SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first", bit_or("rows"."units") AS "units"
    FROM (
      SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", "base"."happened_at" AS "first", CASE WHEN "base"."happened_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."happened_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."happened_at" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."happened_at" < CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."happened_at" < CAST($3 AS TIMESTAMP) THEN 4 ELSE 8 END ELSE 0 END END AS "units"
      FROM (
        SELECT (happened_at) AS "happened_at", (user_id) AS "user"
        FROM "events"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < CAST($6 AS TIMESTAMP) AND "base"."happened_at" < CAST($5 AS TIMESTAMP)))
    ) AS "rows"
    GROUP BY "rows"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST($4 AS TIMESTAMP) AND "entities"."first" < CAST($2 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "counted"
GROUP BY "counted"."bucket";
-- $1 timestamp: "2025-02-01 00:00:00.000"
-- $2 timestamp: "2025-03-01 00:00:00.000"
-- $3 timestamp: "2025-04-01 00:00:00.000"
-- $4 timestamp: "2025-01-01 00:00:00.000"
-- $5 timestamp: "2025-05-01 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
