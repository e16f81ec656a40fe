WITH "kpiql_rows" AS (
  SELECT "base"."user" AS "entity", CASE WHEN ("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN ("base"."happened_at" < CAST(? AS DATETIME(6)) AND ("base"."happened_at" >= CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6)))) THEN "base"."happened_at" ELSE NULL END AS "begins"
  FROM (
    SELECT ("happened_at") AS "happened_at", ("user_id") AS "user"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND (("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) OR ("base"."happened_at" < CAST(? AS DATETIME(6)) AND ("base"."happened_at" >= CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))))))
  LIMIT 9007199254740991
), "kpiql_firsts" AS (
  SELECT "firsts"."entity" AS "entity", "firsts"."first" AS "first"
  FROM (
    SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first"
    FROM "kpiql_rows" AS "rows"
    GROUP BY "rows"."entity"
  ) AS "firsts"
  WHERE ("firsts"."first" >= CAST(? AS DATETIME(6)) AND "firsts"."first" < CAST(? AS DATETIME(6)))
  LIMIT 9007199254740991
), "kpiql_met" AS (
  SELECT STRAIGHT_JOIN "firsts"."entity" AS "entity", CASE WHEN count(CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 86400 SECOND) THEN CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 0 SECOND) THEN 0 ELSE 1 END ELSE CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 172800 SECOND) THEN 2 ELSE 0 END END) > 0 THEN CAST(bit_or(CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 86400 SECOND) THEN CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 0 SECOND) THEN 0 ELSE 1 END ELSE CASE WHEN "rows"."begins" < ("firsts"."first" + INTERVAL 172800 SECOND) THEN 2 ELSE 0 END END) AS SIGNED) END AS "ranges_1"
  FROM "kpiql_rows" AS "rows"
  JOIN "kpiql_firsts" AS "firsts" ON "rows"."entity" = "firsts"."entity"
  WHERE NOT (("rows"."begins" IS NULL))
  GROUP BY "firsts"."entity"
)
SELECT STRAIGHT_JOIN count(*) AS "size", count(CASE WHEN (("counted"."active_1" & 1) <> 0) THEN 1 ELSE NULL END) AS "range_1", count(CASE WHEN (("counted"."active_1" & 2) <> 0) THEN 1 ELSE NULL END) AS "range_2"
FROM (
  SELECT STRAIGHT_JOIN "entities"."ranges_1" AS "active_1"
  FROM (
    SELECT STRAIGHT_JOIN "firsts"."entity" AS "entity", "firsts"."first" AS "first", coalesce("met"."ranges_1", 0) AS "ranges_1"
    FROM "kpiql_firsts" AS "firsts"
    LEFT JOIN "kpiql_met" AS "met" ON "firsts"."entity" = "met"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST(? AS DATETIME(6)) AND "entities"."first" < CAST(? AS DATETIME(6)))
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
