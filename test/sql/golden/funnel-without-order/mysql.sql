WITH "kpiql_events" AS (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 2 ELSE 0 END) AS "steps"
  FROM (
    SELECT ("user_id") AS "user", ("happened_at") AS "happened_at", ("kind") AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) AND ("base"."kind" = CAST(? AS CHAR) OR "base"."kind" = CAST(? AS CHAR)))
  LIMIT 9007199254740991
), "kpiql_windows_1" AS (
  SELECT "events"."entity" AS "entity", "events"."at" AS "at", min(CASE WHEN ((("events"."steps" & 1) <> 0) AND ("events"."at" >= CAST(? AS DATETIME(6)) AND "events"."at" < CAST(? AS DATETIME(6)))) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_1", min(CASE WHEN (("events"."steps" & 2) <> 0) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_2"
  FROM "kpiql_events" AS "events"
  LIMIT 9007199254740991
)
SELECT 0 AS "choice", 0 AS "bucket", count("ranked"."value_1") AS "count_1", count("ranked"."value_2") AS "count_2", (max(CASE WHEN "ranked"."rank_3" = floor(0.5e0 * ("ranked"."count_3" - 1)) + 1 THEN "ranked"."value_3" END) + (max(CASE WHEN "ranked"."rank_3" = ceil(0.5e0 * ("ranked"."count_3" - 1)) + 1 THEN "ranked"."value_3" END) - max(CASE WHEN "ranked"."rank_3" = floor(0.5e0 * ("ranked"."count_3" - 1)) + 1 THEN "ranked"."value_3" END)) * max(0.5e0 * ("ranked"."count_3" - 1) - floor(0.5e0 * ("ranked"."count_3" - 1)))) AS "median_2"
FROM (
  SELECT "measured"."value_1" AS "value_1", "measured"."value_2" AS "value_2", "measured"."value_3" AS "value_3", row_number() OVER (ORDER BY "measured"."value_3" IS NULL, "measured"."value_3") AS "rank_3", count("measured"."value_3") OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_3"
  FROM (
    SELECT "ranked"."at_1" AS "value_1", "ranked"."at_2" AS "value_2", CAST(greatest(coalesce((timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0), (0 - (timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0))), coalesce((0 - (timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0)), (timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0))) AS DOUBLE) AS "value_3"
    FROM (
      SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC, "placed"."at_1" IS NULL, "placed"."at_1", "placed"."position" IS NULL, "placed"."position") AS "place"
      FROM (
        SELECT "windows_1"."entity" AS "entity", "windows_1"."at" AS "position", CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL 2 DAY)) THEN "windows_1"."next_1" ELSE NULL END AS "at_1", CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL 2 DAY) AND "windows_1"."next_2" < ("windows_1"."at" + INTERVAL 2 DAY)) THEN "windows_1"."next_2" ELSE NULL END AS "at_2", (CASE WHEN (CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL 2 DAY)) THEN "windows_1"."next_1" ELSE NULL END IS NULL) THEN 0 ELSE 1 END + CASE WHEN (CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL 2 DAY) AND "windows_1"."next_2" < ("windows_1"."at" + INTERVAL 2 DAY)) THEN "windows_1"."next_2" ELSE NULL END IS NULL) THEN 0 ELSE 1 END) AS "reached"
        FROM "kpiql_windows_1" AS "windows_1"
        WHERE ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL 2 DAY))
      ) AS "placed"
    ) AS "ranked"
    WHERE "ranked"."place" = 1
  ) AS "measured"
) AS "ranked";
-- $1 text: "view"
-- $2 text: "buy"
-- $3 timestamp: "2024-12-29 00:00:00.000"
-- $4 timestamp: "2025-03-04 00:00:00.000"
-- $5 timestamp: "2026-01-01 00:00:00.000"
-- $6 text: "view"
-- $7 text: "buy"
-- $8 timestamp: "2025-01-01 00:00:00.000"
-- $9 timestamp: "2025-03-01 00:00:00.000"
