SELECT "rows"."cell_1" AS "cell_1", "rows"."cell_2" AS "cell_2", "rows"."cell_3" AS "cell_3", count(*) AS "part_1"
FROM (
  SELECT "joined_customers_1"."segment" AS "cell_1", CASE WHEN (strpos(CAST("base"."channel" AS TEXT) COLLATE "C", CAST($1 AS TEXT)) > 0) THEN 1 ELSE 0 END AS "cell_2", CASE WHEN (right(lower(CAST("base"."channel" AS TEXT) COLLATE "C" COLLATE "und-x-icu"), length(lower(CAST($2 AS TEXT) COLLATE "und-x-icu"))) = lower(CAST($2 AS TEXT) COLLATE "und-x-icu")) THEN 1 ELSE 0 END AS "cell_3"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (channel) AS "channel"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (segment) AS "segment"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  WHERE ("base"."ordered_at" >= CAST($3 AS TIMESTAMP) AND "base"."ordered_at" < CAST($4 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."cell_1", "rows"."cell_2", "rows"."cell_3";
-- $1 text: "%"
-- $2 text: "\\B"
-- $3 timestamp: "2024-01-01 00:00:00.000"
-- $4 timestamp: "2025-01-01 00:00:00.000"
