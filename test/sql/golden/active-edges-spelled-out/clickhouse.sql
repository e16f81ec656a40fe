SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum(toNullable("spans"."entities" + toDecimal128(0, 0))) AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS Int64) AS "position", CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 2) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 2) END AS "next", toInt64(count()) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", lead(toNullable("places"."position")) OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position"
      FROM (
        SELECT "base"."customer" AS "entity", CASE WHEN "base"."ordered_at" < {p1:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p2:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p3:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p4:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN "base"."ordered_at" < {p5:DateTime64(6, 'UTC')} THEN 3 ELSE 4 END END ELSE CASE WHEN "base"."ordered_at" < {p6:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p7:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."ordered_at" < {p8:DateTime64(6, 'UTC')} THEN 5 ELSE 6 END ELSE 7 END ELSE CASE WHEN "base"."ordered_at" < {p9:DateTime64(6, 'UTC')} THEN 8 ELSE 9 END END END AS "position"
        FROM (
          SELECT (ordered_at) AS "ordered_at", (customer_id) AS "customer"
          FROM "orders"
        ) AS "base"
        WHERE ("base"."ordered_at" < {p10:DateTime64(6, 'UTC')} AND "base"."ordered_at" >= {p11:DateTime64(6, 'UTC')} AND (("base"."ordered_at" >= {p12:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p13:DateTime64(6, 'UTC')}) OR ("base"."ordered_at" >= {p14:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p15:DateTime64(6, 'UTC')}) OR ("base"."ordered_at" >= {p16:DateTime64(6, 'UTC')} AND "base"."ordered_at" < {p17:DateTime64(6, 'UTC')})) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS Int64) IS NULL) OR CAST("steps"."next" AS Int64) > CAST("steps"."position" AS Int64))
  GROUP BY CAST("steps"."position" AS Int64), CASE WHEN CAST("steps"."next" AS Int64) <= (CAST("steps"."position" AS Int64) + 2) THEN CAST("steps"."next" AS Int64) ELSE (CAST("steps"."position" AS Int64) + 2) END
) AS "spans"
JOIN (VALUES (0, 2, 3), (1, 5, 6), (2, 8, 9), (3, 1, 3), (4, 4, 6), (5, 7, 9)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."position" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket";
-- $1 timestamp: "2024-05-25 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-24 00:00:00.000"
-- $4 timestamp: "2024-04-03 00:00:00.000"
-- $5 timestamp: "2024-05-04 00:00:00.000"
-- $6 timestamp: "2024-06-24 00:00:00.000"
-- $7 timestamp: "2024-06-03 00:00:00.000"
-- $8 timestamp: "2024-06-01 00:00:00.000"
-- $9 timestamp: "2024-07-01 00:00:00.000"
-- $10 timestamp: "2024-07-01 00:00:00.000"
-- $11 timestamp: "2024-04-03 00:00:00.000"
-- $12 timestamp: "2024-04-03 00:00:00.000"
-- $13 timestamp: "2024-05-01 00:00:00.000"
-- $14 timestamp: "2024-05-04 00:00:00.000"
-- $15 timestamp: "2024-06-01 00:00:00.000"
-- $16 timestamp: "2024-06-03 00:00:00.000"
-- $17 timestamp: "2024-07-01 00:00:00.000"
