SELECT UNIX_SECONDS(TIMESTAMP(CAST(`rows`.`bucket` AS DATETIME), 'UTC')) AS `bucket`, count(*) AS `part_1`
FROM (
  SELECT DATETIME_TRUNC(CAST(DATETIME_ADD(CAST(DATETIME_ADD(CAST(`base`.`shop_clock` AS DATETIME), INTERVAL (CASE WHEN `base`.`shop_clock` < @p1 THEN -3600 WHEN `base`.`shop_clock` < @p2 THEN -7200 ELSE -3600 END) SECOND) AS DATETIME), INTERVAL (CASE WHEN DATETIME_ADD(CAST(`base`.`shop_clock` AS DATETIME), INTERVAL (CASE WHEN `base`.`shop_clock` < @p3 THEN -3600 WHEN `base`.`shop_clock` < @p4 THEN -7200 ELSE -3600 END) SECOND) < @p5 THEN -18000 WHEN DATETIME_ADD(CAST(`base`.`shop_clock` AS DATETIME), INTERVAL (CASE WHEN `base`.`shop_clock` < @p6 THEN -3600 WHEN `base`.`shop_clock` < @p7 THEN -7200 ELSE -3600 END) SECOND) < @p8 THEN -14400 ELSE -18000 END) SECOND) AS DATETIME), DAY) AS `bucket`
  FROM (
    SELECT (shop_clock) AS `shop_clock`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`shop_clock` >= @p9 AND `base`.`shop_clock` < @p10)
) AS `rows`
GROUP BY `rows`.`bucket`;
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
