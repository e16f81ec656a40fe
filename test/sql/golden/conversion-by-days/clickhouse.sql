SELECT "bases"."bucket" AS "bucket", toInt64(count()) AS "base", toInt64(countIf("bases"."credited_1" > 0)) AS "converted_1", sum(toNullable("bases"."credited_1" + toDecimal128(0, 0))) AS "credited_1"
FROM (
  SELECT maxOrNull("placed"."asked") AS "asked", maxOrNull("placed"."bucket") AS "bucket", toInt64(countIf("placed"."converts" = 1)) AS "credited_1"
  FROM (
    SELECT "events"."entity" AS "entity", "events"."at" AS "at", "events"."converts" AS "converts", "events"."asked" AS "asked", "events"."bucket" AS "bucket", toInt64(count(CASE WHEN "events"."converts" = 0 THEN 1 ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS "ordinal", maxOrNull(CASE WHEN "events"."converts" = 0 THEN "events"."at" ELSE NULL END) OVER (PARTITION BY "events"."entity" ORDER BY "events"."at" ASC NULLS LAST, "events"."converts" ASC NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "base_at"
    FROM (
      SELECT "base"."customer" AS "entity", toDate32("base"."ordered_at") AS "at", 0 AS "converts", CASE WHEN ("base"."ordered_at" >= {p1:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p2:DateTime64(6, 'UTC')}) THEN 1 ELSE 0 END AS "asked", CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p4:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END AS "bucket"
      FROM (
        SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer"
        FROM "orders"
      ) AS "base"
      WHERE ("base"."ordered_at" >= {p5:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p6:DateTime64(6, 'UTC')})
      UNION ALL
      SELECT "base"."customer" AS "entity", "base"."start_date" AS "at", 1 AS "converts", NULL AS "asked", NULL AS "bucket"
      FROM (
        SELECT (start_date) AS "start_date", (customer_id) AS "customer"
        FROM "subscriptions"
      ) AS "base"
      WHERE (("base"."start_date" >= {p7:Date32} AND "base"."start_date" < {p8:Date32}) AND NOT (("base"."customer" IS NULL)))
    ) AS "events"
  ) AS "placed"
  WHERE "placed"."ordinal" > 0
  GROUP BY "placed"."entity", "placed"."ordinal"
) AS "bases"
WHERE "bases"."asked" = 1
GROUP BY "bases"."bucket";
-- $1 timestamp: "2024-04-01 00:00:00.000"
-- $2 timestamp: "2024-07-01 00:00:00.000"
-- $3 timestamp: "2024-06-01 00:00:00.000"
-- $4 timestamp: "2024-05-01 00:00:00.000"
-- $5 timestamp: "2024-04-01 00:00:00.000"
-- $6 timestamp: "2026-02-01 00:00:00.000"
-- $7 date: "2024-04-01"
-- $8 date: "2026-02-01"
