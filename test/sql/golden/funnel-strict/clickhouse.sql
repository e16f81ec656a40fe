WITH "kpiql_events" AS MATERIALIZED (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", toInt64(if("base"."kind" = {p1:String}, toInt64(1), 0) + if("base"."kind" = {p2:String}, toInt64(2), 0) + if("base"."kind" = {p3:String}, toInt64(4), 0)) AS "steps"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= {p4:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p5:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p6:DateTime64(6, 'UTC')}) AND ("base"."kind" = {p7:String} OR "base"."kind" = {p8:String} OR "base"."kind" = {p9:String}))
), "kpiql_followed" AS MATERIALIZED (
  SELECT "positioned"."entity" AS "entity", "positioned"."at" AS "at", "positioned"."steps" AS "steps", "positioned"."position" AS "position", minOrNull(CASE WHEN (bitAnd("positioned"."steps", 2) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_2", minOrNull(CASE WHEN (bitAnd("positioned"."steps", 4) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_3", minOrNull(CASE WHEN NOT (((bitAnd("positioned"."steps", 1) <> 0) OR (bitAnd("positioned"."steps", 2) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_2", minOrNull(CASE WHEN NOT (((bitAnd("positioned"."steps", 2) <> 0) OR (bitAnd("positioned"."steps", 4) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_3"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."steps" AS "steps", toInt64(row_number() OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, CASE WHEN (bitAnd("events"."steps", 1) <> 0) THEN 0 WHEN (bitAnd("events"."steps", 2) <> 0) THEN 1 ELSE 2 END ASC NULLS LAST, "events"."steps" ASC NULLS LAST)) AS "position"
    FROM "kpiql_events" AS "events"
  ) AS "positioned"
), "kpiql_attempts" AS MATERIALIZED (
  SELECT "step_1"."entity" AS "entity", "step_1"."position" AS "position", "step_1"."at" AS "at_1", "step_2"."at" AS "at_2", "step_3"."at" AS "at_3", toInt64(CASE WHEN ("step_1"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_2"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_3"."at" IS NULL) THEN 0 ELSE 1 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_2" IS NULL) OR "followed"."next_2" < "followed"."other_2") THEN "followed"."next_2" ELSE NULL END AS "next_2"
    FROM "kpiql_followed" AS "followed"
    WHERE ((bitAnd("followed"."steps", 1) <> 0) AND ("followed"."at" >= {p10:DateTime64(6, 'UTC')} AND "followed"."at" < {p11:DateTime64(6, 'UTC')}))
  ) AS "step_1"
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_3" IS NULL) OR "followed"."next_3" < "followed"."other_3") THEN "followed"."next_3" ELSE NULL END AS "next_3"
    FROM "kpiql_followed" AS "followed"
    WHERE (bitAnd("followed"."steps", 2) <> 0)
  ) AS "step_2" ON ("step_2"."entity" = "step_1"."entity" AND "step_2"."position" = "step_1"."next_2" AND "step_2"."at" < addDays(toDateTime64("step_1"."at", 6, 'UTC'), 2))
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position"
    FROM "kpiql_followed" AS "followed"
    WHERE (bitAnd("followed"."steps", 4) <> 0)
  ) AS "step_3" ON ("step_3"."entity" = "step_2"."entity" AND "step_3"."position" = "step_2"."next_3" AND "step_3"."at" < addDays(toDateTime64("step_1"."at", 6, 'UTC'), 2))
)
SELECT 0 AS "choice", 0 AS "bucket", toInt64(count("ranked"."at_1")) AS "count_1", toInt64(count("ranked"."at_2")) AS "count_2", toInt64(count("ranked"."at_3")) AS "count_3", quantileExactInclusiveOrNull(0.5)(toFloat64(((toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_1", 6, 'UTC'))) / 1000000))) AS "median_2", quantileExactInclusiveOrNull(0.5)(toFloat64(((toUnixTimestamp64Micro(toDateTime64("ranked"."at_3", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC'))) / 1000000))) AS "median_3"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", toInt64(row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."position" ASC NULLS LAST)) AS "place"
  FROM (
    SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", minOrNull("placed"."position") AS "position", minOrNull("placed"."at_1") AS "at_1", minOrNull("placed"."at_2") AS "at_2", minOrNull("placed"."at_3") AS "at_3"
    FROM (
      SELECT "attempts"."entity" AS "entity", "attempts"."position" AS "position", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3"
      FROM "kpiql_attempts" AS "attempts"
      WHERE ("attempts"."at_1" >= {p12:DateTime64(6, 'UTC')} AND "attempts"."at_1" < {p13:DateTime64(6, 'UTC')})
    ) AS "placed"
    GROUP BY "placed"."entity", "placed"."reached"
  ) AS "placed"
) AS "ranked"
WHERE "ranked"."place" = 1;
-- $1 text: "view"
-- $2 text: "cart"
-- $3 text: "buy"
-- $4 timestamp: "2024-12-31 00:00:00.000"
-- $5 timestamp: "2025-03-04 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
-- $7 text: "view"
-- $8 text: "cart"
-- $9 text: "buy"
-- $10 timestamp: "2025-01-01 00:00:00.000"
-- $11 timestamp: "2025-03-01 00:00:00.000"
-- $12 timestamp: "2025-01-01 00:00:00.000"
-- $13 timestamp: "2025-03-01 00:00:00.000"
