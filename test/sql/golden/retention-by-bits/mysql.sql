SELECT "counted"."bucket" AS "bucket", count(*) AS "size", count(CASE WHEN (("counted"."active_1" & 1) <> 0) THEN 1 ELSE NULL END) AS "range_1", count(CASE WHEN (("counted"."active_1" & 2) <> 0) THEN 1 ELSE NULL END) AS "range_2", count(CASE WHEN (("counted"."active_1" & 4) <> 0) THEN 1 ELSE NULL END) AS "range_3"
FROM (
  SELECT CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END AS "bucket", ("entities"."units" >> CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE CASE WHEN "entities"."first" < CAST(? AS DATETIME(6)) THEN 2 ELSE 3 END END) AS "active_1"
  FROM (
    SELECT "rows"."entity" AS "entity", min("rows"."first") AS "first", CASE WHEN count("rows"."units") > 0 THEN CAST(bit_or("rows"."units") AS SIGNED) END AS "units"
    FROM (
      SELECT "base"."user" AS "entity", "base"."happened_at" AS "first", CASE WHEN "base"."happened_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."happened_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."happened_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."happened_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."happened_at" < CAST(? AS DATETIME(6)) THEN 4 ELSE 8 END ELSE 0 END END AS "units"
      FROM (
        SELECT ("happened_at") AS "happened_at", ("user_id") AS "user"
        FROM "events"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < CAST(? AS DATETIME(6)) AND "base"."happened_at" < CAST(? AS DATETIME(6))))
    ) AS "rows"
    GROUP BY "rows"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= CAST(? AS DATETIME(6)) AND "entities"."first" < CAST(? AS DATETIME(6)))
) AS "counted"
GROUP BY "counted"."bucket";
-- $1 timestamp: "2025-02-01 00:00:00.000"
-- $2 timestamp: "2025-03-01 00:00:00.000"
-- $3 timestamp: "2025-02-01 00:00:00.000"
-- $4 timestamp: "2025-04-01 00:00:00.000"
-- $5 timestamp: "2025-03-01 00:00:00.000"
-- $6 timestamp: "2025-02-01 00:00:00.000"
-- $7 timestamp: "2025-01-01 00:00:00.000"
-- $8 timestamp: "2025-05-01 00:00:00.000"
-- $9 timestamp: "2025-04-01 00:00:00.000"
-- $10 timestamp: "2026-01-01 00:00:00.000"
-- $11 timestamp: "2025-05-01 00:00:00.000"
-- $12 timestamp: "2025-01-01 00:00:00.000"
-- $13 timestamp: "2025-03-01 00:00:00.000"
