WITH "kpiql_events" AS MATERIALIZED (
  SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST($1 AS TEXT) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST($2 AS TEXT) THEN 2 ELSE 0 END + CASE WHEN "base"."kind" = CAST($3 AS TEXT) THEN 4 ELSE 0 END) AS "steps"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST($4 AS TIMESTAMP) AND "base"."happened_at" < CAST($5 AS TIMESTAMP) AND "base"."happened_at" < CAST($6 AS TIMESTAMP)) AND ("base"."kind" = CAST($1 AS TEXT) OR "base"."kind" = CAST($2 AS TEXT) OR "base"."kind" = CAST($3 AS TEXT)))
), "kpiql_followed" AS MATERIALIZED (
  SELECT "positioned"."entity" AS "entity", "positioned"."at" AS "at", "positioned"."steps" AS "steps", "positioned"."position" AS "position", min(CASE WHEN (("positioned"."steps" & 2) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_2", min(CASE WHEN (("positioned"."steps" & 4) <> 0) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "next_3", min(CASE WHEN NOT (((("positioned"."steps" & 1) <> 0) OR (("positioned"."steps" & 2) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_2", min(CASE WHEN NOT (((("positioned"."steps" & 2) <> 0) OR (("positioned"."steps" & 4) <> 0))) THEN "positioned"."position" ELSE NULL END) OVER (PARTITION BY "positioned"."entity" ORDER BY "positioned"."position" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "other_3"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."steps" AS "steps", row_number() OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, CASE WHEN (("events"."steps" & 1) <> 0) THEN 0 WHEN (("events"."steps" & 2) <> 0) THEN 1 ELSE 2 END ASC NULLS LAST, "events"."steps" ASC NULLS LAST) AS "position"
    FROM "kpiql_events" AS "events"
  ) AS "positioned"
), "kpiql_attempts" AS MATERIALIZED (
  SELECT "step_1"."entity" AS "entity", "step_1"."position" AS "position", "step_1"."at" AS "at_1", "step_2"."at" AS "at_2", "step_3"."at" AS "at_3", (CASE WHEN ("step_1"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_2"."at" IS NULL) THEN 0 ELSE 1 END + CASE WHEN ("step_3"."at" IS NULL) THEN 0 ELSE 1 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_2" IS NULL) OR "followed"."next_2" < "followed"."other_2") THEN "followed"."next_2" ELSE NULL END AS "next_2"
    FROM "kpiql_followed" AS "followed"
    WHERE ((("followed"."steps" & 1) <> 0) AND ("followed"."at" >= CAST($7 AS TIMESTAMP) AND "followed"."at" < CAST($8 AS TIMESTAMP)))
  ) AS "step_1"
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position", CASE WHEN (("followed"."other_3" IS NULL) OR "followed"."next_3" < "followed"."other_3") THEN "followed"."next_3" ELSE NULL END AS "next_3"
    FROM "kpiql_followed" AS "followed"
    WHERE (("followed"."steps" & 2) <> 0)
  ) AS "step_2" ON ("step_2"."entity" = "step_1"."entity" AND "step_2"."position" = "step_1"."next_2" AND "step_2"."at" < ("step_1"."at" + INTERVAL '2 day'))
  LEFT JOIN (
    SELECT "followed"."entity" AS "entity", "followed"."at" AS "at", "followed"."position" AS "position"
    FROM "kpiql_followed" AS "followed"
    WHERE (("followed"."steps" & 4) <> 0)
  ) AS "step_3" ON ("step_3"."entity" = "step_2"."entity" AND "step_3"."position" = "step_2"."next_3" AND "step_3"."at" < ("step_1"."at" + INTERVAL '2 day'))
)
SELECT 0 AS "choice", 0 AS "bucket", count("ranked"."at_1") AS "count_1", count("ranked"."at_2") AS "count_2", count("ranked"."at_3") AS "count_3", percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(extract(epoch FROM CAST("ranked"."at_2" AS TIMESTAMP) - CAST("ranked"."at_1" AS TIMESTAMP)) AS DOUBLE PRECISION)) AS "median_2", percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(extract(epoch FROM CAST("ranked"."at_3" AS TIMESTAMP) - CAST("ranked"."at_2" AS TIMESTAMP)) AS DOUBLE PRECISION)) AS "median_3"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."position" AS "position", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."position" ASC NULLS LAST) AS "place"
  FROM (
    SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", min("placed"."position") AS "position", min("placed"."at_1") AS "at_1", min("placed"."at_2") AS "at_2", min("placed"."at_3") AS "at_3"
    FROM (
      SELECT "attempts"."entity" AS "entity", "attempts"."position" AS "position", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3"
      FROM "kpiql_attempts" AS "attempts"
      WHERE ("attempts"."at_1" >= CAST($7 AS TIMESTAMP) AND "attempts"."at_1" < CAST($8 AS TIMESTAMP))
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
-- $7 timestamp: "2025-01-01 00:00:00.000"
-- $8 timestamp: "2025-03-01 00:00:00.000"
