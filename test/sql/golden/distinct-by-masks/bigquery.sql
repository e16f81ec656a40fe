SELECT `entities`.`bucket` AS `bucket`, COUNTIF(((`entities`.`mask_1` & 1) <> 0)) AS `slice_1`, COUNTIF(((`entities`.`mask_1` & 2) <> 0)) AS `slice_2`, COUNTIF(((`entities`.`mask_1` & 4) <> 0)) AS `slice_3`
FROM (
  SELECT `rows`.`bucket` AS `bucket`, `rows`.`entity` AS `entity`, bit_or(`rows`.`mask_1`) AS `mask_1`
  FROM (
    SELECT CASE WHEN `base`.`ordered_at` < @p1 THEN CASE WHEN `base`.`ordered_at` < @p2 THEN CASE WHEN `base`.`ordered_at` < @p3 THEN CASE WHEN `base`.`ordered_at` < @p4 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `base`.`ordered_at` < @p5 THEN CASE WHEN `base`.`ordered_at` < @p6 THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN `base`.`ordered_at` < @p7 THEN CASE WHEN `base`.`ordered_at` < @p8 THEN CASE WHEN `base`.`ordered_at` < @p9 THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN `base`.`ordered_at` < @p10 THEN CASE WHEN `base`.`ordered_at` < @p11 THEN 9 ELSE 10 END ELSE 11 END END END AS `bucket`, `base`.`entity` AS `entity`, (CASE WHEN 1 = 1 THEN 1 ELSE 0 END + CASE WHEN `base`.`status` = @p12 THEN 2 ELSE 0 END + CASE WHEN (`base`.`quantity` >= @p13) THEN 4 ELSE 0 END) AS `mask_1`
    FROM (
      SELECT (ordered_at) AS `ordered_at`, (customer_id) AS `entity`, (status) AS `status`, (quantity) AS `quantity`
      FROM `orders`
    ) AS `base`
    WHERE (`base`.`ordered_at` >= @p14 AND `base`.`ordered_at` < @p15)
  ) AS `rows`
  WHERE NOT ((`rows`.`entity` IS NULL))
  GROUP BY `rows`.`bucket`, `rows`.`entity`
) AS `entities`
GROUP BY `entities`.`bucket`;
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
-- $12 text: "paid"
-- $13 integer: 3
-- $14 timestamp: "2024-01-01 00:00:00.000"
-- $15 timestamp: "2025-01-01 00:00:00.000"
