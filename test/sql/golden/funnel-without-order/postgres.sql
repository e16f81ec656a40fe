WITH "kpiql_events" AS MATERIALIZED (
  SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST($1 AS TEXT) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST($2 AS TEXT) THEN 2 ELSE 0 END) AS "steps"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST($3 AS TIMESTAMP) AND "base"."happened_at" < CAST($4 AS TIMESTAMP) AND "base"."happened_at" < CAST($5 AS TIMESTAMP)) AND ("base"."kind" = CAST($1 AS TEXT) OR "base"."kind" = CAST($2 AS TEXT)))
), "kpiql_windows_1" AS MATERIALIZED (
  SELECT "events"."entity" AS "entity", "events"."at" AS "at", min(CASE WHEN ((("events"."steps" & 1) <> 0) AND ("events"."at" >= CAST($6 AS TIMESTAMP) AND "events"."at" < CAST($7 AS TIMESTAMP))) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_1", min(CASE WHEN (("events"."steps" & 2) <> 0) THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" DESC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "next_2"
  FROM "kpiql_events" AS "events"
)
SELECT 0 AS "choice", 0 AS "bucket", count("ranked"."at_1") AS "count_1", count("ranked"."at_2") AS "count_2", percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(CAST(extract(epoch FROM CAST("ranked"."at_2" AS TIMESTAMP) - CAST("ranked"."at_1" AS TIMESTAMP)) AS DOUBLE PRECISION), (0 - CAST(extract(epoch FROM CAST("ranked"."at_2" AS TIMESTAMP) - CAST("ranked"."at_1" AS TIMESTAMP)) AS DOUBLE PRECISION)))) AS "median_2"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."position" ASC NULLS LAST) AS "place"
  FROM (
    SELECT "windows_1"."entity" AS "entity", "windows_1"."at" AS "position", CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL '2 day')) THEN "windows_1"."next_1" ELSE NULL END AS "at_1", CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL '2 day') AND "windows_1"."next_2" < ("windows_1"."at" + INTERVAL '2 day')) THEN "windows_1"."next_2" ELSE NULL END AS "at_2", (CASE WHEN (CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL '2 day')) THEN "windows_1"."next_1" ELSE NULL END IS NULL) THEN 0 ELSE 1 END + CASE WHEN (CASE WHEN ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL '2 day') AND "windows_1"."next_2" < ("windows_1"."at" + INTERVAL '2 day')) THEN "windows_1"."next_2" ELSE NULL END IS NULL) THEN 0 ELSE 1 END) AS "reached"
    FROM "kpiql_windows_1" AS "windows_1"
    WHERE ("windows_1"."next_1" < ("windows_1"."at" + INTERVAL '2 day'))
  ) AS "placed"
) AS "ranked"
WHERE "ranked"."place" = 1;
-- $1 text: "view"
-- $2 text: "buy"
-- $3 timestamp: "2024-12-29 00:00:00.000"
-- $4 timestamp: "2025-03-04 00:00:00.000"
-- $5 timestamp: "2026-01-01 00:00:00.000"
-- $6 timestamp: "2025-01-01 00:00:00.000"
-- $7 timestamp: "2025-03-01 00:00:00.000"
