SELECT STRAIGHT_JOIN "rows"."cell_1" AS "cell_1", "rows"."cell_2" AS "cell_2", "rows"."cell_3" AS "cell_3", count(*) AS "part_1"
FROM (
  SELECT STRAIGHT_JOIN "joined_customers_1"."segment" AS "cell_1", CASE WHEN (locate(CAST(? AS CHAR), "base"."channel") > 0) THEN 1 ELSE 0 END AS "cell_2", CASE WHEN (right(lower("base"."channel"), char_length(lower(CAST(? AS CHAR)))) = lower(CAST(? AS CHAR))) THEN 1 ELSE 0 END AS "cell_3"
  FROM (
    SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "customer", ("channel") AS "channel"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT ("customer_id") AS "customer", ("segment") AS "segment"
    FROM "customers"
    LIMIT 9007199254740991
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."cell_1", "rows"."cell_2", "rows"."cell_3";
-- $1 text: "%"
-- $2 text: "\\B"
-- $3 text: "\\B"
-- $4 timestamp: "2024-01-01 00:00:00.000"
-- $5 timestamp: "2025-01-01 00:00:00.000"
