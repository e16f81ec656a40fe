WITH "kpiql_starts" AS MATERIALIZED (
  SELECT "rows"."entity" AS "entity", minOrNull("rows"."first") AS "first", minOrNull("rows"."first_2") AS "first_2"
  FROM (
    SELECT "base"."user" AS "entity", CASE WHEN ("base"."happened_at" < {p1:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p2:DateTime64(6, 'UTC')}) THEN "base"."happened_at" ELSE NULL END AS "first", CASE WHEN "base"."plan" = {p3:String} THEN CASE WHEN ("base"."happened_at" < {p4:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p5:DateTime64(6, 'UTC')}) THEN "base"."happened_at" ELSE NULL END ELSE NULL END AS "first_2"
    FROM (
      SELECT (happened_at) AS "happened_at", (user_id) AS "user", (plan) AS "plan"
      FROM "events"
    ) AS "base"
    WHERE (NOT (("base"."user" IS NULL)) AND ("base"."happened_at" < {p6:DateTime64(6, 'UTC')} AND "base"."happened_at" < {p7:DateTime64(6, 'UTC')}))
  ) AS "rows"
  GROUP BY "rows"."entity"
)
SELECT "counted"."bucket" AS "bucket", "counted"."slices_1" AS "slices_1", toInt64(count()) AS "size", toInt64(countIf((bitAnd("counted"."active_1", 15) <> 0))) AS "range_1", toInt64(countIf((bitAnd("counted"."active_1", 14) <> 0))) AS "range_2"
FROM (
  SELECT CASE WHEN "entities"."first" < {p8:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END AS "bucket", toInt64(1 + if("entities"."first_2" = "entities"."first", toInt64(2), 0)) AS "slices_1", bitShiftRight("entities"."units", CASE WHEN "entities"."first" < {p9:DateTime64(6, 'UTC')} THEN CASE WHEN "entities"."first" < {p10:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END) AS "active_1"
  FROM (
    SELECT "united"."entity" AS "entity", minOrNull("united"."first") AS "first", minOrNull("united"."first_2") AS "first_2", groupBitOrOrNull("united"."units") AS "units"
    FROM (
      SELECT "starts"."entity" AS "entity", "starts"."first" AS "first", "starts"."first_2" AS "first_2", 0 AS "units"
      FROM "kpiql_starts" AS "starts"
      UNION ALL
      SELECT "base"."user" AS "entity", NULL AS "first", NULL AS "first_2", groupBitOrOrNull((CASE WHEN ("base"."valid_to" IS NULL) THEN 16 ELSE CASE WHEN "base"."valid_to" <= {p11:Date32} THEN CASE WHEN "base"."valid_to" <= {p12:Date32} THEN CASE WHEN "base"."valid_to" <= {p13:Date32} THEN 1 ELSE 2 END ELSE 4 END ELSE CASE WHEN "base"."valid_to" <= {p14:Date32} THEN 8 ELSE 16 END END END - CASE WHEN "base"."valid_from" < {p15:Date32} THEN CASE WHEN "base"."valid_from" < {p16:Date32} THEN CASE WHEN "base"."valid_from" < {p17:Date32} THEN 1 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."valid_from" < {p18:Date32} THEN 4 ELSE 8 END END)) AS "units"
      FROM (
        SELECT (user_id) AS "user", (valid_from) AS "valid_from", (valid_to) AS "valid_to"
        FROM "passes"
      ) AS "base"
      WHERE (NOT (("base"."user" IS NULL)) AND (((("base"."valid_to" IS NULL) OR "base"."valid_to" > "base"."valid_from") AND "base"."valid_from" < {p19:Date32}) AND (NOT (("base"."valid_from" IS NULL)) AND (("base"."valid_to" IS NULL) OR NOT ("base"."valid_to" <= {p20:Date32})))))
      GROUP BY "base"."user"
    ) AS "united"
    GROUP BY "united"."entity"
  ) AS "entities"
  WHERE ("entities"."first" >= {p21:DateTime64(6, 'UTC')} AND "entities"."first" < {p22:DateTime64(6, 'UTC')})
) AS "counted"
GROUP BY "counted"."bucket", "counted"."slices_1";
-- $1 timestamp: "2026-01-01 00:00:00.000"
-- $2 timestamp: "2025-03-01 00:00:00.000"
-- $3 text: "pro"
-- $4 timestamp: "2026-01-01 00:00:00.000"
-- $5 timestamp: "2025-03-01 00:00:00.000"
-- $6 timestamp: "2026-01-01 00:00:00.000"
-- $7 timestamp: "2025-03-01 00:00:00.000"
-- $8 timestamp: "2025-02-01 00:00:00.000"
-- $9 timestamp: "2025-03-01 00:00:00.000"
-- $10 timestamp: "2025-02-01 00:00:00.000"
-- $11 date: "2025-03-01"
-- $12 date: "2025-02-01"
-- $13 date: "2025-01-01"
-- $14 date: "2025-04-01"
-- $15 date: "2025-03-01"
-- $16 date: "2025-02-01"
-- $17 date: "2025-01-01"
-- $18 date: "2025-04-01"
-- $19 date: "2026-01-01"
-- $20 date: "2025-01-01"
-- $21 timestamp: "2025-01-01 00:00:00.000"
-- $22 timestamp: "2025-03-01 00:00:00.000"
