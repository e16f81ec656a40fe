SELECT "rows"."cell_1" AS "cell_1", "rows"."cell_2" AS "cell_2", count(*) AS "part_1"
FROM (
  SELECT "base"."status" AS "cell_1", CASE WHEN "base"."quantity" < CAST($1 AS BIGINT) THEN 0 ELSE CASE WHEN ("base"."quantity" IS NULL) THEN 2 ELSE 1 END END AS "cell_2"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (status) AS "status", (quantity) AS "quantity"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= CAST($2 AS TIMESTAMP) AND "base"."ordered_at" < CAST($3 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."cell_1", "rows"."cell_2";
-- $1 integer: 2
-- $2 timestamp: "2024-01-01 00:00:00.000"
-- $3 timestamp: "2025-01-01 00:00:00.000"
