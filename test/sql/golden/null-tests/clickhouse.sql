SELECT "rows"."cell_1" AS "cell_1", "rows"."cell_2" AS "cell_2", toInt64(count()) AS "part_1"
FROM (
  SELECT "base"."status" AS "cell_1", CASE WHEN "base"."quantity" < {p1:Int64} THEN 0 ELSE CASE WHEN ("base"."quantity" IS NULL) THEN 2 ELSE 1 END END AS "cell_2"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (status) AS "status", (quantity) AS "quantity"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."ordered_at" >= {p2:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p3:DateTime64(6, 'UTC')})
) AS "rows"
GROUP BY "rows"."cell_1", "rows"."cell_2";
-- $1 integer: 2
-- $2 timestamp: "2024-01-01 00:00:00.000"
-- $3 timestamp: "2025-01-01 00:00:00.000"
