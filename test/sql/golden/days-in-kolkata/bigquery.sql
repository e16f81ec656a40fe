SELECT UNIX_SECONDS(TIMESTAMP(CAST(`rows`.`bucket` AS DATETIME), 'UTC')) AS `bucket`, count(*) AS `part_1`
FROM (
  SELECT DATETIME_TRUNC(CAST(DATETIME_ADD(CAST(`base`.`ordered_at` AS DATETIME), INTERVAL 19800 SECOND) AS DATETIME), DAY) AS `bucket`
  FROM (
    SELECT (ordered_at) AS `ordered_at`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`ordered_at` >= @p1 AND `base`.`ordered_at` < @p2)
) AS `rows`
GROUP BY `rows`.`bucket`;
-- $1 timestamp: "2023-12-31 18:30:00.000"
-- $2 timestamp: "2024-12-31 18:30:00.000"
