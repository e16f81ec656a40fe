SELECT "rows"."bucket" AS "bucket", "rows"."layer_1" AS "layer_1", "rows"."layer_2" AS "layer_2", quantile_cont(CAST("rows"."value_1" AS DOUBLE), 0.5) AS "part_1"
FROM (
  SELECT CASE WHEN "base"."ordered_at" < CAST($1 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($2 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0::UTINYINT ELSE 1::UTINYINT END ELSE 2::UTINYINT END ELSE CASE WHEN "base"."ordered_at" < CAST($5 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($6 AS TIMESTAMP) THEN 3::UTINYINT ELSE 4::UTINYINT END ELSE 5::UTINYINT END END ELSE CASE WHEN "base"."ordered_at" < CAST($7 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($8 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($9 AS TIMESTAMP) THEN 6::UTINYINT ELSE 7::UTINYINT END ELSE 8::UTINYINT END ELSE CASE WHEN "base"."ordered_at" < CAST($10 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($11 AS TIMESTAMP) THEN 9::UTINYINT ELSE 10::UTINYINT END ELSE 11::UTINYINT END END END AS "bucket", "base"."status" AS "layer_1", CASE WHEN ("base"."quantity" >= CAST($12 AS BIGINT)) THEN 1::UTINYINT ELSE 0::UTINYINT END AS "layer_2", "base"."amount" AS "value_1"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (status) AS "status", (quantity) AS "quantity", (amount) AS "amount"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($13 AS TIMESTAMP) AND "base"."ordered_at" < CAST($14 AS TIMESTAMP))
) AS "rows"
GROUP BY GROUPING SETS (("rows"."bucket", "rows"."layer_1"), ("rows"."bucket", "rows"."layer_2"));
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
-- $12 integer: 2
-- $13 timestamp: "2024-01-01 00:00:00.000"
-- $14 timestamp: "2025-01-01 00:00:00.000"
