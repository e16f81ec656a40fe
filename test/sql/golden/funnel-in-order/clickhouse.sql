WITH "kpiql_events" AS MATERIALIZED (
  SELECT "base"."user" AS "entity", "base"."happened_at" AS "at", toInt64(if("base"."kind" = {p1:String}, toInt64(1), 0) + if("base"."kind" = {p2:String}, toInt64(2), 0) + if("base"."kind" = {p3:String}, toInt64(4), 0)) AS "steps", "base"."plan" AS "key_1"
  FROM (
    SELECT (user_id) AS "user", (happened_at) AS "happened_at", (plan) AS "plan", (kind) AS "kind"
    FROM "events"
  ) AS "base"
  WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" >= {p4:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p5:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p6:DateTime64(6, 'UTC')}) AND ("base"."kind" = {p7:String} OR "base"."kind" = {p8:String} OR "base"."kind" = {p9:String}))
), "kpiql_attempts" AS MATERIALIZED (
  SELECT "ways"."entity" AS "entity", "ways"."key_1" AS "key_1", "ways"."at_1" AS "at_1", CASE WHEN "ways"."at_2" < addDays(toDateTime64("ways"."at_1", 6, 'UTC'), 2) THEN "ways"."at_2" ELSE NULL END AS "at_2", CASE WHEN "ways"."at_3" < addDays(toDateTime64("ways"."at_1", 6, 'UTC'), 2) THEN "ways"."at_3" ELSE NULL END AS "at_3", toInt64(1 + CASE WHEN "ways"."at_2" < addDays(toDateTime64("ways"."at_1", 6, 'UTC'), 2) THEN 1 ELSE 0 END + CASE WHEN "ways"."at_3" < addDays(toDateTime64("ways"."at_1", 6, 'UTC'), 2) THEN 1 ELSE 0 END) AS "reached"
  FROM (
    SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_1" AS "at_1", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3", "followed"."key_1" AS "key_1"
    FROM (
      SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_1" AS "at_1", minOrNull("both"."at_2") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_2", minOrNull("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."key_1" AS "key_1", "both"."ahead" AS "ahead"
      FROM (
        SELECT "ways"."entity" AS "entity", "ways"."place" AS "place", NULL AS "at_1", "ways"."at_2" AS "at_2", "ways"."at_3" AS "at_3", NULL AS "key_1", 1 AS "ahead"
        FROM (
          SELECT "followed"."entity" AS "entity", "followed"."place" AS "place", "followed"."at_2" AS "at_2", "followed"."at_3" AS "at_3"
          FROM (
            SELECT "both"."entity" AS "entity", "both"."place" AS "place", "both"."at_2" AS "at_2", minOrNull("both"."at_3") OVER (PARTITION BY "both"."entity" ORDER BY "both"."place" DESC NULLS LAST, "both"."ahead" DESC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS "at_3", "both"."ahead" AS "ahead"
            FROM (
              SELECT "ways"."entity" AS "entity", "ways"."place" AS "place", NULL AS "at_2", "ways"."at_3" AS "at_3", 1 AS "ahead"
              FROM (
                SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_3"
                FROM "kpiql_events" AS "events"
                WHERE (bitAnd("events"."steps", 4) <> 0)
              ) AS "ways"
              UNION ALL
              SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_2", NULL AS "at_3", 0 AS "ahead"
              FROM "kpiql_events" AS "events"
              WHERE (bitAnd("events"."steps", 2) <> 0)
            ) AS "both"
          ) AS "followed"
          WHERE "followed"."ahead" = 0
        ) AS "ways"
        UNION ALL
        SELECT "events"."entity" AS "entity", "events"."at" AS "place", "events"."at" AS "at_1", NULL AS "at_2", NULL AS "at_3", "events"."key_1" AS "key_1", 0 AS "ahead"
        FROM "kpiql_events" AS "events"
        WHERE ((bitAnd("events"."steps", 1) <> 0) AND ("events"."at" >= {p10:DateTime64(6, 'UTC')} AND "events"."at" < {p11:DateTime64(6, 'UTC')}))
      ) AS "both"
    ) AS "followed"
    WHERE "followed"."ahead" = 0
  ) AS "ways"
)
SELECT 0 AS "choice", 0 AS "bucket", "ranked"."key_1" AS "key_1", toInt64(count("ranked"."at_1")) AS "count_1", toInt64(count("ranked"."at_2")) AS "count_2", toInt64(count("ranked"."at_3")) AS "count_3", quantileExactInclusiveOrNull(0.5)(toFloat64(((toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_1", 6, 'UTC'))) / 1000000))) AS "median_2", quantileExactInclusiveOrNull(0.5)(toFloat64(((toUnixTimestamp64Micro(toDateTime64("ranked"."at_3", 6, 'UTC')) - toUnixTimestamp64Micro(toDateTime64("ranked"."at_2", 6, 'UTC'))) / 1000000))) AS "median_3"
FROM (
  SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."at_1" AS "at_1", "placed"."at_2" AS "at_2", "placed"."at_3" AS "at_3", "placed"."key_1" AS "key_1", toInt64(row_number() OVER (PARTITION BY "placed"."entity" ORDER BY "placed"."reached" DESC NULLS LAST, "placed"."at_1" ASC NULLS LAST, "placed"."key_1" ASC NULLS LAST)) AS "place"
  FROM (
    SELECT "placed"."entity" AS "entity", "placed"."reached" AS "reached", "placed"."key_1" AS "key_1", minOrNull("placed"."at_1") AS "at_1", minOrNull("placed"."at_2") AS "at_2", minOrNull("placed"."at_3") AS "at_3"
    FROM (
      SELECT "attempts"."entity" AS "entity", "attempts"."reached" AS "reached", "attempts"."at_1" AS "at_1", "attempts"."at_2" AS "at_2", "attempts"."at_3" AS "at_3", "attempts"."key_1" AS "key_1"
      FROM "kpiql_attempts" AS "attempts"
      WHERE ("attempts"."at_1" >= {p12:DateTime64(6, 'UTC')} AND "attempts"."at_1" < {p13:DateTime64(6, 'UTC')})
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
-- $7 text: "view"
-- $8 text: "cart"
-- $9 text: "buy"
-- $10 timestamp: "2025-01-01 00:00:00.000"
-- $11 timestamp: "2025-03-01 00:00:00.000"
-- $12 timestamp: "2025-01-01 00:00:00.000"
-- $13 timestamp: "2025-03-01 00:00:00.000"
