SELECT "bases"."bucket" AS "bucket", "bases"."cell_1" AS "cell_1", "bases"."key_1" AS "key_1", count(*) AS "base", count(CASE WHEN "bases"."credited_1" > 0 THEN 1 ELSE NULL END) AS "converted_1", sum("bases"."credited_1") AS "credited_1"
FROM (
  SELECT max("placed"."asked") AS "asked", max("placed"."bucket") AS "bucket", max("placed"."cell_1") AS "cell_1", max("placed"."key_1") AS "key_1", count(CASE WHEN ("placed"."converts" = 1 AND ("placed"."at" + INTERVAL 7200 SECOND) < (("placed"."base_at" + INTERVAL 7200 SECOND) + INTERVAL 7 DAY)) THEN 1 ELSE NULL END) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."property_1" AS "property_1", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", "events"."cell_1" AS "cell_1", "events"."key_1" AS "key_1", count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" IS NULL, "events"."at", "events"."converts" IS NULL, "events"."converts", "events"."tie_1" IS NULL, "events"."tie_1" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "ordinal", max(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" IS NULL, "events"."at", "events"."converts" IS NULL, "events"."converts", "events"."tie_1" IS NULL, "events"."tie_1" ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT STRAIGHT_JOIN "base"."customer" AS "entity", "base"."channel" AS "property_1", "base"."ordered_at" AS "at", 0 AS "converts", "base"."tie" AS "tie_1", CASE WHEN ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6))) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN CASE WHEN "base"."ordered_at" < CAST(? AS DATETIME(6)) THEN 0 ELSE 1 END ELSE 2 END AS "bucket", "joined_customers_1"."segment" AS "cell_1", CASE WHEN ("base"."rush" IS NULL) THEN NULL WHEN "base"."rush" THEN 1 ELSE 0 END AS "key_1"
      FROM (
        SELECT ("ordered_at") AS "ordered_at", ("customer_id") AS "customer", ("rush") AS "rush", ("channel") AS "channel", ("order_id") AS "tie"
        FROM "orders"
      ) AS "base"
      LEFT JOIN (
        SELECT ("customer_id") AS "customer", ("segment") AS "segment"
        FROM "customers"
        LIMIT 9007199254740991
      ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
      WHERE ("base"."ordered_at" >= CAST(? AS DATETIME(6)) AND "base"."ordered_at" < CAST(? AS DATETIME(6)))
      UNION ALL
      SELECT "base"."customer" AS "entity", "base"."channel" AS "property_1", "base"."placed_at" AS "at", 1 AS "converts", NULL AS "tie_1", NULL AS "asked", NULL AS "bucket", NULL AS "cell_1", NULL AS "key_1"
      FROM (
        SELECT ("placed_at") AS "placed_at", ("channel") AS "channel", ("customer_id") AS "customer", ("status") AS "status"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."status" = CAST(? AS CHAR) AND ("base"."placed_at" >= CAST(? AS DATETIME(6)) AND "base"."placed_at" < CAST(? AS DATETIME(6))) AND NOT (("base"."customer" IS NULL)) AND NOT (("base"."channel" IS NULL)))
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
-- $5 timestamp: "2024-03-31 22:00:00.000"
-- $6 timestamp: "2024-07-07 22:00:00.000"
-- $7 text: "paid"
-- $8 timestamp: "2024-03-31 22:00:00.000"
-- $9 timestamp: "2024-07-07 22:00:00.000"
