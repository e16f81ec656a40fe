SELECT timestampdiff(SECOND, DATE'1970-01-01', "rows"."bucket") AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CAST((("base"."shop_clock" + INTERVAL CASE WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -3600 WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -7200 ELSE -3600 END SECOND) + INTERVAL CASE WHEN ("base"."shop_clock" + INTERVAL CASE WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -3600 WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -7200 ELSE -3600 END SECOND) < CAST(? AS DATETIME(6)) THEN -18000 WHEN ("base"."shop_clock" + INTERVAL CASE WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -3600 WHEN "base"."shop_clock" < CAST(? AS DATETIME(6)) THEN -7200 ELSE -3600 END SECOND) < CAST(? AS DATETIME(6)) THEN -14400 ELSE -18000 END SECOND) AS DATE) AS "bucket"
  FROM (
    SELECT ("shop_clock") AS "shop_clock"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."shop_clock" >= CAST(? AS DATETIME(6)) AND "base"."shop_clock" < CAST(? AS DATETIME(6)))
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-03-31 02:00:00.000"
-- $2 timestamp: "2024-10-27 03:00:00.000"
-- $3 timestamp: "2024-03-31 02:00:00.000"
-- $4 timestamp: "2024-10-27 03:00:00.000"
-- $5 timestamp: "2024-03-10 07:00:00.000"
-- $6 timestamp: "2024-03-31 02:00:00.000"
-- $7 timestamp: "2024-10-27 03:00:00.000"
-- $8 timestamp: "2024-11-03 06:00:00.000"
-- $9 timestamp: "2024-01-01 06:00:00.000"
-- $10 timestamp: "2025-01-01 06:00:00.000"
