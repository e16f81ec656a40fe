SELECT "bases"."bucket" AS "bucket", "bases"."cell_1" AS "cell_1", "bases"."key_1" AS "key_1", toInt64(count()) AS "base", toInt64(countIf("bases"."credited_1" > 0)) AS "converted_1", sum(toNullable("bases"."credited_1" + toDecimal128(0, 0))) AS "credited_1"
FROM (
  SELECT maxOrNull("placed"."asked") AS "asked", maxOrNull("placed"."bucket") AS "bucket", maxOrNull("placed"."cell_1") AS "cell_1", maxOrNull("placed"."key_1") AS "key_1", toInt64(countIf(("placed"."converts" = 1 AND addSeconds(toDateTime64("placed"."at", 6, 'UTC'), 7200) < addDays(toDateTime64(addSeconds(toDateTime64("placed"."base_at", 6, 'UTC'), 7200), 6, 'UTC'), 7)))) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."property_1" AS "property_1", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", "events"."cell_1" AS "cell_1", "events"."key_1" AS "key_1", toInt64(count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST, "events"."tie_1" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS "ordinal", maxOrNull(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity", "events"."property_1" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST, "events"."tie_1" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT "base"."customer" AS "entity", "base"."channel" AS "property_1", "base"."ordered_at" AS "at", 0 AS "converts", "base"."tie" AS "tie_1", CASE WHEN ("base"."ordered_at" >= {p1:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p2:DateTime64(6, 'UTC')}) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p4:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END AS "bucket", "joined_customers_1"."segment" AS "cell_1", CASE WHEN ("base"."rush" IS NULL) THEN NULL WHEN "base"."rush" THEN 1 ELSE 0 END AS "key_1"
      FROM (
        SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (rush) AS "rush", (channel) AS "channel", (order_id) AS "tie"
        FROM "orders"
      ) AS "base"
      LEFT JOIN (
        SELECT (customer_id) AS "customer", (segment) AS "segment"
        FROM "customers"
      ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
      WHERE ("base"."ordered_at" >= {p5:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p6:DateTime64(6, 'UTC')})
      UNION ALL
      SELECT "base"."customer" AS "entity", "base"."channel" AS "property_1", toDateTime64("base"."placed_at", 6, 'UTC') AS "at", 1 AS "converts", NULL AS "tie_1", NULL AS "asked", NULL AS "bucket", NULL AS "cell_1", NULL AS "key_1"
      FROM (
        SELECT (placed_at) AS "placed_at", (channel) AS "channel", (customer_id) AS "customer", (status) AS "status"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."status" = {p7:String} AND ("base"."placed_at" >= {p8:DateTime64(6, 'UTC')} AND "base"."placed_at" < {p9:DateTime64(6, 'UTC')}) AND NOT (("base"."customer" IS NULL)) AND NOT (("base"."channel" IS NULL)))
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
