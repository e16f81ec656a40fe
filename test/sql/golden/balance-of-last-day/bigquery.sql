SELECT `rows`.`bucket` AS `bucket`, sum(`rows`.`value_1`) AS `part_1`
FROM (
  SELECT `rows`.`bucket` AS `bucket`, `rows`.`moment` AS `moment`, `rows`.`edge` AS `edge`, `rows`.`value_1` AS `value_1`, `rows`.`wanted` AS `wanted`
  FROM (
    SELECT CASE WHEN `base`.`balance_date` < @p1 THEN CASE WHEN `base`.`balance_date` < @p2 THEN CASE WHEN `base`.`balance_date` < @p3 THEN CASE WHEN `base`.`balance_date` < @p4 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `base`.`balance_date` < @p5 THEN CASE WHEN `base`.`balance_date` < @p6 THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN `base`.`balance_date` < @p7 THEN CASE WHEN `base`.`balance_date` < @p8 THEN CASE WHEN `base`.`balance_date` < @p9 THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN `base`.`balance_date` < @p10 THEN CASE WHEN `base`.`balance_date` < @p11 THEN 9 ELSE 10 END ELSE 11 END END END AS `bucket`, `base`.`balance_date` AS `moment`, max(`base`.`balance_date`) OVER (PARTITION BY CASE WHEN `base`.`balance_date` < @p12 THEN CASE WHEN `base`.`balance_date` < @p13 THEN CASE WHEN `base`.`balance_date` < @p14 THEN CASE WHEN `base`.`balance_date` < @p15 THEN 0 ELSE 1 END ELSE 2 END ELSE CASE WHEN `base`.`balance_date` < @p16 THEN CASE WHEN `base`.`balance_date` < @p17 THEN 3 ELSE 4 END ELSE 5 END END ELSE CASE WHEN `base`.`balance_date` < @p18 THEN CASE WHEN `base`.`balance_date` < @p19 THEN CASE WHEN `base`.`balance_date` < @p20 THEN 6 ELSE 7 END ELSE 8 END ELSE CASE WHEN `base`.`balance_date` < @p21 THEN CASE WHEN `base`.`balance_date` < @p22 THEN 9 ELSE 10 END ELSE 11 END END END) AS `edge`, `base`.`balance` AS `value_1`, ((`base`.`branch` = @p23) IS TRUE) AS `wanted`
    FROM (
      SELECT (balance_date) AS `balance_date`, (balance) AS `balance`, (branch) AS `branch`
      FROM `balances`
    ) AS `base`
    WHERE (`base`.`balance_date` >= @p24 AND `base`.`balance_date` < @p25)
  ) AS `rows`
  WHERE (`rows`.`moment` = `rows`.`edge` AND `rows`.`wanted`)
) AS `rows`
GROUP BY `rows`.`bucket`;
-- $1 date: "2024-07-01"
-- $2 date: "2024-04-01"
-- $3 date: "2024-03-01"
-- $4 date: "2024-02-01"
-- $5 date: "2024-06-01"
-- $6 date: "2024-05-01"
-- $7 date: "2024-10-01"
-- $8 date: "2024-09-01"
-- $9 date: "2024-08-01"
-- $10 date: "2024-12-01"
-- $11 date: "2024-11-01"
-- $12 date: "2024-07-01"
-- $13 date: "2024-04-01"
-- $14 date: "2024-03-01"
-- $15 date: "2024-02-01"
-- $16 date: "2024-06-01"
-- $17 date: "2024-05-01"
-- $18 date: "2024-10-01"
-- $19 date: "2024-09-01"
-- $20 date: "2024-08-01"
-- $21 date: "2024-12-01"
-- $22 date: "2024-11-01"
-- $23 text: "north"
-- $24 date: "2024-01-01"
-- $25 date: "2025-01-01"
