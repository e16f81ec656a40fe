SELECT "entities"."bucket" AS "bucket", count(CASE WHEN (("entities"."mask_1" & 1) <> 0) THEN 1 ELSE NULL END) AS "slice_1", count(CASE WHEN (("entities"."mask_1" & 2) <> 0) THEN 1 ELSE NULL END) AS "slice_2", count(CASE WHEN (("entities"."mask_1" & 4) <> 0) THEN 1 ELSE NULL END) AS "slice_3"
FROM (
  SELECT "rows"."bucket" AS "bucket", "rows"."entity" AS "entity", CASE WHEN count("rows"."mask_1") > 0 THEN CAST(bit_or("rows"."mask_1") AS SIGNED) END AS "mask_1"
  FROM (
    SELECT CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 9 ELSE 10 END ELSE 11 END END END AS "bucket", "base"."entity" AS "entity", (CASE WHEN 1 = 1 THEN 1 ELSE 0 END + CASE WHEN "base"."status" = CAST(? AS CHAR) THEN 2 ELSE 0 END + CASE WHEN ("base"."quantity" >= CAST(? AS SIGNED)) THEN 4 ELSE 0 END) AS "mask_1"
    FROM (
      SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "entity", ("status") AS "status", ("quantity") AS "quantity"
      FROM "orders"
    ) AS "base"
    WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
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
