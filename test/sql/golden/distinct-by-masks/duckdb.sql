SELECT "entities"."bucket" AS "bucket", coalesce(sum(("entities"."mask_1" >> 0) & 1), 0) AS "slice_1", coalesce(sum(("entities"."mask_1" >> 1) & 1), 0) AS "slice_2", coalesce(sum(("entities"."mask_1" >> 2) & 1), 0) AS "slice_3"
FROM (
  SELECT "rows"."bucket" AS "bucket", "rows"."entity" AS "entity", bit_or("rows"."mask_1") AS "mask_1"
  FROM (
    SELECT CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0::UTINYINT ELSE 1::UTINYINT END ELSE 2::UTINYINT END ELSE CASE WHEN "base"."ordered_at" < CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($6 AS TIMESTAMP) THEN 3::UTINYINT ELSE 4::UTINYINT END ELSE 5::UTINYINT END END ELSE CASE WHEN "base"."ordered_at" < CAST($7 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($8 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($9 AS TIMESTAMP) THEN 6::UTINYINT ELSE 7::UTINYINT END ELSE 8::UTINYINT END ELSE CASE WHEN "base"."ordered_at" < CAST($10 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($11 AS TIMESTAMP) THEN 9::UTINYINT ELSE 10::UTINYINT END ELSE 11::UTINYINT END END END AS "bucket", "base"."entity" AS "entity", (CASE WHEN 1 = 1 THEN 1 ELSE 0 END + CASE WHEN "base"."status" = CAST($12 AS VARCHAR) THEN 2 ELSE 0 END + CASE WHEN ("base"."quantity" >= CAST($13 AS BIGINT)) THEN 4 ELSE 0 END) AS "mask_1"
    FROM (
      SELECT (ordered_at) AS "ordered_at", (customer_id) AS "entity", (status) AS "status", (quantity) AS "quantity"
      FROM "orders"
    ) AS "base"
    WHERE ("base"."ordered_at" >= CAST($14 AS TIMESTAMP) AND "base"."ordered_at" < CAST($15 AS TIMESTAMP))
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
