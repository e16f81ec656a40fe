WITH "kpiql_events" AS MATERIALIZED (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", toInt64(if("base"."kind" = {p1:String}, toInt64(1), 0) + if("base"."kind" = {p2:String}, toInt64(2), 0)) AS "steps"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= {p3:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p4:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p5:DateTime64(6, 'UTC')}) AND ("base"."kind" = {p6:String} OR "base"."kind" = {p7:String}))
), "kpiql_windows_1" AS MATERIALIZED (
  SELECT "events"."entity" AS "entity", "events"."at" AS "at", minOrNull(CASE WHEN ((bitAnd("events"."steps", 1) <> 0) AND ("events"."at" >= {p8:DateTime64(6, 'UTC')} AND "events"."at" < {p9:DateTime64(6, 'UTC')})) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_1", minOrNull(CASE WHEN (bitAnd("events"."steps", 2) <> 0) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_2"
  FROM "kpiql_events" AS "events"
)
SELECT 0 AS "choice", 0 AS "bucket", toInt64(count("ranked"."at_1")) AS "count_1", toInt64(count("ranked"."at_2")) AS "count_2", quantileExactInclusiveOrNull(0.5)(toFloat64(greatest(((toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_1", 6, 'UTC'))) / 1000000), (0 - ((toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_1", 6, 'UTC'))) / 1000000))))) AS "median_2"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", toInt64(row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."position" ASC NULLS LAST)) AS "place"
  FROM (
    SELECT "windows_1"."entity" AS "entity", "windows_1"."at" AS "position", CASE WHEN ("windows_1"."next_1" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2)) THEN "windows_1"."next_1" ELSE NULL END AS "at_1", CASE WHEN ("windows_1"."next_1" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2) AND "windows_1"."next_2" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2)) THEN "windows_1"."next_2" ELSE NULL END AS "at_2", toInt64(CASE WHEN (CASE WHEN ("windows_1"."next_1" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2)) THEN "windows_1"."next_1" ELSE NULL END IS NULL) THEN 0 ELSE 1 END + CASE WHEN (CASE WHEN ("windows_1"."next_1" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2) AND "windows_1"."next_2" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2)) THEN "windows_1"."next_2" ELSE NULL END IS NULL) THEN 0 ELSE 1 END) AS "reached"
    FROM "kpiql_windows_1" AS "windows_1"
    WHERE ("windows_1"."next_1" < addDays(toDateTime64("windows_1"."at", 6, 'UTC'), 2))
  ) AS "placed"
) AS "ranked"
WHERE "ranked"."place" = 1;
-- $1 text: "view"
-- $2 text: "buy"
-- $3 timestamp: "2024-12-29 00:00:00.000"
-- $4 timestamp: "2025-03-04 00:00:00.000"
-- $5 timestamp: "2026-01-01 00:00:00.000"
-- $6 text: "view"
-- $7 text: "buy"
-- $8 timestamp: "2025-01-01 00:00:00.000"
-- $9 timestamp: "2025-03-01 00:00:00.000"
