SELECT toUnixTimestamp64Second(toDateTime64("rows"."bucket", 6, 'UTC')) AS "bucket", toInt64(count()) AS "part_1"
FROM (
  SELECT toDate32(addSeconds(toDateTime64(addSeconds(toDateTime64("base"."shop_clock", 6, 'UTC'), CASE WHEN "base"."shop_clock" < {p1:DateTime64(6, 'UTC')} THEN -3600 WHEN "base"."shop_clock" < {p2:DateTime64(6, 'UTC')} THEN -7200 ELSE -3600 END), 6, 'UTC'), CASE WHEN addSeconds(toDateTime64("base"."shop_clock", 6, 'UTC'), CASE WHEN "base"."shop_clock" < {p3:DateTime64(6, 'UTC')} THEN -3600 WHEN "base"."shop_clock" < {p4:DateTime64(6, 'UTC')} THEN -7200 ELSE -3600 END) < {p5:DateTime64(6, 'UTC')} THEN -18000 WHEN addSeconds(toDateTime64("base"."shop_clock", 6, 'UTC'), CASE WHEN "base"."shop_clock" < {p6:DateTime64(6, 'UTC')} THEN -3600 WHEN "base"."shop_clock" < {p7:DateTime64(6, 'UTC')} THEN -7200 ELSE -3600 END) < {p8:DateTime64(6, 'UTC')} THEN -14400 ELSE -18000 END)) AS "bucket"
  FROM (
    SELECT (shop_clock) AS "shop_clock"
    FROM "orders"
  ) AS "base"
  WHERE ("base"."shop_clock" >= {p9:DateTime64(6, 'UTC')} AND "base"."shop_clock" < {p10:DateTime64(6, 'UTC')})
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
