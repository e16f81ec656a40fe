SELECT "entities"."bucket" AS "bucket", toInt64(countIf((bitAnd("entities"."mask_1", 1) <> 0))) AS "slice_1", toInt64(countIf((bitAnd("entities"."mask_1", 2) <> 0))) AS "slice_2", toInt64(countIf((bitAnd("entities"."mask_1", 4) <> 0))) AS "slice_3"
FROM (
  SELECT "rows"."bucket" AS "bucket", "rows"."entity" AS "entity", groupBitOrOrNull("rows"."mask_1") AS "mask_1"
  FROM (
    SELECT CASE WHEN "base"."ordered_at" < {p1:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p2:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p4:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < {p5:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p6:DateTime64(6, 'UTC')} THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."ordered_at" < {p7:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p8:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p9:DateTime64(6, 'UTC')} THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."ordered_at" < {p10:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p11:DateTime64(6, 'UTC')} THEN 9 ELSE 10 END ELSE 11 END END END AS "bucket", "base"."entity" AS "entity", toInt64(if(1 = 1, toInt64(1), 0) + if("base"."status" = {p12:String}, toInt64(2), 0) + if(("base"."quantity" >= {p13:Int64}), toInt64(4), 0)) AS "mask_1"
    FROM (
      SELECT (ordered_at) AS "ordered_at", (customer_id) AS "entity", (status) AS "status", (quantity) AS "quantity"
      FROM "orders"
    ) AS "base"
    WHERE ("base"."ordered_at" >= {p14:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p15:DateTime64(6, 'UTC')})
  ) AS "rows"
  WHERE NOT (("rows"."entity" IS NULL))
  GROUP BY "rows"."bucket", "rows"."entity"
) AS "entities"
GROUP BY "entities"."bucket";
-- $1 timestamp: "2024-07-01 00:00:00.000"
-- $2 timestamp: "2024-04-01 00:00:00.000"
-- $3 timestamp: "2024-03-01 00:00:00.000"
-- $4 timestamp: "2024-02-01 00:00:00.000"
-- $5 timestamp: "2024-06-01 00:00:00.000"
-- $6 timestamp: "2024-05-01 00:00:00.000"
-- $7 timestamp: "2024-10-01 00:00:00.000"
-- $8 timestamp: "2024-09-01 00:00:00.000"
-- $9 timestamp: "2024-08-01 00:00:00.000"
-- $10 timestamp: "2024-12-01 00:00:00.000"
-- $11 timestamp: "2024-11-01 00:00:00.000"
-- $12 text: "paid"
-- $13 integer: 3
-- $14 timestamp: "2024-01-01 00:00:00.000"
-- $15 timestamp: "2025-01-01 00:00:00.000"
