SELECT "spans"."part" AS "part", "windows"."bucket" AS "bucket", sum(toNullable("spans"."entities" + toDecimal128(0, 0))) AS "entities"
FROM (
  SELECT 0 AS "part", CAST("steps"."position" AS Int64) AS "position", CAST("steps"."last" AS Int64) AS "last", CASE WHEN CAST("steps"."next" AS Int64) <= 6 THEN CAST("steps"."next" AS Int64) ELSE 6 END AS "next", toInt64(count()) AS "entities"
  FROM (
    SELECT "places"."position" AS "position", maxOrNull("places"."last") OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS "last", lead(toNullable("places"."position")) OVER (PARTITION BY "places"."entity" ORDER BY "places"."position" ASC NULLS LAST) AS "next"
    FROM (
      SELECT "activity"."entity" AS "entity", "activity"."position" AS "position", "activity"."last" AS "last"
      FROM (
        SELECT "base"."customer" AS "entity", CASE WHEN "base"."leased_at" < {p1:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."leased_at" < {p2:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."leased_at" < {p3:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE CASE WHEN "base"."leased_at" < {p4:DateTime64(6, 'UTC')} THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."leased_at" < {p5:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."leased_at" < {p6:DateTime64(6, 'UTC')} THEN 4 ELSE 5 END ELSE 6 END END AS "position", CASE WHEN ("base"."returned_at" IS NULL) THEN 6 ELSE CAST(CASE WHEN "base"."returned_at" <= {p7:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."returned_at" <= {p8:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."returned_at" <= {p9:DateTime64(6, 'UTC')} THEN 0 ELSE 1 END ELSE CASE WHEN "base"."returned_at" <= {p10:DateTime64(6, 'UTC')} THEN 2 ELSE 3 END END ELSE CASE WHEN "base"."returned_at" <= {p11:DateTime64(6, 'UTC')} THEN CASE WHEN "base"."returned_at" <= {p12:DateTime64(6, 'UTC')} THEN 4 ELSE 5 END ELSE 6 END END AS Int64) END AS "last"
        FROM (
          SELECT (leased_at) AS "leased_at", (returned_at) AS "returned_at", (customer_id) AS "customer"
          FROM "leases"
        ) AS "base"
        WHERE ("base"."leased_at" < {p13:DateTime64(6, 'UTC')} AND (("base"."returned_at" IS NULL) OR ("base"."returned_at" > {p14:DateTime64(6, 'UTC')} AND "base"."returned_at" > "base"."leased_at")) AND NOT (("base"."customer" IS NULL)))
      ) AS "activity"
    ) AS "places"
  ) AS "steps"
  WHERE ((CAST("steps"."next" AS Int64) IS NULL) OR CAST("steps"."next" AS Int64) > CAST("steps"."position" AS Int64))
  GROUP BY CAST("steps"."position" AS Int64), CAST("steps"."last" AS Int64), CASE WHEN CAST("steps"."next" AS Int64) <= 6 THEN CAST("steps"."next" AS Int64) ELSE 6 END
) AS "spans"
JOIN (VALUES (0, 1, 2), (1, 3, 4), (2, 5, 6)) AS "windows"("bucket", "begins", "ends") ON ("spans"."position" < "windows"."ends" AND "spans"."next" >= "windows"."ends" AND "spans"."last" >= "windows"."begins")
GROUP BY "spans"."part", "windows"."bucket";
-- $1 timestamp: "2024-06-01 00:00:00.000"
-- $2 timestamp: "2024-05-01 00:00:00.000"
-- $3 timestamp: "2024-04-03 00:00:00.000"
-- $4 timestamp: "2024-05-04 00:00:00.000"
-- $5 timestamp: "2024-07-01 00:00:00.000"
-- $6 timestamp: "2024-06-03 00:00:00.000"
-- $7 timestamp: "2024-06-01 00:00:00.000"
-- $8 timestamp: "2024-05-01 00:00:00.000"
-- $9 timestamp: "2024-04-03 00:00:00.000"
-- $10 timestamp: "2024-05-04 00:00:00.000"
-- $11 timestamp: "2024-07-01 00:00:00.000"
-- $12 timestamp: "2024-06-03 00:00:00.000"
-- $13 timestamp: "2024-07-01 00:00:00.000"
-- $14 timestamp: "2024-04-03 00:00:00.000"
