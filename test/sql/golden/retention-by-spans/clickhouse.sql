WITH "kpiql_rows" AS MATERIALIZED (
  SELECT "base"."user" AS "entity", CASE WHEN ("base"."happened_at" < {p1:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p2:DateTime64(6, 'UTC')}) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN ("base"."happened_at" < {p3:DateTime64(6, 'UTC')} AND ("base"."happened_at" >= {p4:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p5:DateTime64(6, 'UTC')})) THEN "base"."happened_at" ELSE NULL END AS "begins"
  FROM (
    SELECT (happened_at) AS "happened_at", (user_id) AS "user"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND (("base"."happened_at" < {p6:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p7:DateTime64(6, 'UTC')}) OR ("base"."happened_at" < {p8:DateTime64(6, 'UTC')} AND ("base"."happened_at" >= {p9:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p10:DateTime64(6, 'UTC')}))))
), "kpiql_firsts" AS MATERIALIZED (
  SELECT "firsts"."entity" AS "entity", "firsts"."first" AS "first"
  FROM (
    SELECT "rows"."entity" AS "entity", minOrNull("rows"."first") AS "first"
    FROM "kpiql_rows" AS "rows"
    GROUP BY "rows"."entity"
  ) AS "firsts"
  WHERE ("firsts"."first" >= {p11:DateTime64(6, 'UTC')} AND "firsts"."first" < {p12:DateTime64(6, 'UTC')})
), "kpiql_met" AS MATERIALIZED (
  SELECT "firsts"."entity" AS "entity", groupBitOrOrNull(CASE WHEN "rows"."begins" < addSeconds(toDateTime64("firsts"."first", 6, 'UTC'), 86400) THEN CASE WHEN "rows"."begins" < addSeconds(toDateTime64("firsts"."first", 6, 'UTC'), 0) THEN 0 ELSE 1 END ELSE CASE WHEN "rows"."begins" < addSeconds(toDateTime64("firsts"."first", 6, 'UTC'), 172800) THEN 2 ELSE 0 END END) AS "ranges_1"
  FROM "kpiql_rows" AS "rows"
  JOIN "kpiql_firsts" AS "firsts" ON "rows"."entity" = "firsts"."entity"
  WHERE NOT (("rows"."begins" IS NULL))
  GROUP BY "firsts"."entity"
)
SELECT toInt64(count()) AS "size", toInt64(countIf((bitAnd("counted"."active_1", 1) <> 0))) AS "range_1", toInt64(countIf((bitAnd("counted"."active_1", 2) <> 0))) AS "range_2"
FROM (
  SELECT "entities"."ranges_1" AS "active_1"
  FROM (
    SELECT "firsts"."entity" AS "entity", "firsts"."first" AS "first", coalesce("met"."ranges_1", 0) AS "ranges_1"
    FROM "kpiql_firsts" AS "firsts"
    LEFT JOIN "kpiql_met" AS "met" ON "firsts"."entity" = "met"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= {p13:DateTime64(6, 'UTC')} AND "entities"."first" < {p14:DateTime64(6, 'UTC')})
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
