SELECT "rows"."key_1" AS "key_1", count(*) AS "part_1"
FROM (
  SELECT "joined_regions_2"."continent" AS "key_1"
  FROM (
    SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer"
    FROM "orders"
  ) AS "base"
  LEFT JOIN (
    SELECT (customer_id) AS "customer", (region_id) AS "region"
    FROM "customers"
  ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
  LEFT JOIN (
    SELECT (region_id) AS "region", (continent) AS "continent"
    FROM "regions"
  ) AS "joined_regions_2" ON "joined_customers_1"."region" = "joined_regions_2"."region"
  WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP))
) AS "rows"
GROUP BY "rows"."key_1";
-- $1 timestamp: "2024-01-01 00:00:00.000"
-- $2 timestamp: "2025-01-01 00:00:00.000"
