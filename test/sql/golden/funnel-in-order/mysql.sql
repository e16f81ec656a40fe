WITH "kpiql_events" AS (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", (CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 1 ELSE 0 END + CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 2 ELSE 0 END + CASE WHEN "base"."kind" = CAST(? AS CHAR) THEN 4 ELSE 0 END) AS "steps", "base"."plan" AS "key_1"
  FROM (
    SELECT ("user_id") AS "user", ("happened_at") AS "happened_at", ("plan") AS "plan", ("kind") AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))) AND ("base"."kind" = CAST(? AS CHAR) OR "base"."kind" = CAST(? AS CHAR) OR "base"."kind" = CAST(? AS CHAR)))
  LIMIT 9007199254740991
), "kpiql_attempts" AS (
  SELECT "ways"."entity" AS "entity", "ways"."key_1" AS "key_1", "ways"."at_1" AS "at_1", CASE WHEN "ways"."at_2" < ("ways"."at_1" + INTERVAL 2 DAY) THEN "ways"."at_2" ELSE NULL END AS "at_2", CASE WHEN "ways"."at_3" < ("ways"."at_1" + INTERVAL 2 DAY) THEN "ways"."at_3" ELSE NULL END AS "at_3", (1 + CASE WHEN "ways"."at_2" < ("ways"."at_1" + INTERVAL 2 DAY) THEN 1 ELSE 0 END + CASE WHEN "ways"."at_3" < ("ways"."at_1" + INTERVAL 2 DAY) THEN 1 ELSE 0 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_1" AS "at_1", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3", "followed"."key_1" AS "key_1"
    FROM (
      SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_1" AS "at_1", min("both"."at_2") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC, "both"."ahead" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_2", min("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC, "both"."ahead" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."key_1" AS "key_1", "both"."ahead" AS "ahead"
      FROM (
        SELECT "ways"."entity" AS "entity", "ways"."place" AS "place", NULL AS "at_1", "ways"."at_2" AS "at_2", "ways"."at_3" AS "at_3", NULL AS "key_1", 1 AS "ahead"
        FROM (
          SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3"
          FROM (
            SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_2" AS "at_2", min("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC, "both"."ahead" DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."ahead" AS "ahead"
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
        WHERE ((("events"."steps" & 1) <> 0) AND ("events"."at" >= CAST(? AS DATETIME(6)) AND "events"."at" < CAST(? AS DATETIME(6))))
      ) AS "both"
    ) AS "followed"
    WHERE "followed"."ahead" = 0
  ) AS "ways"
  LIMIT 9007199254740991
)
SELECT 0 AS "choice", 0 AS "bucket", "ranked"."key_1" AS "key_1", count("ranked"."value_1") AS "count_1", count("ranked"."value_2") AS "count_2", count("ranked"."value_3") AS "count_3", (max(CASE WHEN "ranked"."rank_4" = floor(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END) + (max(CASE WHEN "ranked"."rank_4" = ceil(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END) - max(CASE WHEN "ranked"."rank_4" = floor(0.5e0 * ("ranked"."count_4" - 1)) + 1 THEN "ranked"."value_4" END)) * max(0.5e0 * ("ranked"."count_4" - 1) - floor(0.5e0 * ("ranked"."count_4" - 1)))) AS "median_2", (max(CASE WHEN "ranked"."rank_5" = floor(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END) + (max(CASE WHEN "ranked"."rank_5" = ceil(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END) - max(CASE WHEN "ranked"."rank_5" = floor(0.5e0 * ("ranked"."count_5" - 1)) + 1 THEN "ranked"."value_5" END)) * max(0.5e0 * ("ranked"."count_5" - 1) - floor(0.5e0 * ("ranked"."count_5" - 1)))) AS "median_3"
FROM (
  SELECT "measured"."key_1" AS "key_1", "measured"."value_1" AS "value_1", "measured"."value_2" AS "value_2", "measured"."value_3" AS "value_3", "measured"."value_4" AS "value_4", "measured"."value_5" AS "value_5", row_number() OVER (PARTITION BY "measured"."key_1" ORDER BY "measured"."value_4" IS NULL, "measured"."value_4") AS "rank_4", count("measured"."value_4") OVER (PARTITION BY "measured"."key_1" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_4", row_number() OVER (PARTITION BY "measured"."key_1" ORDER BY "measured"."value_5" IS NULL, "measured"."value_5") AS "rank_5", count("measured"."value_5") OVER (PARTITION BY "measured"."key_1" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS "count_5"
  FROM (
    SELECT "ranked"."key_1" AS "key_1", "ranked"."at_1" AS "value_1", "ranked"."at_2" AS "value_2", "ranked"."at_3" AS "value_3", CAST((timestampdiff(MICROSECOND, "ranked"."at_1", "ranked"."at_2") / 1000000e0) AS DOUBLE) AS "value_4", CAST((timestampdiff(MICROSECOND, "ranked"."at_2", "ranked"."at_3") / 1000000e0) AS DOUBLE) AS "value_5"
    FROM (
      SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", "placed"."key_1" AS "key_1", row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC, "placed"."at_1" IS NULL, "placed"."at_1", "placed"."key_1" IS NULL, "placed"."key_1") AS "place"
      FROM (
        SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."key_1" AS "key_1", min("placed"."at_1") AS "at_1", min("placed"."at_2") AS "at_2", min("placed"."at_3") AS "at_3"
        FROM (
          SELECT "attempts"."entity" AS "entity", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3", "attempts"."key_1" AS "key_1"
          FROM "kpiql_attempts" AS "attempts"
          WHERE ("attempts"."at_1" >= CAST(? AS DATETIME(6)) AND "attempts"."at_1" < CAST(? AS DATETIME(6)))
        ) AS "placed"
        GROUP BY "placed"."entity", "placed"."reached", "placed"."key_1"
      ) AS "placed"
    ) AS "ranked"
    WHERE "ranked"."place" = 1
  ) AS "measured"
) AS "ranked"
GROUP BY "ranked"."key_1";
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
