SELECT UNIX_SECONDS(TIMESTAMP(CAST(`rows`.`bucket` AS DATETIME), 'UTC')) AS `bucket`, count(*) AS `part_1`
FROM (
  SELECT DATETIME_TRUNC(CAST(DATETIME_ADD(CAST(`base`.`ordered_at` AS DATETIME), INTERVAL (CASE WHEN `base`.`ordered_at` < @p1 THEN 3600 WHEN `base`.`ordered_at` < @p2 THEN 7200 ELSE 3600 END) SECOND) AS DATETIME), DAY) AS `bucket`
  FROM (
    SELECT (ordered_at) AS `ordered_at`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`ordered_at` >= @p3 AND `base`.`ordered_at` < @p4)
) AS `rows`
GROUP BY `rows`.`bucket`;
-- $1 timestamp: "2024-03-31 01:00:00.000"
-- $2 timestamp: "2024-10-27 01:00:00.000"
-- $3 timestamp: "2023-12-31 23:00:00.000"
-- $4 timestamp: "2024-12-31 23:00:00.000"
