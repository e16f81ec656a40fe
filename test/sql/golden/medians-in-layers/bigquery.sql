SELECT `rows`.`bucket` AS `bucket`, `rows`.`layer_1` AS `layer_1`, `rows`.`layer_2` AS `layer_2`, (ARRAY_AGG(CAST(`rows`.`value_1` AS FLOAT64) IGNORE NULLS ORDER BY CAST(`rows`.`value_1` AS FLOAT64))[SAFE_OFFSET(CAST(FLOOR(((COUNT(`rows`.`value_1`) - 1) * 0.5)) AS INT64))] + (ARRAY_AGG(CAST(`rows`.`value_1` AS FLOAT64) IGNORE NULLS ORDER BY CAST(`rows`.`value_1` AS FLOAT64))[SAFE_OFFSET(CAST(CEIL(((COUNT(`rows`.`value_1`) - 1) * 0.5)) AS INT64))] - ARRAY_AGG(CAST(`rows`.`value_1` AS FLOAT64) IGNORE NULLS ORDER BY CAST(`rows`.`value_1` AS FLOAT64))[SAFE_OFFSET(CAST(FLOOR(((COUNT(`rows`.`value_1`) - 1) * 0.5)) AS INT64))]) * (((COUNT(`rows`.`value_1`) - 1) * 0.5) - FLOOR(((COUNT(`rows`.`value_1`) - 1) * 0.5)))) AS `part_1`
FROM (
  SELECT CASE WHEN `base`.`ordered_at` < @p1 THEN CASE WHEN `base`.`ordered_at` < @p2 THEN CASE WHEN `base`.`ordered_at` < @p3 THEN CASE WHEN `base`.`ordered_at` < @p4 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `base`.`ordered_at` < @p5 THEN CASE WHEN `base`.`ordered_at` < @p6 THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN `base`.`ordered_at` < @p7 THEN CASE WHEN `base`.`ordered_at` < @p8 THEN CASE WHEN `base`.`ordered_at` < @p9 THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN `base`.`ordered_at` < @p10 THEN CASE WHEN `base`.`ordered_at` < @p11 THEN 9 ELSE 10 END ELSE 11 END END END AS `bucket`, `base`.`status` AS `layer_1`, CASE WHEN (`base`.`quantity` >= @p12) THEN 1 ELSE 0 END AS `layer_2`, `base`.`amount` AS `value_1`
  FROM (
    SELECT (ordered_at) AS `ordered_at`, (status) AS `status`, (quantity) AS `quantity`, (amount) AS `amount`
    FROM `orders`
  ) AS `base`
  WHERE (`base`.`ordered_at` >= @p13 AND `base`.`ordered_at` < @p14)
) AS `rows`
GROUP BY GROUPING SETS ((`rows`.`bucket`, `rows`.`layer_1`), (`rows`.`bucket`, `rows`.`layer_2`));
-- $1 timestamp: "2024-07-01 00:00:00.000"
-- $2 timestamp: "2024-04-01 00:00:00.000"
-- $3 timestamp: "2024-03-01 00:00:00.000"
-- $4 timestamp: "2024-02-01 00:00:00.000"
-- $5 timestamp: "2024-06-01 00:00:00.000"
-- $6 timestamp: "2024-05-01 00:00:00.000"
-- $7 timestamp: "2024-10-01 00:00:00.000"
-- $8 timestamp: "2024-09-01 00:00:00.000"
-- $9 timestamp: "2024-08-01 00:00:00.000"
-- $10 timestamp: "2024-12-01 00:00:00.000"
-- $11 timestamp: "2024-11-01 00:00:00.000"
-- $12 integer: 2
-- $13 timestamp: "2024-01-01 00:00:00.000"
-- $14 timestamp: "2025-01-01 00:00:00.000"
