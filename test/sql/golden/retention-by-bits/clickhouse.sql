SELECT "counted"."bucket" AS "bucket", toInt64(count()) AS "size", toInt64(countIf((bitAnd("counted"."active_1", 1) <> 0))) AS "range_1", toInt64(countIf((bitAnd("counted"."active_1", 2) <> 0))) AS "range_2", toInt64(countIf((bitAnd("counted"."active_1", 4) <> 0))) AS "range_3"
FROM (
  SELECT CASE WHEN "entities"."first" < {p1:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END AS "bucket", bitShiftRight("entities"."units", CASE WHEN "entities"."first" < {p2:DateTime64(6, 'UTC')} THEN CASE WHEN "entities"."first" < {p3:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE CASE WHEN "entities"."first" < {p4:DateTime64(6, 'UTC')} THEN 2 ELSE 3 END END) AS "active_1"
  FROM (
    SELECT "rows"."entity" AS "entity", minOrNull("rows"."first") AS "first", groupBitOrOrNull("rows"."units") AS "units"
    FROM (
      SELECT "base"."user" AS "entity", "base"."happened_at" AS "first", CASE WHEN "base"."happened_at" < {p5:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."happened_at" < {p6:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."happened_at" < {p7:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."happened_at" < {p8:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."happened_at" < {p9:DateTime64(6, 'UTC')} THEN 4 ELSE 8 END ELSE 0 END END AS "units"
      FROM (
        SELECT (happened_at) AS "happened_at", (user_id) AS "user"
        FROM "events"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < {p10:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p11:DateTime64(6, 'UTC')}))
    ) AS "rows"
    GROUP BY "rows"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= {p12:DateTime64(6, 'UTC')} AND "entities"."first" < {p13:DateTime64(6, 'UTC')})
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
