SELECT UNIX_SECONDS(TIMESTAMP(CAST(`rows`.`bucket` AS DATETIME), 'UTC')) AS `bucket`, count(*) AS `part_1`
FROM (
  SELECT DATETIME_TRUNC(CAST(`base`.`ordered_at` AS DATETIME), WEEK(SUNDAY)) AS `bucket`
  FROM (
    SELECT (ordered_at) AS `ordered_at`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`ordered_at` >= @p1 AND `base`.`ordered_at` < @p2)
) AS `rows`
GROUP BY `rows`.`bucket`;
-- $1 timestamp: "2021-01-01 00:00:00.000"
-- $2 timestamp: "2026-01-01 00:00:00.000"
