WITH "kpiql_starts" AS MATERIALIZED (
  SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first", min("rows"."first_2") AS "first_2"
  FROM (
    SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", CASE WHEN ("base"."happened_at" < CAST($1 AS TIMESTAMP) AND "base"."happened_at" < CAST($2 AS TIMESTAMP)) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN "base"."plan" = CAST($3 AS TEXT) THEN CASE WHEN ("base"."happened_at" < CAST($1 AS TIMESTAMP) AND "base"."happened_at" < CAST($2 AS TIMESTAMP)) THEN "base"."happened_at" ELSE NULL END ELSE NULL END AS "first_2"
    FROM (
      SELECT (happened_at) AS "happened_at", (user_id) AS "user", (plan) AS "plan"
      FROM "events"
    ) AS "base"
    WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < CAST($1 AS TIMESTAMP) AND "base"."happened_at" < CAST($2 AS TIMESTAMP)))
  ) AS "rows"
  GROUP BY "rows"."entity"
)
SELECT "counted"."bucket" AS "bucket", "counted"."slices_1" AS "slices_1", count(*) AS "size", count(*) FILTER (WHERE (("counted"."active_1" & 15) <> 0)) AS "range_1", count(*) FILTER (WHERE (("counted"."active_1" & 14) <> 0)) AS "range_2"
FROM (
  SELECT CASE WHEN "entities"."first" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END AS "bucket", (1 + CASE WHEN "entities"."first_2" = "entities"."first" THEN 2 ELSE 0 END) AS "slices_1", (CAST("entities"."units" AS BIGINT) >> CAST(least(CASE WHEN "entities"."first" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "entities"."first" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END, 63) AS INTEGER)) AS "active_1"
  FROM (
    SELECT "united"."entity" AS "entity", min("united"."first") AS "first", min("united"."first_2") AS "first_2", bit_or("united"."units") AS "units"
    FROM (
      SELECT "starts"."entity" AS "entity", "starts"."first" AS "first", "starts"."first_2" AS "first_2", 0 AS "units"
      FROM "kpiql_starts" AS "starts"
      UNION ALL
      SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", NULL AS "first", NULL AS "first_2", bit_or((CASE WHEN ("base"."valid_to" IS NULL) THEN 16 ELSE CASE WHEN "base"."valid_to" <= CAST($5 AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST($6 AS DATE) THEN CASE WHEN "base"."valid_to" <= CAST($7 AS DATE) THEN 1 ELSE 2 END ELSE 4 END ELSE CASE WHEN "base"."valid_to" <= CAST($8 AS DATE) THEN 8 ELSE 16 END END END - CASE WHEN "base"."valid_from" < CAST($5 AS DATE) THEN CASE WHEN "base"."valid_from" < CAST($6 AS DATE) THEN CASE WHEN "base"."valid_from" < CAST($7 AS DATE) THEN 1 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."valid_from" < CAST($8 AS DATE) THEN 4 ELSE 8 END END)) AS "units"
      FROM (
        SELECT (user_id) AS "user", (valid_from) AS "valid_from", (valid_to) AS "valid_to"
        FROM "passes"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND (((("base"."valid_to" IS NULL) OR "base"."valid_to" > "base"."valid_from") AND "base"."valid_from" < CAST($9 AS DATE)) AND (NOT (("base"."valid_from" IS NULL)) AND (("base"."valid_to" IS NULL) OR NOT ("base"."valid_to" <= CAST($7 AS DATE))))))
      GROUP BY CAST("base"."user" AS TEXT) COLLATE "C"
    ) AS "united"
    GROUP BY "united"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST($10 AS TIMESTAMP) AND "entities"."first" < CAST($2 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "counted"
GROUP BY "counted"."bucket", "counted"."slices_1";
-- $1 timestamp: "2026-01-01 00:00:00.000"
-- $2 timestamp: "2025-03-01 00:00:00.000"
-- $3 text: "pro"
-- $4 timestamp: "2025-02-01 00:00:00.000"
-- $5 date: "2025-03-01"
-- $6 date: "2025-02-01"
-- $7 date: "2025-01-01"
-- $8 date: "2025-04-01"
-- $9 date: "2026-01-01"
-- $10 timestamp: "2025-01-01 00:00:00.000"
