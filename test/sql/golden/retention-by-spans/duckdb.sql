WITH "kpiql_rows" AS MATERIALIZED (
  SELECT "base"."user" AS "entity", CASE WHEN ("base"."happened_at" < CAST($1 AS TIMESTAMP) AND "base"."happened_at" < CAST($2 AS TIMESTAMP)) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN ("base"."happened_at" < CAST($3 AS TIMESTAMP) AND ("base"."happened_at" >= CAST($4 AS TIMESTAMP) AND "base"."happened_at" < CAST($5 AS TIMESTAMP))) THEN "base"."happened_at" ELSE NULL END AS "begins"
  FROM (
    SELECT (happened_at) AS "happened_at", (user_id) AS "user"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND (("base"."happened_at" < CAST($6 AS TIMESTAMP) AND "base"."happened_at" < CAST($7 AS TIMESTAMP)) OR ("base"."happened_at" < CAST($8 AS TIMESTAMP) AND ("base"."happened_at" >= CAST($9 AS TIMESTAMP) AND "base"."happened_at" < CAST($10 AS TIMESTAMP)))))
), "kpiql_firsts" AS MATERIALIZED (
  SELECT "firsts"."entity" AS "entity", "firsts"."first" AS "first"
  FROM (
    SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first"
    FROM "kpiql_rows" AS "rows"
    GROUP BY "rows"."entity"
  ) AS "firsts"
  WHERE ("firsts"."first" >= CAST($11 AS TIMESTAMP) AND "firsts"."first" < CAST($12 AS TIMESTAMP))
), "kpiql_met" AS MATERIALIZED (
  SELECT "firsts"."entity" AS "entity", bit_or(CASE WHEN "rows"."begins" < ("firsts"."first" + to_seconds(86400)) THEN CASE WHEN "rows"."begins" < ("firsts"."first" + to_seconds(0)) THEN 0 ELSE 1 END ELSE CASE WHEN "rows"."begins" < ("firsts"."first" + to_seconds(172800)) THEN 2 ELSE 0 END END) AS "ranges_1"
  FROM "kpiql_rows" AS "rows"
  JOIN "kpiql_firsts" AS "firsts" ON "rows"."entity" = "firsts"."entity"
  WHERE NOT (("rows"."begins" IS NULL))
  GROUP BY "firsts"."entity"
)
SELECT count(*) AS "size", coalesce(sum(("counted"."active_1" >> 0) & 1), 0) AS "range_1", coalesce(sum(("counted"."active_1" >> 1) & 1), 0) AS "range_2"
FROM (
  SELECT "entities"."ranges_1" AS "active_1"
  FROM (
    SELECT "firsts"."entity" AS "entity", "firsts"."first" AS "first", coalesce("met"."ranges_1", 0) AS "ranges_1"
    FROM "kpiql_firsts" AS "firsts"
    LEFT JOIN "kpiql_met" AS "met" ON "firsts"."entity" = "met"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST($13 AS TIMESTAMP) AND "entities"."first" < CAST($14 AS TIMESTAMP))
) AS "counted";
-- $1 timestamp: "2026-01-01 00:00:00.000"
-- $2 timestamp: "2025-01-02 00:00:00.000"
-- $3 timestamp: "2026-01-01 00:00:00.000"
-- $4 timestamp: "2024-12-31 00:00:00.000"
-- $5 timestamp: "2025-01-06 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
-- $7 timestamp: "2025-01-02 00:00:00.000"
-- $8 timestamp: "2026-01-01 00:00:00.000"
-- $9 timestamp: "2024-12-31 00:00:00.000"
-- $10 timestamp: "2025-01-06 00:00:00.000"
-- $11 timestamp: "2025-01-01 00:00:00.000"
-- $12 timestamp: "2025-01-02 00:00:00.000"
-- $13 timestamp: "2025-01-01 00:00:00.000"
-- $14 timestamp: "2025-01-02 00:00:00.000"
