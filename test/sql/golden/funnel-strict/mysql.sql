WITH "kpiql_events" AS (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 2 ELSE 0 END + CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 4 ELSE 0 END) AS "steps"
  FROM (
    SELECT ("user_id") AS "user", ("happened_at") AS "happened_at", ("kind") AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) AND ("base"."kind" = CAST(? AS CHAR) OR "base"."kind" = CAST(? AS CHAR) OR "base"."kind" = CAST(? AS CHAR)))
  LIMIT 9007199254740991
), "kpiql_followed" AS (
  SELECT "positioned"."entity" AS "entity", "positioned"."at" AS "at", "positioned"."steps" AS "steps", "positioned"."position" AS "position", min(CASE WHEN (("positioned"."steps" & 2) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_2", min(CASE WHEN (("positioned"."steps" & 4) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_3", min(CASE WHEN NOT (((("positioned"."steps" & 1) <> 0) OR (("positioned"."steps" & 2) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_2", min(CASE WHEN NOT (((("positioned"."steps" & 2) <> 0) OR (("positioned"."steps" & 4) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_3"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."steps" AS "steps", row_number() OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" IS NULL, "events"."at", CASE WHEN (("events"."steps" & 1) <> 0) THEN 0 WHEN (("events"."steps" & 2) <> 0) THEN 1 ELSE 2 END IS NULL, CASE WHEN (("events"."steps" & 1) <> 0) THEN 0 WHEN (("events"."steps" & 2) <> 0) THEN 1 ELSE 2 END, "events"."steps" IS NULL, "events"."steps") AS "position"
    FROM "kpiql_events" AS "events"
  ) AS "positioned"
  LIMIT 9007199254740991
), "kpiql_attempts" AS (
  SELECT STRAIGHT_JOIN "step_1"."entity" AS "entity", "step_1"."position" AS "position", "step_1"."at" AS "at_1", "step_2"."at" AS "at_2", "step_3"."at" AS "at_3", (CASE WHEN ("step_1"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_2"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_3"."at" IS NULL) THEN 0 ELSE 1 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_2" IS NULL) OR "followed"."next_2" < "followed"."other_2") THEN "followed"."next_2" ELSE NULL END AS "next_2"
    FROM "kpiql_followed" AS "followed"
    WHERE ((("followed"."steps" & 1) <> 0) AND ("followed"."at" >= CAST(? AS DATETIME(6)) AND "followed"."at" < CAST(? AS DATETIME(6))))
  ) AS "step_1"
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_3" IS NULL) OR "followed"."next_3" < "followed"."other_3") THEN "followed"."next_3" ELSE NULL END AS "next_3"
    FROM "kpiql_followed" AS "followed"
    WHERE (("followed"."steps" & 2) <> 0)
    LIMIT 9007199254740991
  ) AS "step_2" ON ("step_2"."entity" = "step_1"."entity" AND "step_2"."position" = "step_1"."next_2" AND "step_2"."at" < ("step_1"."at" + INTERVAL 2 DAY))
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position"
    FROM "kpiql_followed" AS "followed"
    WHERE (("followed"."steps" & 4) <> 0)
    LIMIT 9007199254740991
  ) AS "step_3" ON ("step_3"."entity" = "step_2"."entity" AND "step_3"."position" = "step_2"."next_3" AND "step_3"."at" < ("step_1"."at" + INTERVAL 2 DAY))
  LIMIT 9007199254740991
)
SELECT 0 AS "choice", 0 AS "bucket", count("ranked"."value_1") AS "count_1", count("ranked"."value_2") AS "count_2", count("ranked"."value_3") AS "count_3", (max(CASE WHEN "ranked"."rank_4" = floor(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END) + (max(CASE WHEN "ranked"."rank_4" = ceil(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END) - max(CASE WHEN "ranked"."rank_4" = floor(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END)) * max(0.5e0 * ("ranked"."count_4" - 1) - floor(0.5e0 * ("ranked"."count_4" - 1)))) AS "median_2", (max(CASE WHEN "ranked"."rank_5" = floor(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END) + (max(CASE WHEN "ranked"."rank_5" = ceil(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END) - max(CASE WHEN "ranked"."rank_5" = floor(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END)) * max(0.5e0 * ("ranked"."count_5" - 1) - floor(0.5e0 * ("ranked"."count_5" - 1)))) AS "median_3"
FROM (
  SELECT "measured"."value_1" AS "value_1", "measured"."value_2" AS "value_2", "measured"."value_3" AS "value_3", "measured"."value_4" AS "value_4", "measured"."value_5" AS "value_5", row_number() OVER (ORDER BY "measured"."value_4" IS NULL, "measured"."value_4") AS "rank_4", count("measured"."value_4") OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_4", row_number() OVER (ORDER BY "measured"."value_5" IS NULL, "measured"."value_5") AS "rank_5", count("measured"."value_5") OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_5"
  FROM (
    SELECT "ranked"."at_1" AS "value_1", "ranked"."at_2" AS "value_2", "ranked"."at_3" AS "value_3", CAST((timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0) AS DOUBLE) AS "value_4", CAST((timestampdiff(MICROSECOND, "ranked"."at_2", "ranked"."at_3") / 1000000e0) AS DOUBLE) AS "value_5"
    FROM (
      SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC, "placed"."at_1" IS NULL, "placed"."at_1", "placed"."position" IS NULL, "placed"."position") AS "place"
      FROM (
        SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", min("placed"."position") AS "position", min("placed"."at_1") AS "at_1", min("placed"."at_2") AS "at_2", min("placed"."at_3") AS "at_3"
        FROM (
          SELECT "attempts"."entity" AS "entity", "attempts"."position" AS "position", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3"
          FROM "kpiql_attempts" AS "attempts"
          WHERE ("attempts"."at_1" >= CAST(? AS DATETIME(6)) AND "attempts"."at_1" < CAST(? AS DATETIME(6)))
        ) AS "placed"
        GROUP BY "placed"."entity", "placed"."reached"
      ) AS "placed"
    ) AS "ranked"
    WHERE "ranked"."place" = 1
  ) AS "measured"
) AS "ranked";
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
