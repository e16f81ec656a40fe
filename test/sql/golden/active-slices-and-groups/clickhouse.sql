WITH "kpiql_activities" AS MATERIALIZED (
  SELECT "activity_rows"."entity" AS "entity", "activity_rows"."position" AS "position", "activity_rows"."key_1" AS "key_1", groupBitOrOrNull("activity_rows"."mask_1") AS "mask_1"
  FROM (
    SELECT "base"."customer" AS "entity", CASE WHEN "base"."ordered_at" < {p1:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p2:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE CASE WHEN "base"."ordered_at" < {p4:DateTime64(6, 'UTC')} THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."ordered_at" < {p5:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p6:DateTime64(6, 'UTC')} THEN 4 ELSE 5 END ELSE 6 END END AS "position", "base"."status" AS "key_1", toInt64(if(1 = 1, toInt64(1), 0) + if("joined_customers_1"."segment" = {p7:String}, toInt64(2), 0)) AS "mask_1"
    FROM (
      SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer", (status) AS "status"
      FROM "orders"
    ) AS "base"
    LEFT JOIN (
      SELECT (customer_id) AS "customer", (segment) AS "segment"
      FROM "customers"
    ) AS "joined_customers_1" ON "base"."customer" = "joined_customers_1"."customer"
    WHERE ("base"."ordered_at" < {p8:DateTime64(6, 'UTC')} AND "base"."ordered_at" >= {p9:DateTime64(6, 'UTC')} AND (("base"."ordered_at" >= {p10:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p11:DateTime64(6, 'UTC')}) OR ("base"."ordered_at" >= {p12:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p13:DateTime64(6, 'UTC')}) OR ("base"."ordered_at" >= {p14:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p15:DateTime64(6, 'UTC')})) AND NOT (("base"."customer" IS NULL)))
  ) AS "activity_rows"
  GROUP BY "activity_rows"."entity", "activity_rows"."position", "activity_rows"."key_1"
)
SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", "spans"."key_1" AS "key_1", sum(toNullable("spans"."entities" + toDecimal128(0, 0))) AS "entities"
FROM (
  SELECT 0 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS Int64) AS "position", CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END AS "next", toInt64(count()) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead(toNullable("places"."position")) OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (bitAnd("activity"."mask_1", 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS Int64) IS NULL) OR CAST("steps"."next" AS Int64) > CAST("steps"."position" AS Int64))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS Int64), CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END
  UNION ALL
  SELECT 1 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS Int64) AS "position", CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END AS "next", toInt64(count()) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead(toNullable("places"."position")) OVER (PARTITION BY "places"."key_1", "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."key_1" AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (bitAnd("activity"."mask_1", 1) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS Int64) IS NULL) OR CAST("steps"."next" AS Int64) > CAST("steps"."position" AS Int64))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS Int64), CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END
  UNION ALL
  SELECT 2 AS "part", "steps"."key_1" AS "key_1", CAST("steps"."position" AS Int64) AS "position", CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END AS "next", toInt64(count()) AS "entities"
  FROM (
    SELECT "places"."key_1" AS "key_1", "places"."position" AS "position", lead(toNullable("places"."position")) OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", CASE WHEN 1 = 0 THEN "activity"."key_1" ELSE NULL END AS "key_1"
      FROM "kpiql_activities" AS "activity"
      WHERE (bitAnd("activity"."mask_1", 2) <> 0)
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS Int64) IS NULL) OR CAST("steps"."next" AS Int64) > CAST("steps"."position" AS Int64))
  GROUP BY "steps"."key_1", CAST("steps"."position" AS Int64), CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 1) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 1) END
) AS "spans"
JOIN (VALUES (0, 1, 2), (1, 3, 4), (2, 5, 6)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket", "spans"."key_1";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
-- $7 text: "SMB"
-- $8 timestamp: "2024-07-01 00:00:00.000"
-- $9 timestamp: "2024-04-03 00:00:00.000"
-- $10 timestamp: "2024-04-03 00:00:00.000"
-- $11 timestamp: "2024-05-01 00:00:00.000"
-- $12 timestamp: "2024-05-04 00:00:00.000"
-- $13 timestamp: "2024-06-01 00:00:00.000"
-- $14 timestamp: "2024-06-03 00:00:00.000"
-- $15 timestamp: "2024-07-01 00:00:00.000"
