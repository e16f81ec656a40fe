WITH "kpiql_events" AS MATERIALIZED (
  SELECT CAST("base"."user" AS TEXT) COLLATE "C" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST($1 AS TEXT) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST($2 AS TEXT) THEN 2 ELSE 0 END + CASE WHEN "base"."kind" = CAST($3 AS TEXT) THEN 4 ELSE 0 END) AS "steps", CAST("base"."plan" AS TEXT) COLLATE "C" AS "key_1"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (plan) AS "plan", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST($4 AS TIMESTAMP) AND "base"."happened_at" < CAST($5 AS TIMESTAMP) AND "base"."happened_at" < CAST($6 AS TIMESTAMP)) AND ("base"."kind" = CAST($1 AS TEXT) OR "base"."kind" = CAST($2 AS TEXT) OR "base"."kind" = CAST($3 AS TEXT)))
), "kpiql_attempts" AS MATERIALIZED (
  SELECT "ways"."entity" AS "entity", "ways"."key_1" AS "key_1", "ways"."at_1" AS "at_1", CASE WHEN "ways"."at_2" < ("ways"."at_1" + INTERVAL '2 day') THEN "ways"."at_2" ELSE NULL END AS "at_2", CASE WHEN "ways"."at_3" < ("ways"."at_1" + INTERVAL '2 day') THEN "ways"."at_3" ELSE NULL END AS "at_3", (1 + CASE WHEN "ways"."at_2" < ("ways"."at_1" + INTERVAL '2 day') THEN 1 ELSE 0 END + CASE WHEN "ways"."at_3" < ("ways"."at_1" + INTERVAL '2 day') THEN 1 ELSE 0 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_1" AS "at_1", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3", "followed"."key_1" AS "key_1"
    FROM (
      SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_1" AS "at_1", min("both"."at_2") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_2", min("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."key_1" AS "key_1", "both"."ahead" AS "ahead"
      FROM (
        SELECT "ways"."entity" AS "entity", "ways"."place" AS "place", NULL AS "at_1", "ways"."at_2" AS "at_2", "ways"."at_3" AS "at_3", NULL AS "key_1", 1 AS "ahead"
        FROM (
          SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3"
          FROM (
            SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_2" AS "at_2", min("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."ahead" AS "ahead"
            FROM (
              SELECT "ways"."entity" AS "entity", "ways"."place" AS "place", NULL AS "at_2", "ways"."at_3" AS "at_3", 1 AS "ahead"
              FROM (
                SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_3"
                FROM "kpiql_events" AS "events"
                WHERE (("events"."steps" & 4) <> 0)
              ) AS "ways"
              UNION ALL
              SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_2", NULL AS "at_3", 0 AS "ahead"
              FROM "kpiql_events" AS "events"
              WHERE (("events"."steps" & 2) <> 0)
            ) AS "both"
          ) AS "followed"
          WHERE "followed"."ahead" = 0
        ) AS "ways"
        UNION ALL
        SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_1", NULL AS "at_2", NULL AS "at_3", "events"."key_1" AS "key_1", 0 AS "ahead"
        FROM "kpiql_events" AS "events"
        WHERE ((("events"."steps" & 1) <> 0) AND ("events"."at" >= CAST($7 AS TIMESTAMP) AND "events"."at" < CAST($8 AS TIMESTAMP)))
      ) AS "both"
    ) AS "followed"
    WHERE "followed"."ahead" = 0
  ) AS "ways"
)
SELECT 0 AS "choice", 0 AS "bucket", "ranked"."key_1" AS "key_1", count("ranked"."at_1") AS "count_1", count("ranked"."at_2") AS "count_2", count("ranked"."at_3") AS "count_3", percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(extract(epoch FROM CAST("ranked"."at_2" AS TIMESTAMP) - CAST("ranked"."at_1" AS TIMESTAMP)) AS DOUBLE PRECISION)) AS "median_2", percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(extract(epoch FROM CAST("ranked"."at_3" AS TIMESTAMP) - CAST("ranked"."at_2" AS TIMESTAMP)) AS DOUBLE PRECISION)) AS "median_3"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", "placed"."key_1" AS "key_1", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."key_1" ASC NULLS LAST) AS "place"
  FROM (
    SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."key_1" AS "key_1", min("placed"."at_1") AS "at_1", min("placed"."at_2") AS "at_2", min("placed"."at_3") AS "at_3"
    FROM (
      SELECT "attempts"."entity" AS "entity", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3", "attempts"."key_1" AS "key_1"
      FROM "kpiql_attempts" AS "attempts"
      WHERE ("attempts"."at_1" >= CAST($7 AS TIMESTAMP) AND "attempts"."at_1" < CAST($8 AS TIMESTAMP))
    ) AS "placed"
    GROUP BY "placed"."entity", "placed"."reached", "placed"."key_1"
  ) AS "placed"
) AS "ranked"
WHERE "ranked"."place" = 1
GROUP BY "ranked"."key_1";
-- $1 text: "view"
-- $2 text: "cart"
-- $3 text: "buy"
-- $4 timestamp: "2024-12-31 00:00:00.000"
-- $5 timestamp: "2025-03-04 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
-- $7 timestamp: "2025-01-01 00:00:00.000"
-- $8 timestamp: "2025-03-01 00:00:00.000"
