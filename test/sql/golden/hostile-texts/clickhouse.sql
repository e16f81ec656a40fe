SELECT "rows"."cell_1" AS "cell_1", "rows"."cell_2" AS "cell_2", "rows"."cell_3" AS "cell_3", toInt64(count()) AS "part_1"
FROM (
  SELECT "joined_customers_1"."segment" AS "cell_1", CASE WHEN (position("base"."channel", {p1:String}) > 0) THEN 1 ELSE 0 END AS "cell_2", CASE WHEN endsWith(lowerUTF8("base"."channel"), lowerUTF8({p2:String})) THEN 1 ELSE 0 END AS "cell_3"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (channel) AS "channel"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (segment) AS "segment"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."ordered_at" >= {p3:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p4:DateTime64(6, 'UTC')})
) AS "rows"
GROUP BY "rows"."cell_1", "rows"."cell_2", "rows"."cell_3";
-- $1 text: "%"
-- $2 text: "\\B"
-- $3 timestamp: "2024-01-01 00:00:00.000"
-- $4 timestamp: "2025-01-01 00:00:00.000"
