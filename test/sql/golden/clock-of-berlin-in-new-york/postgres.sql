SELECT CAST(date_part('epoch', "rows"."bucket") AS BIGINT) AS "bucket", count(*) AS "part_1"
FROM (
  SELECT CAST((("base"."shop_clock" + make_interval(secs => CASE WHEN "base"."shop_clock" < CAST($1 AS TIMESTAMP) THEN -3600 WHEN "base"."shop_clock" < CAST($2 AS TIMESTAMP) THEN -7200 ELSE -3600 END)) + make_interval(secs => CASE WHEN ("base"."shop_clock" + make_interval(secs => CASE WHEN "base"."shop_clock" < CAST($1 AS TIMESTAMP) THEN -3600 WHEN "base"."shop_clock" < CAST($2 AS TIMESTAMP) THEN -7200 ELSE -3600 END)) < CAST($3 AS TIMESTAMP) THEN -18000 WHEN ("base"."shop_clock" + make_interval(secs => CASE WHEN "base"."shop_clock" < CAST($1 AS TIMESTAMP) THEN -3600 WHEN "base"."shop_clock" < CAST($2 AS TIMESTAMP) THEN -7200 ELSE -3600 END)) < CAST($4 AS TIMESTAMP) THEN -14400 ELSE -18000 END)) AS DATE) AS "bucket"
  FROM (
    SELECT (shop_clock) AS "shop_clock"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."shop_clock" >= CAST($5 AS TIMESTAMP) AND "base"."shop_clock" < CAST($6 AS TIMESTAMP))
  OFFSET BIGINT '0'
) AS "rows"
GROUP BY "rows"."bucket";
-- $1 timestamp: "2024-03-31 02:00:00.000"
-- $2 timestamp: "2024-10-27 03:00:00.000"
-- $3 timestamp: "2024-03-10 07:00:00.000"
-- $4 timestamp: "2024-11-03 06:00:00.000"
-- $5 timestamp: "2024-01-01 06:00:00.000"
-- $6 timestamp: "2025-01-01 06:00:00.000"
