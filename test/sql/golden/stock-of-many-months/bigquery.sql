SELECT `changes`.`bucket` AS `bucket`, 1 AS `starts`, `changes`.`key dimension|plan` AS `key dimension|plan`, sum(`changes`.`value sum||price`) AS `part sum||price`, count(`changes`.`value sum||price`) AS `known sum||price`, count(*) AS `rows`
FROM (
  SELECT CASE WHEN `base`.`start_date` < @p1 THEN CASE WHEN `base`.`start_date` < @p2 THEN CASE WHEN `base`.`start_date` < @p3 THEN CASE WHEN `base`.`start_date` < @p4 THEN CASE WHEN `base`.`start_date` < @p5 THEN 0 ELSE 1 END ELSE CASE WHEN `base`.`start_date` < @p6 THEN 2 ELSE 3 END END ELSE CASE WHEN `base`.`start_date` < @p7 THEN CASE WHEN `base`.`start_date` < @p8 THEN 4 ELSE 5 END ELSE 6 END END ELSE CASE WHEN `base`.`start_date` < @p9 THEN CASE WHEN `base`.`start_date` < @p10 THEN CASE WHEN `base`.`start_date` < @p11 THEN 7 ELSE 8 END ELSE 9 END ELSE CASE WHEN `base`.`start_date` < @p12 THEN CASE WHEN `base`.`start_date` < @p13 THEN 10 ELSE 11 END ELSE 12 END END END ELSE CASE WHEN `base`.`start_date` < @p14 THEN CASE WHEN `base`.`start_date` < @p15 THEN CASE WHEN `base`.`start_date` < @p16 THEN CASE WHEN `base`.`start_date` < @p17 THEN 13 ELSE 14 END ELSE 15 END ELSE CASE WHEN `base`.`start_date` < @p18 THEN CASE WHEN `base`.`start_date` < @p19 THEN 16 ELSE 17 END ELSE 18 END END ELSE CASE WHEN `base`.`start_date` < @p20 THEN CASE WHEN `base`.`start_date` < @p21 THEN CASE WHEN `base`.`start_date` < @p22 THEN 19 ELSE 20 END ELSE 21 END ELSE CASE WHEN `base`.`start_date` < @p23 THEN CASE WHEN `base`.`start_date` < @p24 THEN 22 ELSE 23 END ELSE 24 END END END END AS `bucket`, `base`.`plan` AS `key dimension|plan`, `base`.`price` AS `value sum||price`
  FROM (
    SELECT (start_date) AS `start_date`, (end_date) AS `end_date`, (plan) AS `plan`, (price) AS `price`
    FROM `subscriptions`
  ) AS `base`
  WHERE (`base`.`start_date` < @p25 AND ((`base`.`end_date` IS NULL) OR `base`.`end_date` >= @p26))
) AS `changes`
GROUP BY `changes`.`bucket`, `changes`.`key dimension|plan`
UNION ALL
SELECT `changes`.`bucket` AS `bucket`, 0 AS `starts`, `changes`.`key dimension|plan` AS `key dimension|plan`, sum(`changes`.`value sum||price`) AS `part sum||price`, count(`changes`.`value sum||price`) AS `known sum||price`, count(*) AS `rows`
FROM (
  SELECT CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p27 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p28 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p29 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p30 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p31 THEN 0 ELSE 1 END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p32 THEN 2 ELSE 3 END END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p33 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p34 THEN 4 ELSE 5 END ELSE 6 END END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p35 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p36 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p37 THEN 7 ELSE 8 END ELSE 9 END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p38 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p39 THEN 10 ELSE 11 END ELSE 12 END END END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p40 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p41 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p42 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p43 THEN 13 ELSE 14 END ELSE 15 END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p44 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p45 THEN 16 ELSE 17 END ELSE 18 END END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p46 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p47 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p48 THEN 19 ELSE 20 END ELSE 21 END ELSE CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p49 THEN CASE WHEN greatest(`base`.`end_date`, `base`.`start_date`) < @p50 THEN 22 ELSE 23 END ELSE 24 END END END END AS `bucket`, `base`.`plan` AS `key dimension|plan`, `base`.`price` AS `value sum||price`
  FROM (
    SELECT (start_date) AS `start_date`, (end_date) AS `end_date`, (plan) AS `plan`, (price) AS `price`
    FROM `subscriptions`
  ) AS `base`
  WHERE (`base`.`start_date` < @p51 AND `base`.`end_date` < @p52 AND `base`.`end_date` >= @p53)
) AS `changes`
GROUP BY `changes`.`bucket`, `changes`.`key dimension|plan`;
-- $1 date: "2024-02-01"
-- $2 date: "2023-08-01"
-- $3 date: "2023-05-01"
-- $4 date: "2023-03-01"
-- $5 date: "2023-02-01"
-- $6 date: "2023-04-01"
-- $7 date: "2023-07-01"
-- $8 date: "2023-06-01"
-- $9 date: "2023-11-01"
-- $10 date: "2023-10-01"
-- $11 date: "2023-09-01"
-- $12 date: "2024-01-01"
-- $13 date: "2023-12-01"
-- $14 date: "2024-08-01"
-- $15 date: "2024-05-01"
-- $16 date: "2024-04-01"
-- $17 date: "2024-03-01"
-- $18 date: "2024-07-01"
-- $19 date: "2024-06-01"
-- $20 date: "2024-11-01"
-- $21 date: "2024-10-01"
-- $22 date: "2024-09-01"
-- $23 date: "2025-01-01"
-- $24 date: "2024-12-01"
-- $25 date: "2025-01-01"
-- $26 date: "2023-01-01"
-- $27 date: "2024-02-01"
-- $28 date: "2023-08-01"
-- $29 date: "2023-05-01"
-- $30 date: "2023-03-01"
-- $31 date: "2023-02-01"
-- $32 date: "2023-04-01"
-- $33 date: "2023-07-01"
-- $34 date: "2023-06-01"
-- $35 date: "2023-11-01"
-- $36 date: "2023-10-01"
-- $37 date: "2023-09-01"
-- $38 date: "2024-01-01"
-- $39 date: "2023-12-01"
-- $40 date: "2024-08-01"
-- $41 date: "2024-05-01"
-- $42 date: "2024-04-01"
-- $43 date: "2024-03-01"
-- $44 date: "2024-07-01"
-- $45 date: "2024-06-01"
-- $46 date: "2024-11-01"
-- $47 date: "2024-10-01"
-- $48 date: "2024-09-01"
-- $49 date: "2025-01-01"
-- $50 date: "2024-12-01"
-- $51 date: "2025-01-01"
-- $52 date: "2025-01-01"
-- $53 date: "2023-01-01"
