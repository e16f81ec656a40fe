SELECT "bases"."bucket" AS "bucket", "bases"."cell_1" AS "cell_1", "bases"."key_1" AS "key_1", count(*) AS "base", count(*) FILTER (WHERE "bases"."credited_1" > 0) AS "converted_1", sum("bases"."credited_1") AS "credited_1"
FROM (
  SELECT max("placed"."asked") AS "asked", max("placed"."bucket") AS "bucket", max("placed"."cell_1") AS "cell_1", max("placed"."key_1") AS "key_1", count(*) FILTER (WHERE ("placed"."converts" = 1 AND ("placed"."at" + make_interval(secs => 7200)) < (("placed"."base_at" + make_interval(secs => 7200)) + INTERVAL '7 day'))) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."property_1" AS "property_1", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", "events"."cell_1" AS "cell_1", "events"."key_1" AS "key_1", count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST, "events"."tie_1" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "ordinal", max(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST, "events"."tie_1" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CAST("base"."channel" AS TEXT) COLLATE "C" AS "property_1", "base"."ordered_at" AS "at", 0 AS "converts", "base"."tie" AS "tie_1", CASE WHEN ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($2 AS TIMESTAMP)) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < CAST($3 AS TIMESTAMP) THEN CASE WHEN "base"."ordered_at" < CAST($4 AS TIMESTAMP) THEN 0 ELSE 1 END ELSE 2 END AS "bucket", "joined_customers_1"."segment" AS "cell_1", CASE WHEN ("base"."rush" IS NULL) THEN NULL WHEN "base"."rush" THEN 1 ELSE 0 END AS "key_1"
      FROM (
        SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (rush) AS "rush", (channel) AS "channel", (order_id) AS "tie"
        FROM "orders"
      ) AS "base"
      LEFT JOIN (
        SELECT (customer_id) AS "customer", (segment) AS "segment"
        FROM "customers"
      ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
      WHERE ("base"."ordered_at" >= CAST($1 AS TIMESTAMP) AND "base"."ordered_at" < CAST($5 AS TIMESTAMP))
      UNION ALL
      SELECT CAST("base"."customer" AS TEXT) COLLATE "C" AS "entity", CAST("base"."channel" AS TEXT) COLLATE "C" AS "property_1", CAST("base"."placed_at" AS TIMESTAMP) AS "at", 1 AS "converts", NULL AS "tie_1", NULL AS "asked", NULL AS "bucket", NULL AS "cell_1", NULL AS "key_1"
      FROM (
        SELECT (placed_at) AS "placed_at", (channel) AS "channel", (customer_id) AS "customer", (status) AS "status"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."status" = CAST($6 AS TEXT) AND ("base"."placed_at" >= CAST($7 AS TIMESTAMPTZ) AND "base"."placed_at" < CAST($8 AS TIMESTAMPTZ)) AND NOT (("base"."customer" IS NULL)) AND NOT (("base"."channel" IS NULL)))
    ) AS "events"
  ) AS "placed"
  WHERE "placed"."ordinal" > 0
  GROUP BY "placed"."entity", "placed"."property_1", "placed"."ordinal"
) AS "bases"
WHERE "bases"."asked" = 1
GROUP BY "bases"."bucket", "bases"."cell_1", "bases"."key_1";
-- $1 timestamp: "2024-03-31 22:00:00.000"
-- $2 timestamp: "2024-06-30 22:00:00.000"
-- $3 timestamp: "2024-05-31 22:00:00.000"
-- $4 timestamp: "2024-04-30 22:00:00.000"
-- $5 timestamp: "2024-07-07 22:00:00.000"
-- $6 text: "paid"
-- $7 timestamp: "2024-03-31 22:00:00.000+00"
-- $8 timestamp: "2024-07-07 22:00:00.000+00"
