SELECT UNIX_SECONDS(TIMESTAMP(CAST(`rows`.`bucket` AS DATETIME), 'UTC')) AS `bucket`, count(*) AS `part_1`
FROM (
  SELECT DATETIME_ADD(CAST(DATETIME_TRUNC(CAST(DATETIME_ADD(CAST(`base`.`ordered_at` AS DATETIME), INTERVAL 1800 SECOND) AS DATETIME), HOUR) AS DATETIME), INTERVAL -1800 SECOND) AS `bucket`
  FROM (
    SELECT (ordered_at) AS `ordered_at`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`ordered_at` >= @p1 AND `base`.`ordered_at` < @p2)
) AS `rows`
GROUP BY `rows`.`bucket`;
-- $1 timestamp: "2024-02-29 18:30:00.000"
-- $2 timestamp: "2024-03-10 18:30:00.000"
